import { createHash } from 'node:crypto';
import { Annotations, Stack } from 'aws-cdk-lib';
import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DEFAULT_KEPT_CHANGES_DAYS } from '../../contract/point-in-time.ts';
import { replicaBucketName, replicaEnvironment } from '../../contract/stack-names.ts';
import { AlertTopic } from '../alarms/alert-topic.ts';
import { replicationLagAlarm } from '../alarms/replica-alarms.ts';
import { TopicAlarmActions } from '../alarms/topic-alarm-actions.ts';
import { checkPostgresBackup } from '../check-postgres-backup.ts';
import { EnvironmentClaim } from '../claims.ts';
import { drillPlaceOf } from '../drill-place.ts';
import type { WatchedSchedule } from '../functions/sentinel-function.ts';
import { type Problem, throwProblems } from '../problem.ts';
import type { ReplicaProps } from '../props/replica-props.ts';
import {
  auditOf,
  checkLockProps,
  checkUtc,
  objectLockSettingsOf,
  ofProps,
  replicatedSourceOf,
  retentionOf,
} from '../props/settings-of-props.ts';
import { rolesOfPeople } from '../roles-of-people.ts';
import { Sentinel } from '../sentinel.ts';
import type { SourceToReplicate } from '../source-to-protect.ts';
import { guardHolds, guardTags } from '../vault/guard.ts';
import { complianceWarning, objectLockOf } from '../vault/object-lock.ts';
import { OwnVault } from '../vault/own-vault.ts';
import { withRetentionDefaults } from '../vault/retention.ts';
import type { IVault } from '../vault/vault-interface.ts';
import { denyReplicasFromElsewhere } from '../vault/write-once.ts';
import { watchVault } from '../watch-vault.ts';
import { acceptReplicas, replicationRoleArn } from './accept-replicas.ts';
import { checkReplica } from './check-replica.ts';
import { replicaKeyAlias } from './replica-names.ts';
import { ReplicatedSource } from './replicated-source.ts';
import type { IReplicatedSource } from './replicated-source-interface.ts';

/**
 * The second place of a `PostgresBackup`, in another region, and in another account by choice: a vault of its
 * own, to which S3 replicates, with a key, locks, a guard, roles and a topic of its own. Its sentinel reads
 * this vault alone, so its alarms notice whatever keeps backups from arriving, also if nothing is left of the
 * other stack. Nothing here can reach a source or the other vault.
 */
export class Replica extends Construct {
  /** Where the replicas of the backups are. */
  readonly vault: IVault;
  /** The topic of the alarms. Subscribe everybody who should hear of them. */
  readonly alertTopic: ITopic;
  /** The sources, in the order of the props. */
  readonly sources: IReplicatedSource[];
  /** Checks the replica every five minutes, and publishes the ages. */
  readonly sentinelFunction: IFunction;
  /** The alarm that wakes people when nobody watches the replica. */
  readonly vaultAlarm: AlarmBase;
  /** People assume it, with MFA, to read the replica. */
  readonly restoreRole: IRole;
  /** People assume it, with MFA, to put legal holds on what the replica holds. */
  readonly holdRole: IRole;
  /** The only role that may delete in the replica. Undefined if it is not guarded. */
  readonly breakGlassRole: IRole | undefined;

