import { ENVIRONMENT_NAME } from '../contract/environment-patterns.ts';
import { checkThresholds, withThresholdDefaults } from './alarms/thresholds.ts';
import { checkAudit } from './audit-trail.ts';
import { checkName, checkTimes, longestGaps, type SourceTimes } from './check-source.ts';
import { checkClientEncryption } from './client-encryption.ts';
import { checkCompute } from './compute.ts';
import { checkDrillPlace } from './drill-place.ts';
import type {
  BackupOrderSettings,
  ExportSettings,
  FunctionSizeSettings,
  HealthMeasureSettings,
  ObjectLockSettings,
  PointInTimeSettings,
  RetentionSettings,
  TaskSizeSettings,
  ThresholdSettings,
} from './environment/shared-settings.ts';
import { checkExports } from './exports/check-exports.ts';
import { backupOrderJson, checkBackupOrder } from './functions/backup-order.ts';
import { checkDrillChecks } from './functions/drill-checks.ts';
import { checkFunctionSize } from './functions/function-size.ts';
import { checkSettingsFit } from './functions/settings-fit.ts';
import { checkHealth } from './health/check-health.ts';
import { checkNotifications, type NotificationsToCheck } from './notifications/check-notifications.ts';
import { checkPointInTime } from './point-in-time/check-point-in-time.ts';
import type { Problem } from './problem.ts';
import type { DrillCheckProps } from './props/drill-check-props.ts';
import { checkReplica, type ReplicaToCheck } from './replica/check-replica.ts';
import { checkScrub } from './scrub/check-scrub.ts';
import { checkTaskSize } from './task/task-size.ts';
import { checkObjectLock } from './vault/object-lock.ts';
import { checkRetention, withRetentionDefaults } from './vault/retention.ts';

/** The sentinel reads its sources from an environment variable, and Lambda allows 4 KB for all of them. */
export const MOST_SOURCES = 15;

export interface SourceToCheck extends SourceTimes, BackupOrderSettings {
  readonly name: string;
  readonly ageRecipients?: readonly string[];
  /** Of a construct's props. */
  readonly ageIdentitySecret?: object;
  /** Of bin/environments.ts. */
  readonly ageIdentitySecretArn?: string;
  readonly drill?: string;
  readonly drillAfterBackup?: boolean;
  readonly drillChecks?: readonly DrillCheckProps[];
  readonly health?: HealthMeasureSettings;
  readonly pointInTime?: PointInTimeSettings;
  readonly exports?: readonly ExportSettings[];
  readonly backupSize?: FunctionSizeSettings;
  readonly drillSize?: FunctionSizeSettings;
  readonly compute?: string;
  readonly taskSize?: TaskSizeSettings;
  readonly egressLimitGb?: number;
}

/** Settings that can be checked without a CDK app, from a construct's props or from bin/environments.ts. */
export interface SettingsToCheck {
  readonly environment: string;
  readonly sources: readonly SourceToCheck[];
  readonly retention?: RetentionSettings;
  readonly objectLock?: ObjectLockSettings;
  readonly audit?: string;
  readonly scrub?: string;
  readonly replica?: ReplicaToCheck;
  readonly thresholds?: ThresholdSettings;
  readonly notifications?: NotificationsToCheck;
}

/**
 * Reports everything that is wrong with the settings. Schedules are checked over the two years from `now`.
 */
