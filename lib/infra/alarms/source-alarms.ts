import { Construct } from 'constructs';
import type { BackupFunction } from '../functions/backup-function.ts';
import type { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import type { RestoreDrillFunction } from '../functions/restore-drill-function.ts';
import { noBackupAlarm, unprovenAlarm } from './age-alarms.ts';
import {
  drillRoomAlarm,
  durationDeviationAlarm,
  recoveryTimeAlarm,
  sizeDeviationAlarm,
} from './deviation-alarms.ts';
import { backupFailedAlarm, drillFailedAlarm, drillFailedTwiceAlarm } from './failure-alarms.ts';
import { deadLettersAlarm, throttledAlarm } from './function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { longestBackupWaitMs, longestProofWaitMs, type Rhythm } from './longest-wait.ts';
import { PageNow } from './page-now.ts';
import type { Thresholds } from './thresholds.ts';

/** Properties of {@link SourceAlarms}. */
export interface SourceAlarmsProps {
  readonly context: AlarmContext;
  readonly source: string;
  readonly thresholds: Thresholds;
  readonly rhythm: Rhythm;
  readonly backup: BackupFunction;
  readonly deadLetters: DeadLetterQueue;
  /** The function that drills the source. @default - no function drills it */
  readonly drill?: RestoreDrillFunction;
  /** Whether a function, or a machine elsewhere, proves the source's backups. */
  readonly isProven: boolean;
}

/** All alarms of one source, and its page-now; none if alarms are off. */
export class SourceAlarms extends Construct {
  readonly all: LifeboatAlarm[];
  readonly pageNow: PageNow | undefined;

  constructor(scope: Construct, id: string, props: SourceAlarmsProps) {
    super(scope, id);
    const { context, source, thresholds, rhythm, backup, drill, isProven } = props;
    if (!context.isOn) {
      this.all = [];
      this.pageNow = undefined;
      return;
    }
    const wait = { gapMs: rhythm.backupGapMs, longestMs: longestBackupWaitMs(rhythm) };
    const pageNow = [
      noBackupAlarm(this, context, source, wait),
      ...(isProven ? [unprovenAlarm(this, context, source, longestProofWaitMs(rhythm))] : []),
      ...(drill ? [drillFailedTwiceAlarm(this, context, source)] : []),
    ];
    this.all = [
      ...pageNow,
      backupFailedAlarm(this, context, source, backup),
      sizeDeviationAlarm(this, context, source, thresholds.sizeDeviationPercent),
      durationDeviationAlarm(this, context, source, thresholds.durationFactor),
      ...(isProven ? [recoveryTimeAlarm(this, context, source, thresholds.recoveryTimeMinutes)] : []),
      deadLettersAlarm(this, context, source, props.deadLetters),
      throttledAlarm(new Construct(this, 'Backup'), context, `${source}-backup`, backup),
      ...(drill
        ? [
            drillFailedAlarm(this, context, source, drill),
            drillRoomAlarm(this, context, source, drill.temporaryStorageMb),
            throttledAlarm(new Construct(this, 'Drill'), context, `${source}-drill`, drill),
          ]
        : []),
    ];
    this.pageNow = new PageNow(this, 'PageNow', { context, source, alarms: pageNow });
  }
}