  constructor(scope: Construct, id: string, props: ReplicaProps) {
    super(scope, id);
    const now = new Date();
    const stack = Stack.of(this);
    const { environment } = props;
    const sources = props.sources.map(replicatedSourceOf);
    throwProblems(checkProps(props, sources, now));
    const drillSchedule = props.drillSchedule?.expressionString;
    const retention = withRetentionDefaults(retentionOf(props.retention ?? {}));
    const objectLock = objectLockOf(objectLockSettingsOf(props.objectLock ?? {}), retention);
    const isGuarded = props.guard ?? true;
    const logRetention = props.logRetention ?? RetentionDays.SIX_MONTHS;
    const context = {
      environment: replicaEnvironment(environment),
      runbook: props.runbook ?? 'docs/runbook.md',
    };
    new EnvironmentClaim(this, 'Claim', { environment: context.environment });
    const vault = new OwnVault(this, 'Vault', {
      environment,
      retention,
      // Here nobody knows the days of a source; the keeper of the vault does, and S3 brings its tags.
      changesDays: DEFAULT_KEPT_CHANGES_DAYS,
      isGuarded,
      bucketName: replicaBucketName(environment, stack.account, stack.region),
      keyAlias: replicaKeyAlias(environment),
      ...(objectLock && { objectLock }),
    });
    if (objectLock?.mode === 'compliance') {
      Annotations.of(this).addWarningV2('lifeboat:compliance-lock', complianceWarning(objectLock));
    }
    const { vaultAccount: account = stack.account, vaultRegion: region } = props;
    const source = { environment, account, region };
    denyReplicasFromElsewhere(vault.ownBucket, replicationRoleArn(this, source));
    if (account !== stack.account) acceptReplicas(vault, source);
    const alerts = new AlertTopic(this, 'Alerts', {
      environment: context.environment,
      emails: props.alertEmails ?? [],
      ...(props.alertTopic && { topic: props.alertTopic }),
    });
    const alarms = {
      ...{ ...context, isOn: true, topic: alerts.topic },
      actions: props.alarmActions ?? new TopicAlarmActions(),
    };
    const replicated = sources.map(
      (source) =>
        new ReplicatedSource(this, `Source-${source.name}`, {
          source,
          vault,
          context: alarms,
          ...(drillSchedule !== undefined && { drillSchedule }),
          logRetention,
          now,
        }),
    );
    const looking = sentinelSchedule(this, environment, sources);
    const sentinel = new Sentinel(this, 'Sentinel', {
      vault,
      isReplica: true,
      scheduleName: looking.name,
      context: alarms,
      logRetention,
    });
    for (const { name, drillSchedule: drills } of replicated) {
      sentinel.watch({ name, backupSchedule: looking, ...(drills && { drillSchedule: drills.watched }) });
    }
    replicationLagAlarm(this, alarms, vault.bucket.bucketName);
    const { restoreRole, holdRole, breakGlassRole } = rolesOfPeople(
      this,
      vault,
      environment,
      isGuarded,
      props,
    );
    for (const source of sources) if (drillPlaceOf(source) === 'off') vault.tellUndrilled(source.name);
    if (isGuarded) {
      // There is no keeper here: S3 replicates the tags of the vault's.
      guardTags(vault.ownBucket, environment);
      guardHolds(vault.ownBucket, environment, holdRole.role);
    }
    const lastParts = [...replicated.flatMap((one) => one.lastParts), ...sentinel.lastParts];
    const { watchers, trail } = watchVault(this, {
      ...{ environment: context.environment, vault, isGuarded, runbook: context.runbook },
      ...{ audit: props.audit ? auditOf(props.audit) : 'off', alerts, sentinel },
    });
    trail?.trail.node.addDependency(...lastParts);
    vault.protectAfter(
      ...[restoreRole, holdRole, breakGlassRole].filter((one) => one !== undefined),
      ...lastParts,
      ...watchers,
    );

    this.vault = vault;
    this.alertTopic = alerts.topic;
    this.sources = replicated;
    this.sentinelFunction = sentinel.function.function;
    this.vaultAlarm = alarmOf(sentinel);
    this.restoreRole = restoreRole.role;
    this.holdRole = holdRole.role;
    this.breakGlassRole = breakGlassRole?.role;
  }

  /** The alarms to connect a pager to: the replica's first, then those of the sources. */
  get criticalAlarms(): AlarmBase[] {
    return [this.vaultAlarm, ...this.sources.map(({ criticalAlarm }) => criticalAlarm)];
  }
}

function alarmOf({ pageNow }: Sentinel): AlarmBase {
  if (pageNow) return pageNow.alarm;
  throw new Error('a replica always has alarms');
}

function checkProps(props: ReplicaProps, sources: readonly SourceToReplicate[], now: Date): Problem[] {
  const { environment, vaultRegion, retention, objectLock, audit } = props;
  const drillSchedule = props.drillSchedule?.expressionString;
  const replica = { region: vaultRegion, ...(drillSchedule !== undefined && { drillSchedule }) };
  const settings = {
    environment,
    // Whether encrypted backups can be drilled is a question of the drills here.
    sources: sources.map(({ ageRecipients: _, ageIdentitySecret: __, ...source }) => source),
    ...(retention && { retention: retentionOf(retention) }),
    ...(objectLock && { objectLock: objectLockSettingsOf(objectLock) }),
    ...(audit && { audit: auditOf(audit) }),
  };
  return ofProps([
    ...checkPostgresBackup(settings, now),
    ...checkLockProps(objectLock ?? {}),
    ...checkUtc('drillSchedule', props.drillSchedule),
    ...checkReplica(environment, replica, sources, now).map((problem) =>
      problem.path[0] === 'region' ? { ...problem, path: ['vaultRegion'] } : problem,
    ),
  ]);
}

/**
 * The schedule of the replica's own sentinel, from whose creation ages count while nothing has arrived. Its
 * name is written out: the function is told of it, and the schedule names the function. The name changes with
 * the sources and their schedules, so that a source that was added today is not behind by the age of the
 * replica, nor one that is backed up more often from today on.
 */
function sentinelSchedule(
  scope: Construct,
  environment: string,
  sources: readonly SourceToReplicate[],
): WatchedSchedule {
  const rhythms = sources.map(({ name, schedule, timeZone }) => [name, schedule, timeZone]);
  const digest = createHash('sha256').update(JSON.stringify(rhythms)).digest('hex').slice(0, 8);
  const name = `lifeboat-${replicaEnvironment(environment)}-${digest}`;
  return {
    name,
    arn: Stack.of(scope).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `default/${name}`,
    }),
  };
}
