import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { HEALTH_METRICS } from '../../contract/health-metrics.ts';
import { MISSED_HEALTH_RUNS } from '../../contract/health-results.ts';
import { WARM_UP_MINUTES } from './function-alarms.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';

/** Properties of {@link HealthAlarms}. */
export interface HealthAlarmsProps {
  readonly context: AlarmContext;
  readonly source: string;
  readonly everyMinutes: number;
}

/** As lib/engine/health/judgements/reachable.ts has it. */
const UNREACHABLE_SECONDS = 300;

/** The alarms on the health of one source; none if alarms are off. */
export class HealthAlarms extends Construct {
  readonly all: LifeboatAlarm[];

  constructor(scope: Construct, id: string, props: HealthAlarmsProps) {
    super(scope, id);
    this.all = props.context.isOn
      ? [
          unreachableAlarm(this, props),
          criticalAlarm(this, props),
          warningAlarm(this, props),
          notMeasuredAlarm(this, props),
        ]
      : [];
  }
}

/** A run counts, and says at once that five minutes are over: nothing has to be waited for. */
function unreachableAlarm(scope: Construct, { context, source }: HealthAlarmsProps): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Unreachable', {
    context,
    kind: 'source-unreachable',
    subject: source,
    facts: { source },
    metric: lifeboatMetric(
      HEALTH_METRICS.unreachable,
      { environment: context.environment, source },
      'Maximum',
    ),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: UNREACHABLE_SECONDS,
    // Between two runs, and if none comes, nothing is known to have changed. health-not-measured reports the silence.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

function criticalAlarm(scope: Construct, { context, source }: HealthAlarmsProps): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Critical', {
    context,
    kind: 'health-critical',
    subject: source,
    facts: { source },
    metric: lifeboatMetric(HEALTH_METRICS.critical, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // While the source cannot be reached, its findings are unknown, and nobody should hear that they are over.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/** A slow minute is no news: two of three runs must have found something. */
function warningAlarm(scope: Construct, props: HealthAlarmsProps): LifeboatAlarm {
  const { context, source } = props;
  return new LifeboatAlarm(scope, 'Warning', {
    context,
    kind: 'health-warning',
    subject: source,
    facts: { source },
    metric: ofEachRun(HEALTH_METRICS.warning, props, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/**
 * Every run that ends well publishes how long the source has been unreachable, so counting these tells of a function that is
 * not started, that fails, and that cannot publish. A period may be empty because a run came late into the next one.
 */
function notMeasuredAlarm(scope: Construct, props: HealthAlarmsProps): LifeboatAlarm {
  const { context, source, everyMinutes } = props;
  return new LifeboatAlarm(scope, 'NotMeasured', {
    context,
    kind: 'health-not-measured',
    subject: source,
    facts: { source, minutes: String(MISSED_HEALTH_RUNS * everyMinutes) },
    metric: ofEachRun(HEALTH_METRICS.unreachable, props, 'SampleCount'),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    evaluationPeriods: MISSED_HEALTH_RUNS,
    datapointsToAlarm: MISSED_HEALTH_RUNS,
    treatMissingData: TreatMissingData.BREACHING,
    warmUpMinutes: Math.max(WARM_UP_MINUTES, (MISSED_HEALTH_RUNS + 1) * everyMinutes),
  });
}

/** A period as long as runs are apart, so that each has the data of one. */
function ofEachRun(
  metric: Parameters<typeof lifeboatMetric>[0],
  { context, source, everyMinutes }: HealthAlarmsProps,
  statistic: string,
) {
  return lifeboatMetric(metric, { environment: context.environment, source }, statistic).with({
    period: Duration.minutes(everyMinutes),
  });
}