export function checkPostgresBackup(
  settings: SettingsToCheck,
  now: Date,
  { mayAddSources = false }: { readonly mayAddSources?: boolean } = {},
): Problem[] {
  const { sources, objectLock } = settings;
  const retention = withRetentionDefaults(settings.retention);
  const ofTimes = sources.flatMap((source, index) => below('sources', index)(checkTimes(source, now)));
  // All sources share the bucket's lifecycle rules, so the source that is backed up least often decides.
  const slowestMs =
    ofTimes.length > 0 ? 0 : Math.max(0, ...sources.map((source) => longestGaps(source, now).backupMs));
  return [
    ...checkEnvironmentName(settings.environment),
    ...(mayAddSources && sources.length === 0 ? [] : checkCount(sources.length)),
    ...sources.flatMap((source, index) => checkSource(source, index)),
    ...checkDistinct(sources.map(({ name }) => name)),
    ...ofTimes,
    ...below('retention')(checkRetention(retention, slowestMs)),
    ...below('objectLock')(checkObjectLock(objectLock ?? {}, retention)),
    ...checkAudit(settings.audit),
    ...checkScrub(settings.scrub, now),
    ...(settings.replica
      ? below('replica')(checkReplica(settings.environment, settings.replica, sources, now))
      : []),
    ...below('notifications')(checkNotifications(settings.notifications ?? {}, now)),
    ...below('thresholds')(checkThresholds(withThresholdDefaults(settings.thresholds))),
  ];
}

function checkSource(source: SourceToCheck, index: number): Problem[] {
  const { drillChecks = [] } = source;
  return [
    ...below(
      'sources',
      index,
    )([
      ...checkName(source.name),
      ...checkDrillPlace(source),
      ...checkEgressLimit(source.egressLimitGb),
      ...checkCompute(source),
      ...checkBackupOrder(source),
      ...checkClientEncryption({ ...source, hasIdentity: hasIdentity(source) }),
      ...checkSettingsFit('selection', backupOrderJson(source)),
      ...below('drillChecks')(checkDrillChecks(drillChecks)),
      ...checkSettingsFit('drillChecks', JSON.stringify(drillChecks)),
    ]),
    ...below('sources', index, 'health')(checkHealth(source.health ?? {})),
    ...below('sources', index)(checkExports(source.exports ?? [])),
    ...below('sources', index, 'pointInTime')(checkPointInTime(source.pointInTime ?? {})),
    ...below('sources', index, 'backupSize')(checkFunctionSize(source.backupSize ?? {})),
    ...below('sources', index, 'taskSize')(checkTaskSize(source.taskSize ?? {})),
    ...below('sources', index, 'drillSize')(checkFunctionSize(source.drillSize ?? {})),
  ];
}

function hasIdentity({ ageIdentitySecret, ageIdentitySecretArn }: SourceToCheck): boolean {
  return ageIdentitySecret !== undefined || ageIdentitySecretArn !== undefined;
}

function checkEgressLimit(limitGb: number | undefined): Problem[] {
  if (limitGb === undefined || limitGb > 0) return [];
  return [{ path: ['egressLimitGb'], message: `${limitGb} should be more than 0` }];
}

function checkEnvironmentName(environment: string): Problem[] {
  if (ENVIRONMENT_NAME.test(environment)) return [];
  const message = `${JSON.stringify(environment)} should be 1 to 27 lower-case letters, digits and hyphens, starting with a letter`;
  return [{ path: ['environment'], message }];
}

export const NO_SOURCE = 'there is no database to protect';

function checkCount(count: number): Problem[] {
  if (count >= 1 && count <= MOST_SOURCES) return [];
  const message =
    count === 0
      ? NO_SOURCE
      : `${count} are more than the ${MOST_SOURCES} that one sentinel can watch; put the others into another environment`;
  return [{ path: ['sources'], message }];
}

/** Names of stack outputs keep only letters and digits, so the names of sources must differ in these. */
function checkDistinct(names: readonly string[]): Problem[] {
  const plain = names.map((name) => name.replace(/[^a-z0-9]/g, ''));
  return names.flatMap((name, index) => {
    const first = plain.indexOf(plain[index] ?? '');
    if (first === index) return [];
    const message = `${JSON.stringify(name)} is the name of sources[${first}] too, or differs from it in punctuation only`;
    return [{ path: ['sources', index, 'name'], message }];
  });
}

function below(...path: Array<string | number>) {
  return (problems: readonly Problem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
}
