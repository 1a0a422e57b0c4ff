import { Construct } from 'constructs';
import type { BackupFunction } from '../functions/backup-function.ts';
import type { RestoreDrillFunction } from '../functions/restore-drill-function.ts';
import { noBackupAlarm, unprovenAlarm } from './age-alarms.ts';
import { durationDeviationAlarm, recoveryTimeAlarm, sizeDeviationAlarm } from './deviation-alarms.ts';
import { backupFailedAlarm, drillFailedAlarm, drillFailedTwiceAlarm } from './failure-alarms.ts';
import { deadLettersAlarm, throttledAlarm } from './function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import type { Thresholds } from './thresholds.ts';

/** What {@link SourceAlarms} are made from. */
export interface SourceAlarmsProps {
  readonly context: AlarmContext;
  readonly source: string;
  readonly thresholds: Thresholds;
  /** The longest time between two backups that the schedule asks for. */
  readonly longestBackupGapMs: number;
  /** The longest time between two drills. */
  readonly longestDrillGapMs: number;
  readonly backup: BackupFunction;
  readonly drill: RestoreDrillFunction;
}

/** All alarms of one source. */
export class SourceAlarms extends Construct {
  readonly all: LifeboatAlarm[];
  /** Those that somebody should be woken for. */
  readonly pageNow: LifeboatAlarm[];

  constructor(scope: Construct, id: string, props: SourceAlarmsProps) {
    super(scope, id);
    const { context, source, thresholds, backup, drill } = props;
    this.pageNow = [
      noBackupAlarm(this, context, source, props.longestBackupGapMs),
      unprovenAlarm(this, context, source, props.longestDrillGapMs),
      drillFailedTwiceAlarm(this, context, source),
    ];
    const ofBackup = new Construct(this, 'Backup');
    const ofDrill = new Construct(this, 'Drill');
    this.all = [
      ...this.pageNow,
      backupFailedAlarm(this, context, source, backup),
      drillFailedAlarm(this, context, source, drill),
      sizeDeviationAlarm(this, context, source, thresholds.sizeDeviationPercent),
      durationDeviationAlarm(this, context, source, thresholds.durationFactor),
      recoveryTimeAlarm(this, context, source, thresholds.recoveryTimeMinutes),
      deadLettersAlarm(ofBackup, context, `${source}-backup`, backup),
      throttledAlarm(ofBackup, context, `${source}-backup`, backup),
      deadLettersAlarm(ofDrill, context, `${source}-drill`, drill),
      throttledAlarm(ofDrill, context, `${source}-drill`, drill),
    ];
  }
}
