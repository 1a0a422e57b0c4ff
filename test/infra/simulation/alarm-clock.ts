import { parseRule, type Rule } from './composite-rule.ts';
import { type Evaluation, evaluate, type State } from './evaluate.ts';
import { type Metrics, PERIOD_MS } from './metrics.ts';
import type { Alarms, CompositeAlarm, MetricAlarm } from './template-alarms.ts';

/** A message that was sent: an e-mail, and when it is of a page-now that turned red, a page. */
export interface Message {
  readonly alarm: string;
  readonly state: State;
  /** When the period ended after which the alarm changed. */
  readonly atMs: number;
  readonly isPage: boolean;
}

interface Watched {
  readonly alarm: MetricAlarm;
  readonly evaluation: Evaluation;
  readonly series: Float64Array;
  isWarm: boolean;
}

const COMPARE: Readonly<Record<string, (threshold: number) => (value: number) => boolean>> = {
  GreaterThanThreshold: (threshold) => (value) => value > threshold,
  GreaterThanOrEqualToThreshold: (threshold) => (value) => value >= threshold,
  LessThanThreshold: (threshold) => (value) => value < threshold,
};

/** Alarms that were created at a moment, and are evaluated when each period of five minutes ends. */
export class AlarmClock {
  readonly messages: Message[] = [];
  /** Ends of periods after which an alarm was red, by its name: the first of each red time. */
  readonly reds: Array<{ readonly alarm: string; readonly atMs: number }> = [];
  readonly #states = new Map<string, State>();
  readonly #watched: Watched[];
  readonly #composites: ReadonlyArray<{ readonly alarm: CompositeAlarm; readonly holds: Rule }>;
  readonly #startMs: number;
  readonly #createdAtMs: number;

  constructor(
    alarms: Alarms,
    metrics: Metrics,
    times: { readonly startMs: number; readonly createdAtMs: number },
  ) {
    this.#startMs = times.startMs;
    this.#createdAtMs = times.createdAtMs;
    this.#watched = alarms.metric.map((alarm) => {
      const isBreaching = COMPARE[alarm.comparison]?.(alarm.threshold);
      if (!isBreaching) throw new Error(`${alarm.name}: ${alarm.comparison} is not simulated`);
      if (alarm.periodSeconds * 1000 !== PERIOD_MS) throw new Error(`${alarm.name}: another period`);
      const { evaluationPeriods, datapointsToAlarm, missingData } = alarm;
      const evaluation = { isBreaching, evaluationPeriods, datapointsToAlarm, missingData };
      return { alarm, evaluation, series: metrics.series(alarm.series), isWarm: false };
    });
    this.#composites = alarms.composite.map((alarm) => ({ alarm, holds: parseRule(alarm.rule) }));
    // A new alarm has insufficient data (PutMetricAlarm, PutCompositeAlarm).
    for (const { id } of [...alarms.metric, ...alarms.composite]) this.#states.set(id, 'INSUFFICIENT_DATA');
  }

  /** After the period `index` has ended. */
  evaluate(index: number): void {
    const atMs = this.#startMs + (index + 1) * PERIOD_MS;
    if (atMs <= this.#createdAtMs) return;
    let hasChanged = false;
    for (const watched of this.#watched) {
      const before = this.stateOf(watched.alarm.id);
      if (!this.#isWarm(watched, index, atMs)) continue;
      const after = evaluate(watched.evaluation, watched.series, index, before);
      if (after !== before) {
        hasChanged = true;
        this.#enter(watched.alarm, after, atMs, false);
      }
    }
    const isNew = atMs - this.#createdAtMs <= PERIOD_MS;
    if (hasChanged || isNew) this.#evaluateComposites(atMs);
  }

  /** As SetAlarmState does, at the end of the period `index`: a metric alarm is evaluated again, a composite one is not. */
  set(id: string, state: State, index: number): void {
    const atMs = this.#startMs + (index + 1) * PERIOD_MS;
    const metric = this.#watched.find(({ alarm }) => alarm.id === id)?.alarm;
    const composite = this.#composites.find(({ alarm }) => alarm.id === id)?.alarm;
    if (composite) this.#enter(composite, state, atMs, true);
    if (!metric) return;
    this.#enter(metric, state, atMs, false);
    this.#evaluateComposites(atMs);
  }

  stateOf(id: string): State {
    return this.#states.get(id) ?? 'INSUFFICIENT_DATA';
  }

  #evaluateComposites(atMs: number): void {
    for (const { alarm, holds } of this.#composites) {
      const after = holds((id) => this.stateOf(id)) ? 'ALARM' : 'OK';
      if (after !== this.stateOf(alarm.id)) this.#enter(alarm, after, atMs, true);
    }
  }

  #enter(alarm: MetricAlarm | CompositeAlarm, state: State, atMs: number, isComposite: boolean): void {
    this.#states.set(alarm.id, state);
    if (state === 'ALARM') this.reds.push({ alarm: alarm.name, atMs });
    if (!alarm.tells.has(state)) return;
    this.messages.push({
      ...{ alarm: alarm.name, state, atMs },
      isPage: isComposite && state === 'ALARM',
    });
  }

  /**
   * While it warms up an alarm has insufficient data; that ends when there are as many data points as it evaluates, or when the
   * time is over (Amazon CloudWatch User Guide, "Alarm warm-up periods").
   */
  #isWarm(watched: Watched, index: number, atMs: number): boolean {
    if (watched.isWarm) return true;
    const { warmUpMinutes, evaluationPeriods } = watched.alarm;
    const isOver = atMs - this.#createdAtMs >= warmUpMinutes * 60_000;
    const isFull = Array.from({ length: evaluationPeriods }, (_, back) => watched.series[index - back]).every(
      (value) => value !== undefined && !Number.isNaN(value),
    );
    watched.isWarm = isOver || isFull;
    return watched.isWarm;
  }
}
