import type { Template } from 'aws-cdk-lib/assertions';
import { seededRandom } from '../../support/seeded-random.ts';
import { resource } from '../support/synthesized.ts';
import { AlarmClock } from './alarm-clock.ts';
import { Metrics, PERIOD_MS } from './metrics.ts';
import { SimulatedSentinel, type Watching } from './simulated-sentinel.ts';
import {
  type Delays,
  type Fate,
  type FunctionIds,
  SimulatedSource,
  type SourcePlan,
} from './simulated-source.ts';
import { alarmsOf } from './template-alarms.ts';

/** A deployment, and what becomes of it. */
export interface Story {
  readonly template: Template;
  readonly environment: string;
  /** The sources that are looked at; alarms of others play no part. */
  readonly sources: ReadonlyArray<{ readonly plan: SourcePlan; readonly fate: Fate }>;
  readonly watching: Watching;
  readonly deployedAt: Date;
  readonly days: number;
  readonly pace: Pace;
  /** Ends the walk before its time. */
  readonly until?: (clock: AlarmClock) => boolean;
}

/** How long runs take: next to nothing, all of the time that they may, or now this and now that. */
export type Pace = 'prompt' | 'slow' | 'erratic';

const DAY_MS = 86_400_000;

export const ALL_WELL: Fate = { backup: () => 'succeeds', drill: () => 'succeeds' };

/** Walks through the days in steps of five minutes, and shows what the template's alarms did. */
export function walk(story: Story): { readonly clock: AlarmClock; readonly sources: SimulatedSource[] } {
  const deployedAtMs = story.deployedAt.getTime();
  const startMs = Math.floor(deployedAtMs / PERIOD_MS) * PERIOD_MS;
  const periods = Math.ceil((story.days * DAY_MS) / PERIOD_MS);
  const metrics = new Metrics(startMs, periods);
  const times = { deployedAtMs, endMs: startMs + periods * PERIOD_MS, metrics };
  const { template, environment } = story;
  const delays = delaysOf(story.pace);
  const sources = story.sources.map(
    ({ plan, fate }) =>
      new SimulatedSource(plan, idsOf(template, plan), fate, delays, { ...times, environment }),
  );
  const ids = functionIds(template, 'Sentinel', '');
  const sentinel = new SimulatedSentinel(sources, ids, story.watching, seededRandom(7), times);
  const happenings = sources.flatMap((source) => source.happenings).sort((a, b) => a.atMs - b.atMs);

  const clock = new AlarmClock(alarmsOfSources(story), metrics, { startMs, createdAtMs: deployedAtMs });
  let next = 0;
  for (let index = 0; index < periods; index += 1) {
    const endMs = startMs + (index + 1) * PERIOD_MS;
    for (;;) {
      const happening = happenings[next];
      if (happening && happening.atMs < endMs && happening.atMs <= sentinel.nextMs) {
        happening.happen();
        next += 1;
      } else if (sentinel.nextMs < endMs) sentinel.run();
      else break;
    }
    sentinel.count(endMs);
    clock.evaluate(index);
    if (story.until?.(clock)) break;
  }
  return { clock, sources };
}

/** Those of the vault, and of the sources of the story. */
function alarmsOfSources({ template, environment, sources }: Story) {
  const { metric, composite } = alarmsOf(template);
  const prefixes = sources.map(({ plan }) => `lifeboat-${environment}-${plan.name}-`);
  const isOurs = ({ name }: { readonly name: string }) =>
    prefixes.some((prefix) => name.startsWith(prefix)) ||
    name.startsWith(`lifeboat-${environment}-sentinel-`) ||
    name === `lifeboat-${environment}-page-now`;
  return { metric: metric.filter(isOurs), composite: composite.filter(isOurs) };
}

function delaysOf(pace: Pace): Delays {
  const random = seededRandom(14);
  return {
    of(mostMs) {
      if (pace === 'slow') return mostMs;
      if (pace === 'prompt') return Math.min(mostMs, 5000);
      return random.pick([0, random.below(mostMs), mostMs]);
    },
  };
}

function idsOf(template: Template, { name, drill }: SourcePlan) {
  return {
    backup: functionIds(template, `Source${name}`, 'Backup'),
    drill: drill === 'function' ? functionIds(template, `Source${name}`, 'RestoreDrill') : undefined,
  };
}

function functionIds(template: Template, owner: string, name: string): FunctionIds {
  const [id] = resource(template, 'AWS::Lambda::Function', new RegExp(`${owner}${name}Function[0-9A-F]{8}$`));
  const [queue] = resource(template, 'AWS::SQS::Queue', new RegExp(`${owner}DeadLetterQueue[0-9A-F]{8}$`));
  return { function: id, deadLetters: `${queue}.QueueName` };
}
