import { type Size, SizeRoundingBehavior, TimeZone } from 'aws-cdk-lib';
import { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type {
  ClassRetentionSettings,
  ExportSettings,
  FunctionSizeSettings,
  ObjectLockSettings,
  PointInTimeSettings,
  RetentionSettings,
  TaskSizeSettings,
  ThresholdSettings,
} from '../environment/shared-settings.ts';
import type { NotificationsToCheck } from '../notifications/check-notifications.ts';
import type { Problem } from '../problem.ts';
import {
  DEFAULT_TIME_ZONE,
  type HealthToMeasure,
  type SourceToProtect,
  type SourceToReplicate,
} from '../source-to-protect.ts';
import type { ExportProps } from './export-props.ts';
import type { FunctionSizeProps } from './function-size-props.ts';
import type { HealthProps } from './health-props.ts';
import type { ObjectLockProps } from './object-lock-props.ts';
import type { PointInTimeProps } from './point-in-time-props.ts';
import type { PostgresBackupProps } from './postgres-backup-props.ts';
import type { ReplicatedSourceProps } from './replicated-source-props.ts';
import type { ClassRetentionProps, RetentionProps } from './retention-props.ts';
import type { SourceProps } from './source-props.ts';
import type { TaskSizeProps } from './task-size-props.ts';
import type { ThresholdProps } from './threshold-props.ts';

/**
 * From props to plain values. Fractions are kept, so that the checks can refuse them in the words that they use for
 * bin/environments.ts.
 */

export function sourceOf(props: SourceProps): SourceToProtect {
  const {
    drill,
    hostProfile,
    schedule,
    drillSchedule,
    timeZone,
    backupSize,
    drillSize,
    compute,
    taskSize,
    tiers,
    ageRecipients,
    health,
    pointInTime,
    exports,
    ...same
  } = props;
  return {
    ...same,
    ...(tiers && { tiers }),
    ...(ageRecipients && { ageRecipients }),
    ...(hostProfile && { hostProfile: hostProfile.name }),
    ...(drill && { drill: drill.name }),
    ...(schedule && { schedule: schedule.expressionString }),
    ...(drillSchedule && { drillSchedule: drillSchedule.expressionString }),
    ...zones(schedule, drillSchedule, timeZone),
    ...(health && { health: healthOf(health) }),
    ...(pointInTime && { pointInTime: pointInTimeOf(pointInTime) }),
    ...(exports && { exports: exports.map(exportOf) }),
    ...(backupSize && { backupSize: functionSizeOf(backupSize) }),
    ...(drillSize && { drillSize: functionSizeOf(drillSize) }),
    ...(compute && { compute: compute.name }),
    ...(taskSize && { taskSize: taskSizeOf(taskSize) }),
  };
}

function exportOf({ keep, ...same }: ExportProps): ExportSettings {
  return { ...same, ...(keep && { keepDays: keep.toDays({ integral: false }) }) };
}

function pointInTimeOf({ every, keep, maxHeldWal }: PointInTimeProps): PointInTimeSettings {
  return {
    ...(every && { every: `${every.toMinutes({ integral: false })} minutes` }),
    ...(keep && { keepDays: keep.toDays({ integral: false }) }),
    ...(maxHeldWal && { maxHeldWal: `${maxHeldWal.toBytes({ rounding: SizeRoundingBehavior.NONE })} B` }),
  };
}

function healthOf({ every, sizeLimit, thresholds, ...same }: HealthProps): HealthToMeasure {
  return {
    ...same,
    ...(every && { everyMinutes: every.toMinutes({ integral: false }) }),
    ...(sizeLimit && { sizeLimitBytes: sizeLimit.toBytes({ rounding: SizeRoundingBehavior.NONE }) }),
    ...(thresholds && {
      thresholds: Object.fromEntries(
        Object.entries(thresholds).map(([check, { warns = true, alarms = true, ...limits }]) => [
          check,
          { ...limits, ...(warns ? {} : { warning: null }), ...(alarms ? {} : { critical: null }) },
        ]),
      ),
    }),
  };
}

/** The zones of both schedules; only what differs from the default, and from each other. */
function zones(
  schedule: ScheduleExpression | undefined,
  drillSchedule: ScheduleExpression | undefined,
  common: TimeZone | undefined,
): { readonly timeZone?: string; readonly drillTimeZone?: string } {
  const timeZone = ownTimeZone(schedule) ?? common?.timezoneName;
  const drillTimeZone = ownTimeZone(drillSchedule) ?? common?.timezoneName;
  return {
    ...(timeZone !== undefined && { timeZone }),
    ...(drillTimeZone !== timeZone && { drillTimeZone: drillTimeZone ?? DEFAULT_TIME_ZONE }),
  };
}

/** CDK gives `Etc/UTC` to every schedule that is made without a zone. */
function ownTimeZone(schedule: ScheduleExpression | undefined): string | undefined {
  const name = schedule?.timeZone?.timezoneName;
  return name === TimeZone.ETC_UTC.timezoneName ? undefined : name;
}

export function replicatedSourceOf(props: ReplicatedSourceProps): SourceToReplicate {
  const { name, ageRecipients, ageIdentitySecret, ageIdentitySecretKey, drillChecks } = props;
  const { drill, drillSize, schedule, timeZone, compute, taskSize } = props;
  return {
    name,
    ...(ageRecipients && { ageRecipients }),
    ...(ageIdentitySecret && { ageIdentitySecret }),
    ...(ageIdentitySecretKey && { ageIdentitySecretKey }),
    ...(drillChecks && { drillChecks }),
    ...(drill && { drill: drill.name }),
    ...(drillSize && { drillSize: functionSizeOf(drillSize) }),
    ...(compute && { compute: compute.name }),
    ...(taskSize && { taskSize: taskSizeOf(taskSize) }),
    ...(schedule && { schedule: schedule.expressionString }),
    ...zones(schedule, schedule, timeZone),
  };
}

/** Drills of a replica are scheduled in UTC. */
export function checkUtc(setting: string, schedule: ScheduleExpression | undefined): Problem[] {
  const zone = ownTimeZone(schedule);
  if (zone === undefined || zone === DEFAULT_TIME_ZONE) return [];
  return [{ path: [setting], message: `is in ${zone}: give one in UTC, as drills of a replica are` }];
}

export function functionSizeOf({ memory, temporaryStorage }: FunctionSizeProps): FunctionSizeSettings {
  return {
    ...(memory && { memoryMb: mebibytes(memory) }),
    ...(temporaryStorage && { temporaryStorageMb: mebibytes(temporaryStorage) }),
  };
}

function taskSizeOf({ vcpu, memory, usualRun }: TaskSizeProps): TaskSizeSettings {
  return {
    ...(vcpu !== undefined && { vcpu }),
    ...(memory && { memoryGb: memory.toGibibytes({ rounding: SizeRoundingBehavior.NONE }) }),
    ...(usualRun && { hours: usualRun.toHours({ integral: false }) }),
  };
}

function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}

