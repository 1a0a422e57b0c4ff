import { Annotations } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AlertTopic } from './alarms/alert-topic.ts';
import type { PageNow } from './alarms/page-now.ts';
import { withThresholdDefaults } from './alarms/thresholds.ts';
import type { BreakGlassRole } from './break-glass-role.ts';
import { checkPostgresBackup } from './check-postgres-backup.ts';
import { Dashboard } from './dashboard.ts';
import type { HoldRole } from './hold-role.ts';
import { Keeper } from './keeper.ts';
import type { PostgresBackupProps } from './postgres-backup-props.ts';
import { throwProblems } from './problem.ts';
import { ProtectedSource } from './protected-source.ts';
import { replicaTargetOf } from './replica/replica-target.ts';
import { Replication } from './replica/replication.ts';
import type { RestoreRole } from './restore-role.ts';
import { rolesOfPeople } from './roles-of-people.ts';
import { Sentinel } from './sentinel.ts';
import { guardHolds, guardTags } from './vault/guard.ts';
import { complianceWarning, objectLockOf } from './vault/object-lock.ts';
import { withRetentionDefaults } from './vault/retention.ts';
import { tellUndrilled } from './vault/undrilled.ts';
import { Vault } from './vault/vault.ts';
import { denyReplicasFromElsewhere } from './vault/write-once.ts';
import { watchVault } from './watch-vault.ts';

/**
 * Off-site backups of PostgreSQL databases, restore drills that prove them, and alarms that fire if a backup
 * or a proof is missing. It consists of a vault; for each source a backup function, a drill function, their
 * schedules and alarms; a sentinel, a keeper, a topic, a dashboard, and a role that people assume to restore.
 */
export class PostgresBackup extends Construct {
  readonly vault: Vault;
  readonly alertTopic: AlertTopic;
  readonly sources: ProtectedSource[];
  readonly sentinel: Sentinel;
  readonly keeper: Keeper;
  /** The alarms that wake people, the vault's first. Connect your pager to each of them. */
  readonly pageNow: PageNow[];
  readonly dashboard: Dashboard;
  readonly restoreRole: RestoreRole;
  readonly holdRole: HoldRole;
  /** Undefined if the vault is not guarded. */
  readonly breakGlassRole: BreakGlassRole | undefined;
  /** Undefined without a replica. */
  readonly replication: Replication | undefined;

  constructor(scope: Construct, id: string, props: PostgresBackupProps) {
    super(scope, id);
    const now = new Date();
    throwProblems(checkPostgresBackup(props, now));
    const { environment } = props;
    const logRetention = props.logRetention ?? RetentionDays.SIX_MONTHS;

    const retention = withRetentionDefaults(props.retention);
    const objectLock = objectLockOf(props.objectLock ?? {}, retention);
    const isGuarded = props.guard ?? true;
    this.vault = new Vault(this, 'Vault', {
      environment,
      retention,
      isGuarded,
      ...(objectLock && { objectLock }),
    });
    if (objectLock?.mode === 'compliance') {
      Annotations.of(this).addWarningV2('lifeboat:compliance-lock', complianceWarning(objectLock));
    }
    this.alertTopic = new AlertTopic(this, 'Alerts', { environment, emails: props.alertEmails ?? [] });
    const context = {
      environment,
      topic: this.alertTopic.topic,
      runbook: props.runbook ?? 'docs/runbook.md',
    };
    this.sources = props.sources.map(
      (source) =>
        new ProtectedSource(this, `Source-${source.name}`, {
          source,
          vault: this.vault,
          context,
          thresholds: withThresholdDefaults(props.thresholds),
          logRetention,
          now,
        }),
    );
    this.sentinel = new Sentinel(this, 'Sentinel', {
      vault: this.vault,
      sources: this.sources.map(({ name, backupSchedule, drillSchedule }) => ({
        name,
        backupSchedule: backupSchedule.watched,
        ...(drillSchedule && { drillSchedule: drillSchedule.watched }),
      })),
      context,
      logRetention,
    });
    this.replication = props.replica
      ? new Replication(this, 'Replication', {
          environment,
          vault: this.vault,
          target: replicaTargetOf(this, environment, props.replica),
          context,
        })
      : undefined;
    const undrilled = this.sources.filter(({ drillPlace }) => drillPlace === 'off').map(({ name }) => name);
    tellUndrilled(this.vault, undrilled);
    this.keeper = new Keeper(this, 'Keeper', {
      ...{ vault: this.vault, retention, undrilled, context, logRetention },
      scheduleRole: this.sentinel.scheduleRole,
      deadLetters: this.sentinel.deadLetters,
    });
    this.pageNow = [this.sentinel.pageNow, ...this.sources.map(({ alarms }) => alarms.pageNow)];
    this.dashboard = new Dashboard(this, 'Dashboard', {
      environment,
      pageNow: this.pageNow,
      sources: this.sources,
      sentinel: this.sentinel,
      others: this.replication ? [this.replication.failed] : [],
      keeper: this.keeper,
    });
    const people = rolesOfPeople(this, this.vault, environment, isGuarded, props);
    this.restoreRole = people.restoreRole;
    this.holdRole = people.holdRole;
    this.breakGlassRole = people.breakGlassRole;
    if (isGuarded) {
      guardTags(this.vault.bucket, environment, this.keeper.function.role);
      guardHolds(this.vault.bucket, environment, this.holdRole.role);
    }
    denyReplicasFromElsewhere(this.vault.bucket);
    const lastParts = [...this.sources, this.sentinel, this.keeper].flatMap((one) => one.lastParts);
    const watchers = watchVault(this, {
      ...{ environment, vault: this.vault, isGuarded, audit: props.audit ?? 'off', after: lastParts },
      ...{ alerts: this.alertTopic, sentinel: this.sentinel, runbook: context.runbook },
    });
    this.vault.protectAfter(
      ...[this.restoreRole, this.holdRole, this.dashboard],
      ...(this.breakGlassRole ? [this.breakGlassRole] : []),
      ...(this.replication ? [this.replication] : []),
      ...lastParts,
      ...watchers,
    );
  }
}
