import { Annotations } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import type { DrillEvent, ScheduledBackupEvent } from '../contract/events.ts';
import type { AlarmContext } from './alarms/lifeboat-alarm.ts';
import { SourceAlarms } from './alarms/source-alarms.ts';
import type { Thresholds } from './alarms/thresholds.ts';
import { longestGaps } from './check-source.ts';
import { lossWarning } from './client-encryption.ts';
import { DrillAfterBackup } from './drill-after-backup.ts';
import { type DrillPlace, drillPlaceOf } from './drill-place.ts';
import { BackupFunction } from './functions/backup-function.ts';
import { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import { DeadLetterQueue } from './functions/dead-letter-queue.ts';
import { FunctionSchedule } from './functions/function-schedule.ts';
import { DEFAULT_DRILL_ROOM_MB, RestoreDrillFunction } from './functions/restore-drill-function.ts';
import { ScheduleRole } from './functions/schedule-role.ts';
import {
  DEFAULT_DRILL_SCHEDULE,
  DEFAULT_SCHEDULE,
  DEFAULT_TIME_ZONE,
  type SourceProps,
} from './source-props.ts';
import type { Vault } from './vault/vault.ts';

/** What a {@link ProtectedSource} is made from. */
export interface ProtectedSourceProps {
  readonly source: SourceProps;
  readonly vault: Vault;
  readonly context: AlarmContext;
  readonly thresholds: Thresholds;
  readonly logRetention: RetentionDays;
  /** The start of the two years over which schedules are checked. */
  readonly now: Date;
}

/** The functions, schedules and alarms of one source. Sources share none of these, so faults stay apart. */
export class ProtectedSource extends Construct {
  readonly name: string;
  readonly backup: BackupFunction;
  /** Who proves the source's backups. */
  readonly drillPlace: DrillPlace;
  /** Undefined if no function drills the source's backups. */
  readonly drill: RestoreDrillFunction | undefined;
  readonly backupSchedule: FunctionSchedule;
  readonly drillSchedule: FunctionSchedule | undefined;
  readonly alarms: SourceAlarms;
  /** What CloudFormation makes last for this source, and what fails most often in a first deployment. */
  readonly lastParts: IDependable[];

  constructor(scope: Construct, id: string, props: ProtectedSourceProps) {
    super(scope, id);
    const { source, vault, context, logRetention } = props;
    const { environment } = context;
    this.name = source.name;
    this.drillPlace = drillPlaceOf(source);
    const isDrilledHere = this.drillPlace === 'function';
    if (source.ageRecipients) {
      const warning = lossWarning(source.name, source.ageRecipients);
      Annotations.of(this).addWarningV2(`lifeboat:age-${source.name}`, warning);
    }
    const deadLetters = new DeadLetterQueue(this, 'DeadLetterQueue');
    const ofBoth = { environment, source: source.name, vault, logRetention, deadLetters };
    this.backup = new BackupFunction(this, 'Backup', {
      ...ofBoth,
      secret: source.secret,
      order: source,
      size: source.backupSize ?? {},
      ...(source.ageRecipients && { ageRecipients: source.ageRecipients }),
      ...(isDrilledHere && {
        drillRoomMb: source.drillSize?.temporaryStorageMb ?? DEFAULT_DRILL_ROOM_MB,
      }),
      ...(source.secretKey && { secretKey: source.secretKey }),
      ...(source.network && { network: source.network }),
    });
    this.drill = isDrilledHere
      ? new RestoreDrillFunction(this, 'RestoreDrill', {
          ...ofBoth,
          checks: source.drillChecks ?? [],
          size: source.drillSize ?? {},
          ...(source.ageIdentitySecret && { identitySecret: source.ageIdentitySecret }),
          ...(source.ageIdentitySecretKey && { identitySecretKey: source.ageIdentitySecretKey }),
        })
      : undefined;
    const functions = [this.backup, ...(this.drill ? [this.drill] : [])];
    const role = new ScheduleRole(this, 'ScheduleRole', { targets: functions });
    const deadLetterPolicy = new DeadLetterPolicy(this, 'DeadLetterPolicy', { deadLetters });

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
        timeZone,
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
    this.alarms = new SourceAlarms(this, 'Alarms', {
      context,
      source: source.name,
      thresholds: props.thresholds,
      rhythm: {
        backupGapMs: gaps.backupMs,
        drillGapMs: gaps.drillMs,
        drillsAfterBackup: source.drillAfterBackup ?? false,
        drillsElsewhere: this.drillPlace === 'elsewhere',
      },
      backup: this.backup,
      ...(this.drill && { drill: this.drill }),
      isProven: this.drillPlace !== 'off',
    });
    this.lastParts = [
      ...functions.map(({ invocations }) => invocations),
      this.backupSchedule,
      ...(this.drillSchedule ? [this.drillSchedule] : []),
      this.alarms.pageNow,
    ];
  }
}
