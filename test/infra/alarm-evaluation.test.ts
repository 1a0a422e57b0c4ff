import { describe, expect, it } from 'vitest';
import { AlarmClock } from './simulation/alarm-clock.ts';
import { parseRule } from './simulation/composite-rule.ts';
import { evaluate, type State } from './simulation/evaluate.ts';
import { Metrics, PERIOD_MS } from './simulation/metrics.ts';
import type { Alarms, MetricAlarm } from './simulation/template-alarms.ts';

/** `0` is within the threshold, `X` beyond it, `-` missing; the newest is last. */
function seriesOf(points: string): Float64Array {
  const values = { '0': 0, X: 1, '-': Number.NaN };
  return Float64Array.from(points, (point) => values[point as keyof typeof values]);
}

/** With `before` as the state that is kept where it says so. */
function stateAfter(
  points: string,
  [datapointsToAlarm, evaluationPeriods]: readonly [number, number],
  missingData: MetricAlarm['missingData'],
  before: State,
): State {
  const alarm = {
    isBreaching: (value: number) => value > 0,
    evaluationPeriods,
    datapointsToAlarm,
    missingData,
  };
  return evaluate(alarm, seriesOf(points), points.length - 1, before);
}

/** Both tables of the Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data". */
describe('the state of a metric alarm', () => {
  it.each([
    ['0-X-X', [3, 3], { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
    ['0----', [3, 3], { missing: 'OK', ignore: 'OK', breaching: 'OK', notBreaching: 'OK' }],
    [
      '-----',
      [3, 3],
      { missing: 'INSUFFICIENT_DATA', ignore: 'kept', breaching: 'ALARM', notBreaching: 'OK' },
    ],
    ['0XX-X', [3, 3], { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
    ['--X--', [3, 3], { missing: 'ALARM', ignore: 'kept', breaching: 'ALARM', notBreaching: 'OK' }],
    ['0-X-X', [2, 3], { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
    ['00X0X', [2, 3], { missing: 'ALARM', ignore: 'ALARM', breaching: 'ALARM', notBreaching: 'ALARM' }],
    ['0-X--', [2, 3], { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
    ['----0', [2, 3], { missing: 'OK', ignore: 'OK', breaching: 'ALARM', notBreaching: 'OK' }],
    ['----X', [2, 3], { missing: 'ALARM', ignore: 'kept', breaching: 'ALARM', notBreaching: 'OK' }],
  ] as const)('after %s with %j', (points, counts, expected) => {
    for (const [missingData, state] of Object.entries(expected)) {
      for (const before of ['OK', 'ALARM'] as const) {
        const after = stateAfter(points, counts, missingData as MetricAlarm['missingData'], before);
        expect(after, `${missingData}, before ${before}`).toBe(state === 'kept' ? before : state);
      }
    }
  });
});

describe('a rule', () => {
  const states: Readonly<Record<string, State>> = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA' };
  it.each([
    ['ALARM("arn:a")', true],
    ['(ALARM("arn:b") OR ALARM("arn:c"))', false],
    ['OK("arn:b") AND NOT ALARM("arn:c")', true],
    ['FALSE OR (INSUFFICIENT_DATA("arn:c") AND TRUE)', true],
  ])('%s: %s', (rule, holds) => {
    expect(parseRule(rule)((id) => states[id] ?? 'OK')).toBe(holds);
  });
  it('that is not understood is an error', () => {
    expect(() => parseRule('ALARM("a") XOR OK("b")')).toThrow('more than a rule');
    expect(() => parseRule('MAYBE("a")')).toThrow('MAYBE is not understood');
  });
});

const CHILD: MetricAlarm = {
  ...{ id: 'child', name: 'no-backup', series: 'age', statistic: 'Maximum', periodSeconds: 300 },
  ...{ comparison: 'GreaterThanThreshold', threshold: 10, evaluationPeriods: 3, datapointsToAlarm: 1 },
  ...{ missingData: 'missing', warmUpMinutes: 0, tells: new Set(['ALARM']) },
};
const ALARMS: Alarms = {
  metric: [CHILD],
  composite: [{ id: 'page', name: 'page-now', rule: 'ALARM("arn:child")', tells: new Set(['ALARM', 'OK']) }],
};

function clockOf(alarms: Alarms, ages: readonly number[]): AlarmClock {
  const metrics = new Metrics(0, ages.length);
  const publish = metrics.publisher('age', 'Maximum');
  for (const [index, age] of ages.entries()) if (!Number.isNaN(age)) publish(index * PERIOD_MS, age);
  return new AlarmClock(alarms, metrics, { startMs: 0, createdAtMs: 0 });
}

describe('an alarm that is set by hand', () => {
  const young = [1, 2, 3, 4, 5, 6];

  it('turns its page-now red and green again, when it is a metric alarm', () => {
    const clock = clockOf(ALARMS, young);
    for (const index of [0, 1]) clock.evaluate(index);
    clock.set('child', 'ALARM', 1);
    expect(clock.stateOf('page')).toBe('ALARM');
    clock.evaluate(2);
    expect([clock.stateOf('child'), clock.stateOf('page')]).toEqual(['OK', 'OK']);
    expect(clock.messages.map(({ alarm, state }) => `${alarm} ${state}`)).toEqual([
      ...['page-now OK', 'no-backup ALARM', 'page-now ALARM', 'page-now OK'],
    ]);
  });

  it('stays red when it is a composite one, and swallows the next real page', () => {
    const clock = clockOf(ALARMS, [...young, 20, 21]);
    for (const index of [0, 1]) clock.evaluate(index);
    clock.set('page', 'ALARM', 1);
    for (const index of [2, 3, 4, 5]) clock.evaluate(index);
    expect(clock.stateOf('page')).toBe('ALARM');
    const pagesBefore = clock.messages.filter(({ isPage }) => isPage).length;
    for (const index of [6, 7]) clock.evaluate(index);
    expect(clock.stateOf('child')).toBe('ALARM');
    expect(clock.messages.filter(({ isPage }) => isPage)).toHaveLength(pagesBefore);
  });
});

describe('an alarm that warms up', () => {
  const silent: MetricAlarm = {
    ...CHILD,
    comparison: 'LessThanThreshold',
    threshold: 1,
    missingData: 'breaching',
    datapointsToAlarm: 3,
    warmUpMinutes: 30,
  };

  it('has insufficient data until its time is over', () => {
    const clock = clockOf({ metric: [silent], composite: [] }, Array(8).fill(Number.NaN));
    const states = Array.from({ length: 8 }, (_, index) => {
      clock.evaluate(index);
      return clock.stateOf('child');
    });
    expect(states).toEqual([...Array(5).fill('INSUFFICIENT_DATA'), 'ALARM', 'ALARM', 'ALARM']);
  });

  it('or until it has as many data points as it evaluates', () => {
    const clock = clockOf({ metric: [silent], composite: [] }, [1, 1, 1, 1]);
    for (const index of [0, 1]) clock.evaluate(index);
    expect(clock.stateOf('child')).toBe('INSUFFICIENT_DATA');
    clock.evaluate(2);
    expect(clock.stateOf('child')).toBe('OK');
  });
});
