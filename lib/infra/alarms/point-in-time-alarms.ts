import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AlarmKind } from '../../contract/alarm-texts.ts';
import { CAPTURE_METRICS, CHANGE_PROOF_METRICS, SLOT_METRICS } from '../../contract/capture-metrics.ts';
import type { MetricDefinition } from '../../contract/metric-names.ts';
import {
  HELD_WAL_WARNING_SHARE,
  LONGEST_GAP_MINUTES,
  MISSED_CAPTURES,
  SLOT_WATCH_MINUTES,
} from '../../contract/point-in-time.ts';
import type { PointInTimeFigures } from '../point-in-time/point-in-time-figures.ts';
import { WARM_UP_MINUTES } from './function-alarms.ts';
import { type AlarmContext, LifeboatAlarm, type LifeboatAlarmProps } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';

/** Properties of {@link PointInTimeAlarms}. */
export interface PointInTimeAlarmsProps {
  readonly context: AlarmContext;
  readonly source: string;
  readonly figures: PointInTimeFigures;
  /** Whether the stack drills its backups, and so proves its changes. */
  readonly isDrilled: boolean;
}

const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;
/** The watchdog runs every minute, and a minute without it is no news. */
const SLOT_SILENCE_MINUTES = 15;

/** The alarms on the captured changes of one source; none if alarms are off. */
export class PointInTimeAlarms extends Construct {
  readonly all: LifeboatAlarm[];

  constructor(scope: Construct, id: string, props: PointInTimeAlarmsProps) {
    super(scope, id);
    this.all = props.context.isOn
      ? [
          ...this.#ofCapture(props),
          ...this.#ofSlot(props),
          ...(props.isDrilled ? [this.#ofProof(props)] : []),
        ]
      : [];
  }

  #ofCapture({ context, source, figures }: PointInTimeAlarmsProps): LifeboatAlarm[] {
    const { everyMinutes } = figures;
    const of = (metric: MetricDefinition, statistic: string) => metricOf(context, source, metric, statistic);
    const limitMinutes = 2 * everyMinutes;
    return [
      this.#alarm({ context, source }, 'recovery-point-old', {
        facts: { minutes: String(limitMinutes) },
        metric: of(CAPTURE_METRICS.recoveryPointAge, 'Maximum'),
        comparison: GREATER_THAN_THRESHOLD,
        threshold: limitMinutes * 60,
        // capture-silent reports the silence.
        treatMissingData: TreatMissingData.IGNORE,
      }),
      this.#alarm({ context, source }, 'capture-silent', {
        facts: { minutes: String(MISSED_CAPTURES * everyMinutes) },
        // A period as long as runs are apart. The first run comes within an interval of the deployment.
        metric: of(CAPTURE_METRICS.recoveryPointAge, 'SampleCount').with({
          period: Duration.minutes(everyMinutes),
        }),
        comparison: LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: MISSED_CAPTURES,
        datapointsToAlarm: MISSED_CAPTURES,
        treatMissingData: TreatMissingData.BREACHING,
        warmUpMinutes: WARM_UP_MINUTES,
      }),
      this.#alarm({ context, source }, 'slot-lost', {
        metric: of(CAPTURE_METRICS.slotsLost, 'Sum'),
        comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
      this.#alarm({ context, source }, 'changes-gap', {
        facts: { minutes: String(LONGEST_GAP_MINUTES) },
        metric: of(CAPTURE_METRICS.gap, 'Maximum'),
        comparison: GREATER_THAN_THRESHOLD,
        threshold: LONGEST_GAP_MINUTES * 60,
        treatMissingData: TreatMissingData.IGNORE,
      }),
      this.#alarm({ context, source }, 'tables-not-covered', {
        metric: of(CAPTURE_METRICS.uncovered, 'Maximum'),
        comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        treatMissingData: TreatMissingData.IGNORE,
      }),
    ];
  }

  #ofSlot({ context, source, figures }: PointInTimeAlarmsProps): LifeboatAlarm[] {
    const of = (metric: MetricDefinition, statistic: string) => metricOf(context, source, metric, statistic);
    const limit = formatWal(figures.maxHeldWalBytes);
    return [
      this.#alarm({ context, source }, 'held-wal', {
        facts: { percent: String(HELD_WAL_WARNING_SHARE * 100), limit },
        metric: of(SLOT_METRICS.heldWal, 'Maximum'),
        comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: figures.maxHeldWalBytes * HELD_WAL_WARNING_SHARE,
        // slot-watch-silent reports the silence.
        treatMissingData: TreatMissingData.IGNORE,
      }),
      this.#alarm({ context, source }, 'slot-dropped', {
        facts: { limit },
        metric: of(SLOT_METRICS.slotsDropped, 'Sum'),
        comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
      this.#alarm({ context, source }, 'slot-watch-silent', {
        facts: { minutes: String(SLOT_SILENCE_MINUTES) },
        metric: of(SLOT_METRICS.heldWal, 'SampleCount'),
        comparison: LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: SLOT_SILENCE_MINUTES / 5,
        datapointsToAlarm: SLOT_SILENCE_MINUTES / 5,
        treatMissingData: TreatMissingData.BREACHING,
        warmUpMinutes: Math.max(WARM_UP_MINUTES, SLOT_WATCH_MINUTES),
      }),
    ];
  }

  #ofProof({ context, source }: PointInTimeAlarmsProps): LifeboatAlarm {
    return this.#alarm({ context, source }, 'changes-unproven', {
      metric: metricOf(context, source, CHANGE_PROOF_METRICS.unproven, 'Maximum'),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      // It stays as it is until the next drill.
      treatMissingData: TreatMissingData.IGNORE,
    });
  }

  #alarm(
    { context, source }: Pick<PointInTimeAlarmsProps, 'context' | 'source'>,
    kind: AlarmKind,
    {
      facts,
      ...props
    }: Omit<LifeboatAlarmProps, 'context' | 'kind' | 'subject' | 'facts'> & {
      readonly facts?: Record<string, string>;
    },
  ): LifeboatAlarm {
    const id = kind.replace(/(^|-)([a-z])/g, (_, _hyphen, letter: string) => letter.toUpperCase());
    return new LifeboatAlarm(this, id, {
      ...{ context, kind, subject: source, facts: { source, ...facts } },
      ...props,
    });
  }
}

function metricOf(
  context: AlarmContext,
  source: string,
  metric: MetricDefinition,
  statistic: string,
): Metric {
  return lifeboatMetric(metric, { environment: context.environment, source }, statistic);
}

function formatWal(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${Math.round(gib * 10) / 10} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
