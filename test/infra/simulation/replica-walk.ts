import type { Template } from 'aws-cdk-lib/assertions';
import { METRIC_NAMESPACE, METRICS } from '../../../lib/contract/metric-names.ts';
import { ageSeconds } from '../../../lib/engine/watch/age.ts';
import { BACKUP_TIME_MS } from '../../../lib/infra/functions/time-limits.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { resource } from '../support/synthesized.ts';
import { AlarmClock } from './alarm-clock.ts';
import { Metrics, PERIOD_MS } from './metrics.ts';
import { SimulatedSentinel, type Watching } from './simulated-sentinel.ts';
import type { SourcePlan } from './simulated-source.ts';
import { slotsOf } from './slots.ts';
import { alarmsOf, seriesName } from './template-alarms.ts';

/** How long an object is on its way; undefined if it never arrives. */
export type Transfer = (sealedAtMs: number) => number | undefined;

export interface ReplicaStory {
  readonly template: Template;
  /** Of the replica: `simulated-replica`. */
  readonly environment: string;
  readonly sources: ReadonlyArray<{ readonly plan: SourcePlan; readonly transfer: Transfer }>;
  readonly watching: Watching;
  readonly deployedAt: Date;
  readonly days: number;
  /** Whether backups take all the time that they may, or now this and now that. */
  readonly pace: 'slow' | 'erratic';
  readonly until?: (clock: AlarmClock) => boolean;
}

const DAY_MS = 86_400_000;

interface Backup {
  readonly sealedAtMs: number;
  readonly arrivesAtMs: number | undefined;
}

/** Walks through the days of a replica in steps of five minutes, and shows what its alarms did. */
export function walkReplica(story: ReplicaStory): AlarmClock {
  const { template, environment, deployedAt, pace } = story;
  const deployedAtMs = deployedAt.getTime();
  const startMs = Math.floor(deployedAtMs / PERIOD_MS) * PERIOD_MS;
  const periods = Math.ceil((story.days * DAY_MS) / PERIOD_MS);
  const endMs = startMs + periods * PERIOD_MS;
  const metrics = new Metrics(startMs, periods);
  const random = seededRandom(22);
  const sources = story.sources.map(({ plan, transfer }) => {
    const backups = slotsOf(plan.schedule, plan.timeZone, { deployedAtMs, endMs }).map((slotMs): Backup => {
      const sealedAtMs = slotMs + (pace === 'slow' ? BACKUP_TIME_MS - 3000 : random.below(BACKUP_TIME_MS));
      const onItsWayMs = transfer(sealedAtMs);
      return { sealedAtMs, arrivesAtMs: onItsWayMs === undefined ? undefined : sealedAtMs + onItsWayMs };
    });
    const age = metrics.publisher(
      seriesName(METRIC_NAMESPACE, METRICS.backupAge.name, environment, plan.name),
      'Maximum',
    );
    const arriving = backups
      .flatMap(({ sealedAtMs, arrivesAtMs }) =>
        arrivesAtMs === undefined ? [] : [{ sealedAtMs, arrivesAtMs }],
      )
      .sort((a, b) => a.arrivesAtMs - b.arrivesAtMs);
    let arrived = 0;
    let newestMs: number | undefined;
    // As lib/engine/watch/look-at-replica.ts counts.
    const publish = (atMs: number) => {
      for (let next = arriving[arrived]; next && next.arrivesAtMs <= atMs; next = arriving[arrived]) {
        newestMs = Math.max(newestMs ?? 0, next.sealedAtMs);
        arrived += 1;
      }
      const newest = newestMs === undefined ? undefined : new Date(newestMs);
      age(atMs, ageSeconds(new Date(atMs), newest, deployedAt));
    };
    return { plan, backups, publish };
  });
  const [bucket] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
  const latency = metrics.publisher(seriesName('AWS/S3', 'ReplicationLatency', bucket), 'Maximum');
  const [id] = resource(template, 'AWS::Lambda::Function', /SentinelFunction/);
  const [queue] = resource(template, 'AWS::SQS::Queue', /SentinelDeadLetterQueue/);
  const sentinel = new SimulatedSentinel(
    sources,
    { function: id, deadLetters: `${queue}.QueueName` },
    story.watching,
    seededRandom(7),
    { deployedAtMs, metrics },
  );
  const clock = new AlarmClock(ofStory(story), metrics, { startMs, createdAtMs: deployedAtMs });
  let backups = sources.flatMap((source) => source.backups);
  for (let index = 0; index < periods; index += 1) {
    const untilMs = startMs + (index + 1) * PERIOD_MS;
    while (sentinel.nextMs < untilMs) sentinel.run();
    sentinel.count(untilMs);
    // What S3 says of what is on its way, and goes on saying while nothing is replicated.
    const waitingMs = backups.flatMap(({ sealedAtMs, arrivesAtMs = endMs }) =>
      sealedAtMs < untilMs && arrivesAtMs >= untilMs ? [untilMs - sealedAtMs] : [],
    );
    backups = backups.filter(({ arrivesAtMs = endMs }) => arrivesAtMs >= untilMs);
    latency(untilMs - 1, Math.max(0, ...waitingMs) / 1000);
    clock.evaluate(index);
    if (story.until?.(clock)) break;
  }
  return clock;
}

/** The alarms of these sources, and those of the replica. */
function ofStory({ template, environment, sources }: ReplicaStory) {
  const { metric, composite } = alarmsOf(template);
  const names = sources.map(({ plan }) => `lifeboat-${environment}-${plan.name}-`);
  const isOurs = ({ name }: { readonly name: string }) =>
    names.some((prefix) => name.startsWith(prefix)) ||
    /-replica-(sentinel-\w+|page-now|replication-lag)$/.test(name);
  return { metric: metric.filter(isOurs), composite: composite.filter(isOurs) };
}
