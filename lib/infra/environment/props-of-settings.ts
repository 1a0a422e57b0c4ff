import { Duration, Size, TimeZone } from 'aws-cdk-lib';
import { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import { ObjectLockMode, StorageClass } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { bytesOfText, minutesOfText } from '../../contract/point-in-time.ts';
import { Compute } from '../props/compute.ts';
import { DrillPlace } from '../props/drill-place.ts';
import type { ExportProps } from '../props/export-props.ts';
import type { FunctionSizeProps } from '../props/function-size-props.ts';
import type { HealthProps, HealthThresholdProps } from '../props/health-props.ts';
import { HostProfile } from '../props/host-profile.ts';
import type { ObjectLockProps } from '../props/object-lock-props.ts';
import type { PointInTimeProps } from '../props/point-in-time-props.ts';
import type { ClassRetentionProps, RetentionProps } from '../props/retention-props.ts';
import type { SourceProps } from '../props/source-props.ts';
import type { TaskSizeProps } from '../props/task-size-props.ts';
import type { ThresholdProps } from '../props/threshold-props.ts';
import type { SourceSettings } from './environment-settings.ts';
import type {
  ClassRetentionSettings,
  ExportSettings,
  FunctionSizeSettings,
  HealthMeasureSettings,
  HealthThresholdSettings,
  ObjectLockSettings,
  PointInTimeSettings,
  RetentionSettings,
  TaskSizeSettings,
  ThresholdSettings,
} from './shared-settings.ts';

/** From the plain values of bin/environments.ts, which readEnvironments has checked, to props. */

/** The props of a source that its settings hold as plain values. */
export function plainSourceProps(
  settings: SourceSettings,
): Pick<
  SourceProps,
  | 'name'
  | 'ageRecipients'
  | 'schedule'
  | 'drill'
  | 'drillSchedule'
  | 'timeZone'
  | 'drillAfterBackup'
  | 'drillChecks'
  | 'backupSize'
  | 'drillSize'
  | 'drillImage'
  | 'drillHours'
  | 'egressLimitGb'
  | 'compute'
  | 'taskSize'
  | 'selection'
  | 'tiers'
  | 'hostProfile'
  | 'load'
  | 'pointInTime'
  | 'exports'
> {
  const { name, ageRecipients, drillAfterBackup, drillChecks, selection, tiers, load } = settings;
  const { schedule, drill, drillSchedule, timeZone, backupSize, drillSize, hostProfile } = settings;
  const { compute, taskSize, drillImage, drillHours, egressLimitGb, pointInTime, exports } = settings;
  const computes = [Compute.AUTO, Compute.FUNCTION, Compute.TASK];
  const chosen = computes.find((one) => one.name === compute);
  const places = [
    DrillPlace.FUNCTION,
    DrillPlace.AUTO,
    DrillPlace.TASK,
    DrillPlace.ELSEWHERE,
    DrillPlace.OFF,
  ];
  const place = places.find((one) => one.name === drill);
  const profiles = [HostProfile.PLAIN, HostProfile.SUPABASE, HostProfile.NEON, HostProfile.RDS];
  const profile = profiles.find((one) => one.name === hostProfile);
  return {
    name,
    ...(ageRecipients && { ageRecipients }),
    ...(drillAfterBackup !== undefined && { drillAfterBackup }),
    ...(drillChecks && { drillChecks }),
    ...(selection && { selection }),
    ...(tiers && { tiers }),
    ...(load && { load }),
    ...(profile && { hostProfile: profile }),
    ...(place && { drill: place }),
    ...(schedule !== undefined && { schedule: ScheduleExpression.expression(schedule) }),
    ...(drillSchedule !== undefined && { drillSchedule: ScheduleExpression.expression(drillSchedule) }),
    ...(timeZone !== undefined && { timeZone: TimeZone.of(timeZone) }),
    ...(backupSize && { backupSize: functionSizeProps(backupSize) }),
    ...(drillSize && { drillSize: functionSizeProps(drillSize) }),
    ...(drillImage !== undefined && { drillImage }),
    ...(drillHours !== undefined && { drillHours }),
    ...(egressLimitGb !== undefined && { egressLimitGb }),
    ...(chosen && { compute: chosen }),
    ...(taskSize && { taskSize: taskSizeProps(taskSize) }),
    ...(pointInTime && { pointInTime: pointInTimeProps(pointInTime) }),
    ...(exports && { exports: exports.map(exportProps) }),
  };
}

function exportProps({ keepDays, ...same }: ExportSettings): ExportProps {
  return { ...same, ...(keepDays !== undefined && { keep: Duration.days(keepDays) }) };
}

function pointInTimeProps({ every, keepDays, maxHeldWal }: PointInTimeSettings): PointInTimeProps {
  const minutes = every === undefined ? undefined : minutesOfText(every);
  const bytes = maxHeldWal === undefined ? undefined : bytesOfText(maxHeldWal);
  return {
    ...(minutes !== undefined && { every: Duration.minutes(minutes) }),
    ...(keepDays !== undefined && { keep: Duration.days(keepDays) }),
    ...(bytes !== undefined && { maxHeldWal: Size.bytes(bytes) }),
  };
}

function functionSizeProps({ memoryMb, temporaryStorageMb }: FunctionSizeSettings): FunctionSizeProps {
  return {
    ...(memoryMb !== undefined && { memory: Size.mebibytes(memoryMb) }),
    ...(temporaryStorageMb !== undefined && { temporaryStorage: Size.mebibytes(temporaryStorageMb) }),
  };
}

/** Without the secret, which only a stack can import. */
export function plainHealthProps(settings: HealthMeasureSettings): HealthProps {
  const { everyMinutes, sizeLimitBytes, apiSchemas, thresholds } = settings;
  return {
    ...(everyMinutes !== undefined && { every: Duration.minutes(everyMinutes) }),
    ...(sizeLimitBytes !== undefined && { sizeLimit: Size.bytes(sizeLimitBytes) }),
    ...(apiSchemas && { apiSchemas: [...apiSchemas] }),
    ...(thresholds && {
      thresholds: Object.fromEntries(
        Object.entries(thresholds).map(([check, limits]) => [check, healthThresholdProps(limits)]),
      ),
    }),
  };
}

function healthThresholdProps({ warning, critical }: HealthThresholdSettings): HealthThresholdProps {
  return {
    ...(typeof warning === 'number' && { warning }),
    ...(typeof critical === 'number' && { critical }),
    ...(warning === null && { warns: false }),
    ...(critical === null && { alarms: false }),
  };
}

function taskSizeProps({ vcpu, memoryGb, hours }: TaskSizeSettings): TaskSizeProps {
  return {
    ...(vcpu !== undefined && { vcpu }),
    ...(memoryGb !== undefined && { memory: Size.gibibytes(memoryGb) }),
    ...(hours !== undefined && { usualRun: Duration.hours(hours) }),
  };
}

export function retentionProps(settings: RetentionSettings): RetentionProps {
  const { daily, weekly, monthly, manual, undeleteDays } = settings;
  return {
    ...(daily && { daily: classRetentionProps(daily) }),
    ...(weekly && { weekly: classRetentionProps(weekly) }),
    ...(monthly && { monthly: classRetentionProps(monthly) }),
    ...(manual && { manual: classRetentionProps(manual) }),
    ...(undeleteDays !== undefined && { undelete: Duration.days(undeleteDays) }),
  };
}

function classRetentionProps(settings: ClassRetentionSettings): ClassRetentionProps {
  const { days, colderAfterDays, colderClass } = settings;
  return {
    keep: Duration.days(days),
    ...(colderAfterDays !== undefined && { colderAfter: Duration.days(colderAfterDays) }),
    ...(colderClass !== undefined && { colderClass: new StorageClass(colderClass) }),
  };
}

export function objectLockProps({ mode, days }: ObjectLockSettings): ObjectLockProps {
  if (mode === 'off') return { enabled: false };
  return {
    mode: mode === 'compliance' ? ObjectLockMode.COMPLIANCE : ObjectLockMode.GOVERNANCE,
    ...(days !== undefined && { atMost: Duration.days(days) }),
  };
}

export function thresholdProps(settings: ThresholdSettings): ThresholdProps {
  const { recoveryTimeMinutes, ...same } = settings;
  return {
    ...same,
    // In milliseconds, which take any fraction of a minute that the settings do.
    ...(recoveryTimeMinutes !== undefined && { recoveryTime: Duration.millis(recoveryTimeMinutes * 60_000) }),
  };
}

export function auditProps(audit: string): ReadWriteType {
  if (audit === 'all') return ReadWriteType.ALL;
  return audit === 'writes' ? ReadWriteType.WRITE_ONLY : ReadWriteType.NONE;
}
