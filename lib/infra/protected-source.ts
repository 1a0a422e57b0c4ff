import { Annotations } from 'aws-cdk-lib';
import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct, IDependable } from 'constructs';
import type { DrillEvent, ScheduledBackupEvent } from '../contract/events.ts';
import type { AlarmContext, LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import type { SeriesOwner } from './alarms/lifeboat-metric.ts';
import { longestBackupWaitMs, longestProofWaitMs, type Rhythm } from './alarms/longest-wait.ts';
import { SourceAlarms } from './alarms/source-alarms.ts';
import type { Thresholds } from './alarms/thresholds.ts';
import { longestGaps } from './check-source.ts';
import { lossWarning } from './client-encryption.ts';
import { allowanceMs, computeOf } from './compute.ts';
import { DrillAfterBackup } from './drill-after-backup.ts';
import { type DrillPlaceName, drillPlaceOf, isDrilledByStack, mayDrillInTask } from './drill-place.ts';
import type { SourceExports } from './exports/source-exports.ts';
import { BackupFunction } from './functions/backup-function.ts';
import { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import { DeadLetterQueue } from './functions/dead-letter-queue.ts';
import { FunctionSchedule } from './functions/function-schedule.ts';
import { DEFAULT_DRILL_ROOM_MB, RestoreDrillFunction } from './functions/restore-drill-function.ts';
import { ScheduleRole } from './functions/schedule-role.ts';
import { grantStatements } from './grant-statements.ts';
import type { SourceHealth } from './health/source-health.ts';
import type { SourcePointInTime } from './point-in-time/source-point-in-time.ts';
import type { SourceNetworkProps } from './props/source-network-props.ts';
import type { IProtectedSource } from './source-interface.ts';
import { SourceMetrics } from './source-metrics.ts';
import {
  DEFAULT_DRILL_SCHEDULE,
  DEFAULT_SCHEDULE,
  DEFAULT_TIME_ZONE,
  type SourceToProtect,
} from './source-to-protect.ts';
import { BackupTask } from './task/backup-task.ts';
import { DEFAULT_DRILL_HOURS, DrillTask } from './task/drill-task.ts';
import type { SourceTasks } from './task/source-tasks.ts';
import { TaskEnd } from './task/task-ends.ts';
import { withSizeDefaults } from './task/task-size.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';
import { decryptObjects, listBackupsOf, readBackups } from './vault/vault-statements.ts';

/** What a {@link ProtectedSource} is made from. */
export interface ProtectedSourceProps {
  readonly source: SourceToProtect;
  readonly vault: VaultInUse;
  readonly context: AlarmContext;
  readonly thresholds: Thresholds;
  readonly logRetention: RetentionDays;
  /** The stacks of tasks, made when they are first asked for. */
  readonly tasks: SourceTasks;
  /** The key in KMS that signs records of drills. @default - nobody signs them */
  readonly signingKey?: IKey;
  /** The start of the two years over which schedules are checked. */
  readonly now: Date;
}

/** The limits beyond which a source is not safe: those of its alarms. */
export interface SourceLimits {
  readonly backupSeconds: number;
  /** Undefined if nobody proves its backups. */
  readonly proofSeconds: number | undefined;
  readonly recoverySeconds: number;
}

/** The functions, schedules and alarms of one source. Sources share none of these, so faults stay apart. */
export class ProtectedSource extends SourceMetrics implements IProtectedSource {
  readonly name: string;
  readonly backup: BackupFunction;
  /** Who proves the source's backups. */
  readonly drillPlace: DrillPlaceName;
  /** Undefined if no function drills the source's backups. */
  readonly drill: RestoreDrillFunction | undefined;
  readonly backupSchedule: FunctionSchedule;
  readonly drillSchedule: FunctionSchedule | undefined;
  readonly sourceAlarms: SourceAlarms;
  /** Undefined if nobody measures its health. */
  health: SourceHealth | undefined;
  /** Undefined if nobody captures its changes. */
  pointInTime: SourcePointInTime | undefined;
  /** Undefined if nothing of it is exported. */
  exports: SourceExports | undefined;
  /** Undefined without `egressLimitGb`, and if alarms are off. */
  egressAlarm: LifeboatAlarm | undefined;
  /** What CloudFormation makes last for this source, and what fails most often in a first deployment. */
  readonly lastParts: IDependable[];
  readonly series: SeriesOwner;
  readonly limits: SourceLimits;
  readonly #vault: VaultInUse;
  readonly #source: SourceToProtect;

  constructor(scope: Construct, id: string, props: ProtectedSourceProps) {
    super(scope, id);
    const { source, vault, context, logRetention } = props;
    const { environment } = context;
    this.name = source.name;
    this.series = { environment, source: source.name };
    this.#vault = vault;
    this.#source = source;
    this.drillPlace = drillPlaceOf(source);
    const isDrilledHere = isDrilledByStack(this.drillPlace);
    if (source.ageRecipients) {
      const warning = lossWarning(source.name, source.ageRecipients);
      Annotations.of(this).addWarningV2(`lifeboat:age-${source.name}`, warning);
    }
    const deadLetters = new DeadLetterQueue(this, 'DeadLetterQueue');
    const { heartbeat } = source;
    const settings = {
      ...{ environment, source: source.name, vault },
      ...(heartbeat && { heartbeat }),
      secret: source.secret,
      order: source,
      ...(source.ageRecipients && { ageRecipients: source.ageRecipients }),
      ...(isDrilledHere && {
        drillRoomMb: source.drillSize?.temporaryStorageMb ?? DEFAULT_DRILL_ROOM_MB,
      }),
      ...(source.secretKey && { secretKey: source.secretKey }),
      ...(source.network && { network: source.network }),
    };
    const compute = computeOf(source);
    const taskSize = withSizeDefaults(source.taskSize ?? {}, source.compute);
    const task =
      compute === 'function'
        ? undefined
        : new BackupTask(props.tasks.tasks, `Backup-${source.name}`, {
            ...settings,
            tasks: props.tasks.tasks,
            when: compute,
            size: taskSize,
          });
    this.backup = new BackupFunction(this, 'Backup', {
      ...settings,
      ...{ logRetention, deadLetters },
      size: source.backupSize ?? {},
      ...(task && { task }),
    });
    const drillRights = {
      ...{ environment, source: source.name, vault, checks: source.drillChecks ?? [] },
      ...(source.pointInTime && { provesChanges: true }),
      ...(source.ageIdentitySecret && { identitySecret: source.ageIdentitySecret }),
      ...(source.ageIdentitySecretKey && { identitySecretKey: source.ageIdentitySecretKey }),
      ...(props.signingKey && { signingKey: props.signingKey }),
    };
    const drillTask = mayDrillInTask(this.drillPlace)
      ? new DrillTask(props.tasks.tasks, `Drill-${source.name}`, {
          ...drillRights,
          ...{ tasks: props.tasks.tasks, servers: props.tasks.drillServers },
          ...{ when: this.drillPlace, hours: source.drillHours ?? DEFAULT_DRILL_HOURS },
          ...(source.drillImage !== undefined && { image: source.drillImage }),
        })
      : undefined;
    this.drill = isDrilledHere
      ? new RestoreDrillFunction(this, 'RestoreDrill', {
          ...{ ...drillRights, logRetention, deadLetters },
          ...(heartbeat && { heartbeat }),
          size: source.drillSize ?? {},
          ...(drillTask && { task: drillTask }),
        })
      : undefined;
    const functions = [this.backup, ...(this.drill ? [this.drill] : [])];
    const role = new ScheduleRole(this, 'ScheduleRole', { targets: functions });
    const deadLetterPolicy = new DeadLetterPolicy(this, 'DeadLetterPolicy', { deadLetters });

    if (task) {
      new TaskEnd(props.tasks.ends, `Backup-${source.name}`, {
        ...{ group: `family:${task.family}`, clusterArn: task.clusterArn },
        ...{ hears: this.backup, deadLetterPolicy },
      });
    }

    if (drillTask && this.drill) {
      new TaskEnd(props.tasks.ends, `Drill-${source.name}`, {
        ...{ group: drillTask.group, clusterArn: drillTask.clusterArn },
        ...{ hears: this.drill, deadLetterPolicy },
      });
    }

    const timeZone = source.timeZone ?? DEFAULT_TIME_ZONE;
    const schedule = source.schedule ?? DEFAULT_SCHEDULE;
    this.backupSchedule = new FunctionSchedule(this, 'BackupSchedule', {
      target: this.backup,
      role,
      description: `Lifeboat: back up ${source.name} (${environment})`,
      expression: schedule,
      timeZone,
      // The slot decides the backup's id, so that a slot delivered twice is sealed once. The slot's place in
      // the schedule decides the class (lib/schedule/retention-class.ts).
      input: JSON.stringify({
        slot: '<aws.scheduler.scheduled-time>',
        schedule,
        timeZone,
      } satisfies ScheduledBackupEvent),
    });
    this.drillSchedule =
      this.drill &&
      new FunctionSchedule(this, 'DrillSchedule', {
        target: this.drill,
        role,
        description: `Lifeboat: drill the newest backup of ${source.name} (${environment})`,
        expression: source.drillSchedule ?? DEFAULT_DRILL_SCHEDULE,
        timeZone: source.drillTimeZone ?? timeZone,
        // With drillAfterBackup a proof is due sooner, so a change of this setting makes a new schedule, and
        // ages count from its creation.
        ...(source.drillAfterBackup && { rhythm: ['after each backup'] }),
        input: JSON.stringify({ backup: 'latest' } satisfies DrillEvent),
      });
    if (this.drill && source.drillAfterBackup) {
      new DrillAfterBackup(this, 'DrillAfterBackup', {
        vault,
        source: source.name,
        drill: this.drill,
        deadLetterPolicy,
      });
    }
    const gaps = longestGaps(source, props.now);
    const rhythm: Rhythm = {
      backupGapMs: gaps.backupMs,
      drillGapMs: gaps.drillMs,
      drillsAfterBackup: source.drillAfterBackup ?? false,
      drillsElsewhere: this.drillPlace === 'elsewhere',
      drillTaskMs: drillTask ? drillTask.hours * 3_600_000 : 0,
      taskMs: allowanceMs(source),
    };
    this.limits = {
      backupSeconds: longestBackupWaitMs(rhythm) / 1000,
      proofSeconds: this.drillPlace === 'off' ? undefined : longestProofWaitMs(rhythm) / 1000,
      recoverySeconds: props.thresholds.recoveryTimeMinutes * 60,
    };
    this.sourceAlarms = new SourceAlarms(this, 'Alarms', {
      context,
      source: source.name,
      thresholds: props.thresholds,
      rhythm,
      backup: this.backup,
      deadLetters,
      ...(this.drill && { drill: this.drill }),
      isProven: this.drillPlace !== 'off',
    });
    this.lastParts = [
      ...functions.map(({ invocations }) => invocations),
      this.backupSchedule,
      ...(this.drillSchedule ? [this.drillSchedule] : []),
      ...(this.sourceAlarms.pageNow ? [this.sourceAlarms.pageNow] : []),
    ];
  }

  get backupFunction(): IFunction {
    return this.backup.function;
  }

  get drillFunction(): IFunction | undefined {
    return this.drill?.function;
  }

  get healthFunction(): IFunction | undefined {
    return this.health?.function;
  }

  get captureFunction(): IFunction | undefined {
    return this.pointInTime?.captureFunction;
  }

  get slotWatchFunction(): IFunction | undefined {
    return this.pointInTime?.slotWatchFunction;
  }

  get exportFunction(): IFunction | undefined {
    return this.exports?.function;
  }

  get criticalAlarm(): AlarmBase | undefined {
    return this.sourceAlarms.pageNow?.alarm;
  }

  get alarms(): AlarmBase[] {
    const { pageNow, all } = this.sourceAlarms;
    return [
      ...(pageNow ? [pageNow.alarm] : []),
      ...[
        ...all,
        ...(this.egressAlarm ? [this.egressAlarm] : []),
        ...(this.health?.alarms ?? []),
        ...(this.pointInTime?.alarms ?? []),
        ...(this.exports?.alarms ?? []),
      ].map(({ alarm }) => alarm),
    ];
  }

  /** The network of the backup function, with its security groups: a database accepts both functions, or none. */
  get network(): SourceNetworkProps | undefined {
    const { network } = this.#source;
    return network && { ...network, securityGroups: this.connections.securityGroups };
  }

  get connections(): Connections {
    if (this.backup.function.isBoundToVpc) return this.backup.function.connections;
    throw new Error(
      `${this.node.path} runs in no VPC, so it has no security group that a database could accept: give the source \`network: { vpc }\`.`,
    );
  }

  grantRead(grantee: IGrantable): Grant {
    const vault = this.#vault;
    return grantStatements(this, grantee, [
      listBackupsOf(vault, this.name),
      readBackups(vault, this.name),
      decryptObjects(vault),
    ]);
  }

  grantInvokeBackup(grantee: IGrantable): Grant {
    return this.backup.function.grantInvoke(grantee);
  }

  grantInvokeDrill(grantee: IGrantable): Grant {
    if (this.drill) return this.drill.function.grantInvoke(grantee);
    throw new Error(
      `${this.node.path} has no drill function to invoke: its drill is ${JSON.stringify(this.drillPlace)}.`,
    );
  }
}