export function retentionOf(props: RetentionProps): RetentionSettings {
  const { daily, weekly, monthly, manual, undelete } = props;
  return {
    ...(daily && { daily: classRetentionOf(daily) }),
    ...(weekly && { weekly: classRetentionOf(weekly) }),
    ...(monthly && { monthly: classRetentionOf(monthly) }),
    ...(manual && { manual: classRetentionOf(manual) }),
    ...(undelete && { undeleteDays: undelete.toDays({ integral: false }) }),
  };
}

function classRetentionOf({ keep, colderAfter, colderClass }: ClassRetentionProps): ClassRetentionSettings {
  return {
    days: keep.toDays({ integral: false }),
    ...(colderAfter && { colderAfterDays: colderAfter.toDays({ integral: false }) }),
    ...(colderClass && { colderClass: colderClass.value }),
  };
}

export function objectLockSettingsOf({ enabled = true, mode, atMost }: ObjectLockProps): ObjectLockSettings {
  if (!enabled) return { mode: 'off' };
  return {
    ...(mode && { mode: mode.toLowerCase() }),
    ...(atMost && { days: atMost.toDays({ integral: false }) }),
  };
}

/** `off`, `writes` or `all`; else what is refused. */
export function auditOf(audit: ReadWriteType): string {
  if (audit === ReadWriteType.NONE) return 'off';
  if (audit === ReadWriteType.WRITE_ONLY) return 'writes';
  return audit === ReadWriteType.ALL ? 'all' : audit;
}

/** Reports settings of locks where nothing is locked: they would be ignored silently. */
export function checkLockProps({ enabled = true, mode, atMost }: ObjectLockProps): Problem[] {
  if (enabled) return [];
  return Object.entries({ mode, atMost }).flatMap(([setting, value]) =>
    value === undefined
      ? []
      : [
          {
            path: ['objectLock', setting],
            message: 'is for locks, but `enabled` is false: leave out one of the two',
          },
        ],
  );
}

export function thresholdsOf({ recoveryTime, ...same }: ThresholdProps): ThresholdSettings {
  return {
    ...same,
    ...(recoveryTime && { recoveryTimeMinutes: recoveryTime.toMinutes({ integral: false }) }),
  };
}

/** Channels and digest as plain values, with the addresses that hear everything. */
export function notificationsOf({ notifications, alertEmails }: PostgresBackupProps): NotificationsToCheck {
  const { channels, digest } = notifications ?? {};
  return {
    ...(alertEmails && { emails: alertEmails }),
    ...(channels && { channels }),
    ...(digest && { digest: digest.expressionString }),
  };
}

/** The names that props have for settings of bin/environments.ts. */
const PROP_NAMES: ReadonlyMap<string | number, string> = new Map([
  ['days', 'keep'],
  ['colderAfterDays', 'colderAfter'],
  ['undeleteDays', 'undelete'],
  ['memoryMb', 'memory'],
  ['temporaryStorageMb', 'temporaryStorage'],
  ['memoryGb', 'memory'],
  ['hours', 'usualRun'],
  ['recoveryTimeMinutes', 'recoveryTime'],
  ['ageIdentitySecretArn', 'ageIdentitySecret'],
  ['everyMinutes', 'every'],
  ['sizeLimitBytes', 'sizeLimit'],
  ['keepDays', 'keep'],
]);

/** Names props, not settings, in the paths of problems. */
export function ofProps(problems: readonly Problem[]): Problem[] {
  return problems.map(({ path, message }) => {
    const isLock = path[0] === 'objectLock';
    return {
      message,
      path: path.map((part) => (isLock && part === 'days' ? 'atMost' : (PROP_NAMES.get(part) ?? part))),
    };
  });
}
