import type { Template } from 'aws-cdk-lib/assertions';
import {
  CAPTURE_METRICS,
  CHANGE_PROOF_METRICS,
  SLOT_METRICS,
} from '../../../lib/contract/capture-metrics.ts';
import type { MetricDefinition } from '../../../lib/contract/metric-names.ts';
import { SLOT_WATCH_MINUTES } from '../../../lib/contract/point-in-time.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { changesOf, type Datum, type HealthMessage } from './health-walk.ts';
import { metricAlarmsOf } from './template-alarms.ts';

const MINUTE_MS = 60_000;
/** Scheduler starts a function at some moment within its minute. */
const PRECISION_MS = 55_000;

/** What happens to a source whose changes are captured. Minutes since the deployment. */
export interface ChangesStory {
  readonly template: Template;
  /** `lifeboat-simulated-app-` */
  readonly prefix: string;
  readonly everyMinutes: number;
  readonly minutes: number;
  /** What becomes of a run of the capture. `dies`: it publishes nothing. @default it captures */
  readonly capture?: (minute: number) => 'captures' | 'fails' | 'dies' | 'loses-slot';
  /** Since when the epoch has had no base; undefined if it has one. @default it has one after the first ten minutes */
  readonly gapSince?: (minute: number) => number | undefined;
  readonly uncovered?: (minute: number) => number;
  /** Bytes of WAL, or that the watchdog dropped the slot, or that it says nothing. @default 16 MiB */
  readonly slot?: (minute: number) => number | 'dropped' | undefined;
  /** What drills found of the changes, by the minute of their end. */
  readonly drills?: ReadonlyMap<number, 0 | 1>;
  readonly random: SeededRandom;
}

const FIRST_BASE_MINUTES = 10;
const USUAL_WAL = 16 * 1024 ** 2;

/** Walks through the minutes after a deployment, and shows what the alarms on a source's changes said. */
export function walkChanges(story: ChangesStory): HealthMessage[] {
  const data = [...ofCapture(story), ...ofSlot(story), ...ofDrills(story)];
  return metricAlarmsOf(story.template)
    .filter(({ name }) => name.startsWith(story.prefix))
    .flatMap((alarm) => changesOf(alarm, data, story))
    .sort((a, b) => a.atMinute - b.atMinute);
}

function ofCapture(story: ChangesStory): Datum[] {
  const { everyMinutes, minutes, random, capture = () => 'captures' } = story;
  const { gapSince = (minute) => (minute < FIRST_BASE_MINUTES ? 0 : undefined), uncovered = () => 0 } = story;
  const { recoveryPointAge, gap, uncovered: tables, slotsLost } = CAPTURE_METRICS;
  const data: Datum[] = [];
  let pointMs = 0;
  for (let due = 0; due < minutes; due += everyMinutes) {
    const atMs = due * MINUTE_MS + random.below(PRECISION_MS);
    const put = (metric: MetricDefinition, value: number) => data.push({ metric: metric.name, atMs, value });
    const outcome = capture(due);
    if (outcome === 'dies') continue;
    if (outcome !== 'fails') pointMs = atMs;
    put(recoveryPointAge, (atMs - pointMs) / 1000);
    if (outcome === 'fails') continue;
    put(slotsLost, outcome === 'loses-slot' ? 1 : 0);
    const since = gapSince(due);
    put(gap, since === undefined ? 0 : (atMs - since * MINUTE_MS) / 1000);
    put(tables, uncovered(due));
  }
  return data;
}

function ofSlot({ minutes, random, slot = () => USUAL_WAL }: ChangesStory): Datum[] {
  const data: Datum[] = [];
  for (let due = 0; due < minutes; due += SLOT_WATCH_MINUTES) {
    const atMs = due * MINUTE_MS + random.below(PRECISION_MS);
    const found = slot(due);
    if (found === undefined) continue;
    data.push({ metric: SLOT_METRICS.heldWal.name, atMs, value: found === 'dropped' ? 0 : found });
    data.push({ metric: SLOT_METRICS.slotsDropped.name, atMs, value: found === 'dropped' ? 1 : 0 });
  }
  return data;
}

function ofDrills({ drills = new Map() }: ChangesStory): Datum[] {
  return [...drills].map(([minute, value]) => ({
    ...{ metric: CHANGE_PROOF_METRICS.unproven.name, atMs: minute * MINUTE_MS, value },
  }));
}
