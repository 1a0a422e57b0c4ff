import type { Template } from 'aws-cdk-lib/assertions';
import { HEALTH_METRICS } from '../../../lib/contract/health-metrics.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { evaluate, type State } from './evaluate.ts';
import { type MetricAlarm, metricAlarmsOf } from './template-alarms.ts';

const MINUTE_MS = 60_000;
/** Scheduler starts a function at some moment within its minute. */
const PRECISION_MS = 55_000;

/** What a run finds at a moment: how long the source has been unreachable, or its findings. Undefined: the run does not end well. */
export type Finds = (
  atMs: number,
) =>
  | { readonly unreachableSeconds: number }
  | { readonly critical: number; readonly warning: number }
  | undefined;

export interface HealthStory {
  readonly template: Template;
  /** `lifeboat-simulated-app-` */
  readonly prefix: string;
  readonly everyMinutes: number;
  readonly minutes: number;
  readonly finds: Finds;
  readonly random: SeededRandom;
}

/** A change of an alarm that somebody hears of, in minutes since the deployment. */
export interface HealthMessage {
  readonly alarm: string;
  readonly state: State;
  readonly atMinute: number;
}

const COMPARE: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** Walks through the minutes after a deployment, and shows what the alarms on a source's health said. Each has a period of its own. */
export function walkHealth(story: HealthStory): HealthMessage[] {
  const data = publishedBy(story);
  return metricAlarmsOf(story.template)
    .filter(({ name }) => name.startsWith(story.prefix))
    .flatMap((alarm) => changesOf(alarm, data, story))
    .sort((a, b) => a.atMinute - b.atMinute);
}

/** What was published, by the name of its metric. */
export interface Datum {
  readonly metric: string;
  readonly atMs: number;
  readonly value: number;
}

function publishedBy({ everyMinutes, minutes, finds, random }: HealthStory): Datum[] {
  const data: Datum[] = [];
  for (let due = 0; due < minutes; due += everyMinutes) {
    const atMs = due * MINUTE_MS + random.below(PRECISION_MS);
    const found = finds(atMs);
    const publish = (metric: { readonly name: string }, value: number) =>
      data.push({ metric: metric.name, atMs, value });
    if (!found) continue;
    if ('unreachableSeconds' in found) publish(HEALTH_METRICS.unreachable, found.unreachableSeconds);
    else {
      publish(HEALTH_METRICS.unreachable, 0);
      publish(HEALTH_METRICS.critical, found.critical);
      publish(HEALTH_METRICS.warning, found.warning);
    }
  }
  return data;
}

/** When an alarm changed, and somebody hears of it. */
export function changesOf(
  alarm: MetricAlarm,
  data: readonly Datum[],
  { minutes }: { readonly minutes: number },
): HealthMessage[] {
  const periodMs = alarm.periodSeconds * 1000;
  const series = seriesOf(alarm, data, periodMs, Math.ceil((minutes * MINUTE_MS) / periodMs));
  const compare = COMPARE[alarm.comparison];
  if (!compare) throw new Error(`${alarm.name}: ${alarm.comparison} is not simulated`);
  const evaluation = { ...alarm, isBreaching: (value: number) => compare(value, alarm.threshold) };
  const messages: HealthMessage[] = [];
  let state: State = 'INSUFFICIENT_DATA';
  let isWarm = alarm.warmUpMinutes === 0;
  for (let index = 0; index < series.length; index += 1) {
    const atMinute = ((index + 1) * periodMs) / MINUTE_MS;
    const newest = Array.from(
      { length: alarm.evaluationPeriods },
      (_, back) => series[index - back] ?? Number.NaN,
    );
    // Amazon CloudWatch User Guide, "Alarm warm-up periods".
    isWarm ||= atMinute >= alarm.warmUpMinutes || newest.every((value) => !Number.isNaN(value));
    if (!isWarm) continue;
    const after = evaluate(evaluation, series, index, state);
    if (after !== state && alarm.tells.has(after))
      messages.push({ alarm: alarm.name, state: after, atMinute });
    state = after;
  }
  return messages;
}

/** CloudWatch takes the largest of what falls into one period, or counts it. */
function seriesOf(
  alarm: MetricAlarm,
  data: readonly Datum[],
  periodMs: number,
  periods: number,
): Float64Array {
  const series = new Float64Array(periods).fill(Number.NaN);
  for (const { metric, atMs, value } of data) {
    const index = Math.floor(atMs / periodMs);
    if (!alarm.series.includes(` ${metric} `) || index >= periods) continue;
    const before = series[index] ?? Number.NaN;
    const isFirst = Number.isNaN(before);
    if (alarm.statistic === 'SampleCount') series[index] = isFirst ? 1 : before + 1;
    else series[index] = isFirst ? value : Math.max(before, value);
  }
  return series;
}
