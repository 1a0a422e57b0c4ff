import { createHash } from 'node:crypto';
import { Annotations, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AlertTopic } from '../alarms/alert-topic.ts';
import type { LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import type { PageNow } from '../alarms/page-now.ts';
import { replicationLagAlarm } from '../alarms/replica-alarms.ts';
import type { BreakGlassRole } from '../break-glass-role.ts';
import { checkPostgresBackup } from '../check-postgres-backup.ts';
import { drillPlaceOf } from '../drill-place.ts';
import type { WatchedSchedule } from '../functions/sentinel-function.ts';
import type { HoldRole } from '../hold-role.ts';
import { type Problem, throwProblems } from '../problem.ts';
import type { RestoreRole } from '../restore-role.ts';
import { rolesOfPeople } from '../roles-of-people.ts';
import { Sentinel } from '../sentinel.ts';
import { guardHolds, guardTags } from '../vault/guard.ts';
import { complianceWarning, objectLockOf } from '../vault/object-lock.ts';
import { withRetentionDefaults } from '../vault/retention.ts';
import { tellUndrilled } from '../vault/undrilled.ts';
import { Vault } from '../vault/vault.ts';
import { denyReplicasFromElsewhere } from '../vault/write-once.ts';
import { watchVault } from '../watch-vault.ts';
import { acceptReplicas, replicationRoleArn } from './accept-replicas.ts';
import { checkReplica } from './check-replica.ts';
import { replicaBucketName, replicaEnvironment, replicaKeyAlias } from './replica-names.ts';
import type { ReplicaProps } from './replica-props.ts';
import { ReplicatedSource } from './replicated-source.ts';

/**
 * The second place of a `PostgresBackup`, in another region, and in another account by choice: a vault of its
 * own, to which S3 replicates, with a key, locks, a guard, roles and a topic of its own. Its sentinel reads
 * this vault alone, so its alarms notice whatever keeps backups from arriving, also if nothing is left of the
 * other stack. Nothing here can reach a source or the other vault.
 */
export class Replica extends Construct {
  readonly vault: Vault;
  readonly alertTopic: AlertTopic;
  readonly sources: ReplicatedSource[];
  readonly sentinel: Sentinel;
  readonly lag: LifeboatAlarm;
  /** The alarms that wake people, the sentinel's first. Connect your pager to each of them. */
  readonly pageNow: PageNow[];
  readonly restoreRole: RestoreRole;
  readonly holdRole: HoldRole;
  /** Undefined if the vault is not guarded. */
  readonly breakGlassRole: BreakGlassRole | undefined;

  constructor(scope: Construct, id: string, props: ReplicaProps) {
    super(scope, id);
    const now = new Date();
    const stack = Stack.of(this);
    const { environment, drillSchedule, audit = 'off' } = props;
    throwProblems(checkProps(props, now));
    const retention = withRetentionDefaults(props.retention);
    const objectLock = objectLockOf(props.objectLock ?? {}, retention);
    const isGuarded = props.guard ?? true;
    const logRetention = props.logRetention ?? RetentionDays.SIX_MONTHS;
    const context = {
      environment: replicaEnvironment(environment),
      runbook: props.runbook ?? 'docs/runbook.md',
    };
    this.vault = new Vault(this, 'Vault', {
      environment,
      retention,
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
    denyReplicasFromElsewhere(this.vault.bucket, replicationRoleArn(this, source));
    if (account !== stack.account) acceptReplicas(this.vault, source);
    this.alertTopic = new AlertTopic(this, 'Alerts', {
      environment: context.environment,
      emails: props.alertEmails ?? [],
    });
    const alarms = { ...context, topic: this.alertTopic.topic };
    this.sources = props.sources.map(
      (source) =>
        new ReplicatedSource(this, `Source-${source.name}`, {
          source,
          vault: this.vault,
          context: alarms,
          ...(drillSchedule !== undefined && { drillSchedule }),
          logRetention,
          now,
        }),
    );
    const looking = sentinelSchedule(this, props);
    this.sentinel = new Sentinel(this, 'Sentinel', {
      vault: this.vault,
      sources: this.sources.map(({ name, drillSchedule: drills }) => ({
        name,
        backupSchedule: looking,
        ...(drills && { drillSchedule: drills.watched }),
      })),
      isReplica: true,
      scheduleName: looking.name,
      context: alarms,
      logRetention,
    });
    this.lag = replicationLagAlarm(this, alarms, this.vault.bucket.bucketName);
    this.pageNow = [this.sentinel.pageNow, ...this.sources.map(({ pageNow }) => pageNow)];
    const people = rolesOfPeople(this, this.vault, environment, isGuarded, props);
    this.restoreRole = people.restoreRole;
    this.holdRole = people.holdRole;
    this.breakGlassRole = people.breakGlassRole;
    const undrilled = props.sources.filter((source) => drillPlaceOf(source) === 'off');
    tellUndrilled(
      this.vault,
      undrilled.map(({ name }) => name),
    );
    if (isGuarded) {
      // There is no keeper here: S3 replicates the tags of the vault's.
      guardTags(this.vault.bucket, environment);
      guardHolds(this.vault.bucket, environment, this.holdRole.role);
    }
    const lastParts = [...this.sources.flatMap((one) => one.lastParts), ...this.sentinel.lastParts];
    const watch = {
      environment: context.environment,
      vault: this.vault,
      after: lastParts,
      audit,
      isGuarded,
    };
    const watchers = watchVault(this, {
      ...watch,
      alerts: this.alertTopic,
      sentinel: this.sentinel,
      runbook: context.runbook,
    });
    this.vault.protectAfter(
      this.restoreRole,
      this.holdRole,
      ...(this.breakGlassRole ? [this.breakGlassRole] : []),
      ...lastParts,
      ...watchers,
    );
  }
}

function checkProps(props: ReplicaProps, now: Date): Problem[] {
  const { environment, sources, vaultRegion, drillSchedule } = props;
  const replica = { region: vaultRegion, ...(drillSchedule !== undefined && { drillSchedule }) };
  return [
    // Whether encrypted backups can be drilled is a question of the drills here.
    ...checkPostgresBackup(
      { ...props, sources: sources.map(({ ageRecipients: _, ageIdentitySecret: __, ...source }) => source) },
      now,
    ),
    ...checkReplica(environment, replica, sources, now).map((problem) =>
      problem.path[0] === 'region' ? { ...problem, path: ['vaultRegion'] } : problem,
    ),
  ];
}

/**
 * The schedule of the replica's own sentinel, from whose creation ages count while nothing has arrived. Its
 * name is written out: the function is told of it, and the schedule names the function. The name changes with
 * the sources and their schedules, so that a source that was added today is not behind by the age of the
 * replica, nor one that is backed up more often from today on.
 */
function sentinelSchedule(scope: Construct, { environment, sources }: ReplicaProps): WatchedSchedule {
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
