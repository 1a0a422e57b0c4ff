import { Stack } from 'aws-cdk-lib';
import type { AlarmBase, Dashboard as CloudWatchDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import { consoleLink } from '../contract/status-page.ts';
import { longestGapOf } from '../schedule/longest-gap.ts';
import { AlertTopic } from './alarms/alert-topic.ts';
import { EgressAlarms } from './alarms/egress-alarms.ts';
import type { AlarmContext } from './alarms/lifeboat-alarm.ts';
import { type Thresholds, withThresholdDefaults } from './alarms/thresholds.ts';
import { TopicAlarmActions } from './alarms/topic-alarm-actions.ts';
import type { AuditTrail } from './audit-trail.ts';
import { checkPostgresBackup, NO_SOURCE, type SettingsToCheck } from './check-postgres-backup.ts';
import { checkEvents, checkVaultProps } from './check-vault-props.ts';
import { EnvironmentClaim } from './claims.ts';
import { Dashboard } from './dashboard/dashboard.ts';
import type { ExportSettings, PointInTimeSettings } from './environment/shared-settings.ts';
import { Exports } from './exports/exports.ts';
import { Health } from './health/health.ts';
import { HEADER_NAME, HEADER_WORDS } from './health-endpoint/check-header.ts';
import { HealthEndpoint } from './health-endpoint/health-endpoint.ts';
import { Keeper } from './keeper.ts';
import { AllChanges } from './notifications/all-changes.ts';
import { Notifications } from './notifications/notifications.ts';
import { PointInTime } from './point-in-time/point-in-time.ts';
import { pointInTimeFigures } from './point-in-time/point-in-time-figures.ts';
import { type Problem, throwProblems } from './problem.ts';
import type { HealthEndpointProps } from './props/health-endpoint-props.ts';
import type { PostgresBackupProps } from './props/postgres-backup-props.ts';
import type { RestoreOnAwsProps } from './props/restore-on-aws-props.ts';
import { auditOf, notificationsOf, ofProps, sourceOf, thresholdsOf } from './props/settings-of-props.ts';
import type { SourceProps } from './props/source-props.ts';
import { ProtectedSource } from './protected-source.ts';
import { replicaTargetOf } from './replica/replica-target.ts';
import { Replication } from './replica/replication.ts';
import { rolesOfPeople } from './roles-of-people.ts';
import { DEFAULT_SCRUB, SCRUB_OFF } from './scrub/check-scrub.ts';
import { Scrub } from './scrub/scrub.ts';
import { Sentinel } from './sentinel.ts';
import { SigningKey } from './signing-key.ts';
import type { IProtectedSource } from './source-interface.ts';
import {
  DEFAULT_DRILL_SCHEDULE,
  DEFAULT_TIME_ZONE,
  type HealthToMeasure,
  type SourceToProtect,
} from './source-to-protect.ts';
import { StatusPage } from './status-page/status-page.ts';
import { RestoreTask } from './task/restore-task.ts';
import { SourceTasks } from './task/source-tasks.ts';
import { guardHolds, guardTags } from './vault/guard.ts';
import { OwnVault } from './vault/own-vault.ts';
import { withRetentionDefaults } from './vault/retention.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';
import type { IVault } from './vault/vault-interface.ts';
import { denyReplicasFromElsewhere } from './vault/write-once.ts';
import { ownVault, vaultOf, vaultSettingsOf } from './vault-of-props.ts';
import { watchVault } from './watch-vault.ts';

function checkHeader(endpoint: HealthEndpointProps | undefined): Problem[] {
  const { header } = endpoint?.secretHeader ?? {};
  if (header === undefined || HEADER_NAME.test(header)) return [];
  return [{ path: ['healthEndpoint', 'secretHeader', 'header'], message: HEADER_WORDS }];
}

const NOTHING_TO_TELL =
  'healthEndpoint: no source is measured, so it could tell nothing of their health. Give a source `health: {}`, or leave it out';

/**
 * Off-site backups of PostgreSQL databases, restore drills that prove them, and alarms that fire if a backup
 * or a proof is missing. It consists of a vault; for each source a backup function, a drill function, their
 * schedules and alarms; a sentinel, a keeper, a topic, a dashboard, and a role that people assume to restore.
 */
export class PostgresBackup extends Construct {
  /** Where the backups are. */
  readonly vault: IVault;
  /** The topic that people subscribe to. With `notifications` it carries words. */
  readonly alertTopic: ITopic;
  /** The topic that alarms publish to: the alert topic, or with `notifications` one of its own. It carries CloudWatch's JSON. */
  readonly alarmTopic: ITopic;
  /** Tells people in words; undefined without `notifications`. */
  readonly notifyFunction: IFunction | undefined;
  /** Checks the vault every five minutes, and publishes the ages. */
  readonly sentinelFunction: IFunction;
  /** Marks what may expire, twice a day. */
  readonly keeperFunction: IFunction;
  /** The state machine that reads every backup again; undefined if `scrub` is `'off'`. */
  readonly scrubStateMachineArn: string | undefined;
  /** The alarm that wakes people when nobody watches the vault; undefined if alarms are off. */
  readonly vaultAlarm: AlarmBase | undefined;
  /** Undefined if there is none. Add widgets of your own with `addWidgets`. */
  readonly dashboard: CloudWatchDashboard | undefined;
  /** People assume it, with MFA, to read backups. */
  readonly restoreRole: IRole;
  /** People assume it, with MFA, to put legal holds on backups. */
  readonly holdRole: IRole;
  /** The only role that may delete in the vault. Undefined if the vault is not guarded. */
  readonly breakGlassRole: IRole | undefined;
  /** Signs records of drills; undefined without `signDrills`. */
  readonly signingKey: IKey | undefined;
  /** The bucket of the `Replica`; undefined without one. */
  readonly replicaBucketName: string | undefined;

  readonly #vault: VaultInUse;
  readonly #context: AlarmContext;
  readonly #thresholds: Thresholds;
  readonly #logRetention: RetentionDays;
  readonly #sentinel: Sentinel;
  readonly #keeper: Keeper;
  readonly #scrub: Scrub | undefined;
  #health: Health | undefined;
  #pointInTime: PointInTime | undefined;
  #exports: Exports | undefined;
  #egressAlarms: EgressAlarms | undefined;
  readonly #endpoint: HealthEndpoint | undefined;
  readonly #page: StatusPage | undefined;
  readonly #tasks: SourceTasks;
  readonly #sources: ProtectedSource[] = [];
  readonly #keptChanges: Record<string, number> = {};
  readonly #notifications: Notifications | undefined;
  readonly #toCheck: Omit<SettingsToCheck, 'sources'>;
  readonly #checked: SourceToProtect[] = [];
  readonly #now = new Date();
  readonly #trail: AuditTrail | undefined;
  readonly #signingKey: SigningKey | undefined;

  constructor(scope: Construct, id: string, props: PostgresBackupProps) {
    super(scope, id);
    const { environment, runbook = 'docs/runbook.md', audit, replica, thresholds, notifications } = props;
    const { retention, objectLock, isGuarded } = vaultSettingsOf(props);
    this.#toCheck = {
      ...{ environment, retention, objectLock },
      ...(audit && { audit: auditOf(audit) }),
      ...(props.scrub !== undefined && { scrub: props.scrub }),
      ...(replica && { replica }),
      ...(thresholds && { thresholds: thresholdsOf(thresholds) }),
      notifications: notificationsOf(props),
    };
    const sources = (props.sources ?? []).map(sourceOf);
    throwProblems([
      ...checkHeader(props.healthEndpoint),
      ...checkVaultProps(props, sources, Stack.of(this)),
      ...this.#problems(sources),
    ]);
    const target = replica && replicaTargetOf(this, environment, replica);
    new EnvironmentClaim(this, 'Claim', { environment });
    this.#vault = vaultOf(this, props);
    this.#thresholds = withThresholdDefaults(thresholdsOf(thresholds ?? {}));
    this.#logRetention = props.logRetention ?? RetentionDays.SIX_MONTHS;
    this.#tasks = new SourceTasks(this, environment, this.#logRetention);
    this.#signingKey = props.signDrills ? new SigningKey(this, 'SigningKey', { environment }) : undefined;
    const alerts = new AlertTopic(this, 'Alerts', {
      environment,
      emails: props.alertEmails ?? [],
      ...(props.alertTopic && { topic: props.alertTopic }),
    });
    const { masterKey } = alerts.topic;
    const isWorded = notifications?.channels !== undefined || notifications?.digest !== undefined;
    const raw = isWorded
      ? new AlertTopic(this, 'Alarms', { environment, emails: [], ...(masterKey && { key: masterKey }) })
      : alerts;
    const isOn = props.alarms ?? true;
    this.#context = {
      ...{ environment, runbook, topic: raw.topic, isOn },
      actions: props.alarmActions ?? (isWorded ? new AllChanges() : new TopicAlarmActions()),
    };
    const ofAll = { vault: this.#vault, context: this.#context, logRetention: this.#logRetention };
    const heartbeat = notifications?.heartbeat;
    this.#sentinel = new Sentinel(this, 'Sentinel', { ...ofAll, ...(heartbeat && { heartbeat }) });
    const replication = target
      ? new Replication(this, 'Replication', {
          environment,
          vault: ownVault(this.#vault),
          target,
          context: this.#context,
        })
      : undefined;
    const { scheduleRole, deadLetters } = this.#sentinel;
    this.#keeper = new Keeper(this, 'Keeper', {
      ...ofAll,
      retention: withRetentionDefaults(retention),
      ...(this.#vault.keeperRoleName !== undefined && { roleName: this.#vault.keeperRoleName }),
      ...{ scheduleRole, deadLetters },
    });
    this.#notifications = isWorded
      ? new Notifications(this, 'Notifications', {
          ...{
            environment,
            vault: this.#vault,
            notifications,
            scheduleRole,
            logRetention: this.#logRetention,
          },
          ...{ alarmTopic: raw.topic, mailTopic: alerts.topic },
          context: {
            ...{ environment, runbook, topic: alerts.topic, isOn },
            actions: props.alarmActions ?? new TopicAlarmActions(),
          },
        })
      : undefined;
    const { scrub = DEFAULT_SCRUB } = props;
    this.#scrub =
      scrub === SCRUB_OFF
        ? undefined
        : new Scrub(this, 'Scrub', {
            ...ofAll,
            schedule: scrub,
            gapMs: longestGapOf(scrub, 'UTC', this.#now),
            deadLetters,
          });
    if (this.#scrub) this.#sentinel.watchScrubs(this.#scrub.schedule);
    const dashboard =
      (props.dashboard ?? true)
        ? new Dashboard(this, 'Dashboard', {
            environment,
            // Sources that are added later come into it too.
            sources: this.#sources,
            sentinel: this.#sentinel,
            keeper: this.#keeper,
            others: [
              ...(replication?.failed ? [replication.failed] : []),
              ...(this.#notifications?.alarms ?? []),
            ],
            ...(this.#scrub && { scrub: this.#scrub }),
          })
        : undefined;
    const people = rolesOfPeople(this, this.#vault, environment, isGuarded, props);
    const { restoreRole, holdRole, breakGlassRole } = people;
    if (props.restoreOnAws) restoreRole.mayStart(this.#restoreTask(environment, props.restoreOnAws));
    if (this.#vault instanceof OwnVault) {
      if (isGuarded) {
        guardTags(this.#vault.ownBucket, environment, this.#keeper.function.role);
        guardHolds(this.#vault.ownBucket, environment, holdRole.role);
      }
      denyReplicasFromElsewhere(this.#vault.ownBucket);
    }
    const { watchers, trail } = watchVault(this, {
      ...{ environment, vault: this.#vault, isGuarded, audit: this.#toCheck.audit ?? 'off' },
      ...{ alerts: raw, sentinel: this.#sentinel, runbook },
    });
    this.#trail = trail;
    this.#vault.protectAfter(
      ...[restoreRole, holdRole, dashboard, breakGlassRole, replication, this.#scrub].filter(
        (one) => one !== undefined,
      ),
      ...watchers,
    );
    this.#makeBefore(
      ...this.#sentinel.lastParts,
      ...this.#keeper.lastParts,
      ...(this.#notifications?.lastParts ?? []),
    );

    this.vault = this.#vault;
    this.alertTopic = alerts.topic;
    this.alarmTopic = raw.topic;
    this.notifyFunction = this.#notifications?.function.function;
    this.sentinelFunction = this.#sentinel.function.function;
    this.keeperFunction = this.#keeper.function.function;
    this.scrubStateMachineArn = this.#scrub?.machine.targetArn;
    this.vaultAlarm = this.#sentinel.pageNow?.alarm;
    this.dashboard = dashboard?.dashboard;
    this.restoreRole = restoreRole.role;
    this.holdRole = holdRole.role;
    this.breakGlassRole = breakGlassRole?.role;
    this.signingKey = this.#signingKey?.key;
    this.replicaBucketName = replication?.target.bucketName;
    this.#endpoint =
      props.healthEndpoint &&
      new HealthEndpoint(this, 'HealthEndpoint', {
        ...{ environment, vault: this.#vault, endpoint: props.healthEndpoint },
        logRetention: this.#logRetention,
      });
    if (this.#endpoint) this.#makeBefore(this.#endpoint);
    this.#page = props.statusPage
      ? new StatusPage(this, 'StatusPage', {
          environment,
          vault: this.#vault,
          logRetention: this.#logRetention,
        })
      : undefined;
    if (this.#page) {
      this.#sentinel.tellPage(this.#page);
      this.#page.letRead(restoreRole.role);
      this.#notifications?.tellPage(consoleLink(Stack.of(this).region, this.#page.pages.bucket.bucketName));
      this.#makeBefore(this.#page);
    }
    this.node.addValidation({
      validate: () => (this.#endpoint && !this.#health ? [`${this.node.path}: ${NOTHING_TO_TELL}`] : []),
    });
    this.node.addValidation({
      validate: () => (this.#sources.length > 0 ? [] : [`${this.node.path}: ${NO_SOURCE}`]),
    });
    for (const source of sources) this.#add(source);
  }

  /** Where the last results of health lie, for an endpoint that answers from them. Undefined if none is measured. */
  get healthResults(): IBucket | undefined {
    // CDK's own types do not go together under exactOptionalPropertyTypes.
    return this.#health?.results.bucket as IBucket | undefined;
  }

  /** Where the status page lies, as `status.html`; undefined without `statusPage`. */
  get statusPageBucket(): IBucket | undefined {
    return this.#page?.pages.bucket as IBucket | undefined;
  }

  /** Where exports lie for days. Undefined if nothing is exported. */
  get exportsBucket(): IBucket | undefined {
    return this.#exports?.exports.bucket as IBucket | undefined;
  }

  /** What monitors outside ask; undefined without `healthEndpoint`. */
  get healthEndpointUrl(): string | undefined {
    return this.#endpoint?.url;
  }

  /** The function behind it, to grant callers `grantInvokeUrl`. */
  get healthEndpointFunction(): IFunction | undefined {
    return this.#endpoint?.function.function;
  }

  /** The sources, in the order in which they were added. */
  get sources(): IProtectedSource[] {
    return [...this.#sources];
  }

  /** The alarms to connect a pager to: the vault's first, then those of the sources. None if alarms are off. */
  get criticalAlarms(): AlarmBase[] {
    const all = [this.vaultAlarm, ...this.#sources.map(({ criticalAlarm }) => criticalAlarm)];
    return all.filter((alarm) => alarm !== undefined);
  }

  /** Protects another database. Throws an error with a line for each setting that is wrong. */
  addSource(props: SourceProps): IProtectedSource {
    const source = sourceOf(props);
    const index = this.#checked.length;
    const problems = this.#problems([...this.#checked, source]).map(({ path, message }) => ({
      message,
      path:
        path[0] === 'sources' && path[1] === index ? [`addSource(${source.name})`, ...path.slice(2)] : path,
    }));
    throwProblems([...checkEvents(this.#vault, [source], [`addSource(${source.name})`]), ...problems]);
    return this.#add(source);
  }

  #restoreTask(environment: string, { targetSecrets, network }: RestoreOnAwsProps): RestoreTask {
    if (network && !network.securityGroups?.length) {
      throw new Error(
        `${this.node.path}: restoreOnAws.network needs securityGroups, which the databases accept`,
      );
    }
    const { tasks } = this.#tasks;
    return new RestoreTask(tasks, 'Restore', {
      ...{ tasks, environment, vault: this.#vault, targetSecrets },
      ...(network && { network }),
    });
  }

  #add(source: SourceToProtect): ProtectedSource {
    const added = new ProtectedSource(this, `Source-${source.name}`, {
      ...{ source, vault: this.#vault, context: this.#context },
      ...{ thresholds: this.#thresholds, logRetention: this.#logRetention, now: this.#now },
      tasks: this.#tasks,
      ...(this.#signingKey && { signingKey: this.#signingKey.key }),
    });
    this.#checked.push(source);
    this.#sources.push(added);
    const { name, backupSchedule, drillSchedule } = added;
    this.#sentinel.watch({
      name,
      backupSchedule: backupSchedule.watched,
      ...(drillSchedule && { drillSchedule: drillSchedule.watched }),
    });
    const { timeZone = DEFAULT_TIME_ZONE, drillTimeZone = timeZone, drillSchedule: due } = source;
    this.#notifications?.tellOf({
      ...{ name, drill: added.drillPlace, timeZone: drillTimeZone },
      ...(added.drillPlace !== 'off' && { drillSchedule: due ?? DEFAULT_DRILL_SCHEDULE }),
    });
    this.#scrub?.watch(name);
    if (added.drillPlace === 'off') {
      const undrilled = this.#sources.filter(({ drillPlace }) => drillPlace === 'off');
      this.#keeper.function.tellUndrilled(undrilled.map((one) => one.name));
      this.#vault.tellUndrilled(name);
    }
    this.#makeBefore(...added.lastParts);
    if (source.health) this.#measure(added, source, source.health);
    if (source.pointInTime) this.#capture(added, source, source.pointInTime);
    if (source.exports?.length) this.#export(added, source, source.exports);
    if (source.egressLimitGb !== undefined) this.#watchEgress(added, source.egressLimitGb);
    const { backupSeconds, proofSeconds } = added.limits;
    this.#endpoint?.tell(
      { name, backupSeconds, ...(proofSeconds !== undefined && { proofSeconds }) },
      source.health && this.#health?.results,
    );
    this.#page?.tell({
      ...{ name, backupSeconds, ...(proofSeconds !== undefined && { proofSeconds }) },
      recoverySeconds: added.limits.recoverySeconds,
      sizePercent: this.#thresholds.sizeDeviationPercent,
      durationFactor: this.#thresholds.durationFactor,
    });
    return added;
  }

  #measure(added: ProtectedSource, source: SourceToProtect, health: HealthToMeasure): void {
    if (!this.#health) {
      this.#health = new Health(this, 'Health', { context: this.#context, logRetention: this.#logRetention });
      this.#makeBefore(this.#health);
    }
    added.health = this.#health.measure(source, health, added.network);
    this.#notifications?.function.knowHealth(source.name, this.#health.results);
  }

  #capture(added: ProtectedSource, source: SourceToProtect, settings: PointInTimeSettings): void {
    if (!this.#pointInTime) {
      this.#pointInTime = new PointInTime(this, 'PointInTime', {
        ...{ context: this.#context, vault: this.#vault, logRetention: this.#logRetention },
      });
      this.#makeBefore(this.#pointInTime);
    }
    const { backupFunction: backup, network } = added;
    const figures = pointInTimeFigures(settings);
    const isDrilled = added.drill !== undefined;
    added.pointInTime = this.#pointInTime.capture(source, figures, { backup, network, isDrilled });
    this.#keptChanges[source.name] = figures.keepDays;
    this.#keeper.function.tellChanges(this.#keptChanges);
    this.#vault.keepChanges(source.name, figures.keepDays);
  }

  #export(added: ProtectedSource, source: SourceToProtect, exports: readonly ExportSettings[]): void {
    if (!this.#exports) {
      this.#exports = new Exports(this, 'Exports', {
        ...{ context: this.#context, vault: this.#vault, logRetention: this.#logRetention },
      });
      this.#makeBefore(this.#exports);
    }
    added.exports = this.#exports.of(source, exports);
  }

  #watchEgress(added: ProtectedSource, limitGb: number): void {
    if (!this.#context.isOn) return;
    if (!this.#egressAlarms) {
      this.#egressAlarms = new EgressAlarms(this, 'EgressAlarms', this.#context);
      this.#makeBefore(this.#egressAlarms);
    }
    added.egressAlarm = this.#egressAlarms.watch(added.name, limitGb);
  }

  /** Has these made before the bucket's policy and the trail, which a first deployment that fails cannot take away. */
  #makeBefore(...parts: IDependable[]): void {
    this.#vault.protectAfter(...parts);
    this.#trail?.trail.node.addDependency(...parts);
  }

  #problems(sources: readonly SourceToProtect[]): Problem[] {
    return ofProps(checkPostgresBackup({ ...this.#toCheck, sources }, this.#now, { mayAddSources: true }));
  }
}
