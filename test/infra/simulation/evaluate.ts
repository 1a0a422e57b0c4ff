import type { MissingData } from './template-alarms.ts';

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** What decides over the state of a metric alarm. */
export interface Evaluation {
  readonly isBreaching: (value: number) => boolean;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/**
 * CloudWatch asks for more data points than it evaluates, for the case that some are missing. How many is not documented;
 * the examples of the User Guide have two more than the evaluation periods.
 */
export const EXTRA_PERIODS = 2;

/**
 * The state of a metric alarm after the period `index` of `series`, of which `NaN` is a period without data. (Amazon
 * CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": "How alarm state is evaluated when data is
 * missing", and its two tables, which test/infra/alarm-evaluation.test.ts holds.)
 */
export function evaluate(alarm: Evaluation, series: Float64Array, index: number, before: State): State {
  const { evaluationPeriods, datapointsToAlarm, missingData, isBreaching } = alarm;
  let real = 0;
  let breaching = 0;
  for (let back = 0; back < evaluationPeriods + EXTRA_PERIODS; back += 1) {
    const value = series[index - back];
    if (value === undefined || Number.isNaN(value)) continue;
    real += 1;
    if (isBreaching(value)) breaching += 1;
    // Enough of what is real: missing data play no part.
    if (real === evaluationPeriods) return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
  }
  const missing = evaluationPeriods - real;
  switch (missingData) {
    case 'breaching':
      return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'missing':
      if (real === 0) return 'INSUFFICIENT_DATA';
      return breaching >= datapointsToAlarm || breaching === real ? 'ALARM' : 'OK';
    case 'ignore':
      if (breaching >= datapointsToAlarm) return 'ALARM';
      return breaching < real ? 'OK' : before;
  }
}
