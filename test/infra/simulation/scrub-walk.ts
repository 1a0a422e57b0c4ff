import type { Template } from 'aws-cdk-lib/assertions';
import { METRICS, namespaceOf } from '../../../lib/contract/metric-names.ts';
import { ageSeconds } from '../../../lib/engine/watch/age.ts';
import { resolve } from '../support/intrinsics.ts';
import { resource } from '../support/synthesized.ts';
import { AlarmClock } from './alarm-clock.ts';
import { Metrics, PERIOD_MS } from './metrics.ts';
import { slotsOf } from './slots.ts';
import { alarmsOf, seriesName } from './template-alarms.ts';

/** What becomes of one scrub. */
export interface ScrubRun {
  /** From the moment at which it was due. */
  readonly startsAfterMs: number;
  readonly takesMs: number;
  readonly end: 'intact' | 'damaged' | 'ExecutionsFailed' | 'ExecutionsTimedOut' | 'ExecutionsAborted';
}

export interface ScrubStory {
  readonly template: Template;
  readonly environment: string;
  readonly source: string;
  /** In UTC. */
  readonly schedule: string;
  readonly deployedAt: Date;
  readonly days: number;
  /** Undefined: Scheduler does not start it. */
  readonly run: (dueAtMs: number) => ScrubRun | undefined;
}

/** Walks through the days in steps of five minutes, and shows what the alarms on scrubs did. */
export function walkScrubs(story: ScrubStory): AlarmClock {
  const { template, environment, source, deployedAt } = story;
  const deployedAtMs = deployedAt.getTime();
  const startMs = Math.floor(deployedAtMs / PERIOD_MS) * PERIOD_MS;
  const periods = Math.ceil((story.days * 86_400_000) / PERIOD_MS);
  const endMs = startMs + periods * PERIOD_MS;
  const metrics = new Metrics(startMs, periods);
  const series = (metric: (typeof METRICS)[keyof typeof METRICS]) =>
    metrics.publisher(
      seriesName(namespaceOf(metric, environment, source), metric.name, environment, source),
      'Maximum',
    );
  const age = series(METRICS.scrubAge);
  const damaged = series(METRICS.damagedBackups);
  const machine = machineArn(template);

  const ends = slotsOf(story.schedule, 'UTC', { deployedAtMs, endMs }).flatMap((dueAtMs) => {
    const run = story.run(dueAtMs);
    return run ? [{ ...run, atMs: dueAtMs + run.startsAfterMs + run.takesMs }] : [];
  });
  for (const { end, atMs } of ends) {
    if (end === 'intact' || end === 'damaged') damaged(atMs, end === 'damaged' ? 1 : 0);
    // Step Functions counts an execution when it ends.
    else metrics.publisher(seriesName('AWS/States', end, machine), 'Sum')(atMs, 1);
  }
  // As lambda/sentinel/source-watch.ts: only a scrub that came to its last step has left a summary.
  const summaries = ends.filter(({ end }) => end === 'intact' || end === 'damaged').map(({ atMs }) => atMs);
  const clock = new AlarmClock(alarmsOfScrubs(story), metrics, { startMs, createdAtMs: deployedAtMs });
  for (let index = 0; index < periods; index += 1) {
    const atMs = startMs + (index + 1) * PERIOD_MS - 1;
    const newestMs = Math.max(...summaries.filter((endedAtMs) => endedAtMs <= atMs));
    const newest = Number.isFinite(newestMs) ? [new Date(newestMs)] : [];
    if (atMs > deployedAtMs) age(atMs, ageSeconds(new Date(atMs), deployedAt, ...newest));
    clock.evaluate(index);
  }
  return clock;
}

function alarmsOfScrubs({ template }: ScrubStory) {
  const isOurs = ({ name }: { readonly name: string }) => /-scrub-[a-z-]+$/.test(name);
  return { metric: alarmsOf(template).metric.filter(isOurs), composite: [] };
}

/** As the alarms name it in their dimension. */
function machineArn(template: Template): string {
  const [id] = resource(template, 'AWS::StepFunctions::StateMachine', /./);
  return String(resolve({ 'Fn::GetAtt': [id, 'Arn'] }));
}
