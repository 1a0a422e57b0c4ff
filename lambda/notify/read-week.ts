import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { DigestedSource } from '../../lib/contract/events.ts';
import {
  METRIC_DIMENSIONS,
  METRICS,
  type MetricDefinition,
  namespaceOf,
} from '../../lib/contract/metric-names.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { firstProven, sealedSince } from '../../lib/engine/watch/first-proven.ts';
import { ManifestMemory } from '../../lib/engine/watch/manifest-memory.ts';
import { type SealedManifest, sealedManifests } from '../../lib/engine/watch/sealed-manifests.ts';
import type { SourceWeek } from '../../lib/notify/digest/digest.ts';
import { nextRun, parseSchedule } from '../../lib/schedule/schedule.ts';
import { cloudWatch } from '../shared/metrics.ts';

const WEEK_MS = 7 * 86_400_000;
const WEEKS = 4;

const COUNTED = {
  failedBackups: [METRICS.backupFailed, 'Sum'],
  passedDrills: [METRICS.drillSucceeded, 'Sum'],
  failedDrills: [METRICS.drillFailed, 'Sum'],
  storedBytes: [METRICS.storage, 'Maximum'],
} as const satisfies Record<string, readonly [MetricDefinition, 'Sum' | 'Maximum']>;
type Counted = { readonly [Name in keyof typeof COUNTED]: number | undefined };

/** Reads how the last week of a source was: manifests and proofs from the vault, runs that failed from the metrics. */
export async function readWeek(
  store: ObjectStore,
  environment: string,
  source: DigestedSource,
  now: Date,
  signal: AbortSignal,
): Promise<SourceWeek> {
  const [sealed, counted] = await Promise.all([
    sealedManifests(store, source.name, { signal }),
    countRuns(environment, source.name, now, signal).catch(() => NOTHING_COUNTED),
  ]);
  const look = { store, options: { signal }, memory: new ManifestMemory(), problems: [] };
  const proven = await firstProven(look, sealed);
  const weekly = await Promise.all(
    Array.from({ length: WEEKS }, async (_, index) => {
      const of = within(sealed, now, WEEKS - 1 - index);
      for (const one of of) {
        const facts = await look.memory.factsOf(store, one, look.options);
        if (facts?.scope === 'full') return { facts, recoveryMs: await recoveryOf(look, of) };
      }
      return undefined;
    }),
  );
  const weeks = weekly.filter((week) => week !== undefined);
  return {
    ...{ name: source.name, drill: source.drill, ...counted },
    backups: within(sealed, now, 0).length,
    backupsBefore: within(sealed, now, 1).length,
    newestAt: sealed[0]?.sealedAt,
    provenAt: proven && sealedSince(proven, false),
    sizesBytes: weeks.map(({ facts }) => facts.storedBytes),
    durationsMs: weeks.map(({ facts }) => facts.durationMs),
    recoveriesMs: weeks.flatMap(({ recoveryMs }) => recoveryMs ?? []),
    ...nextDrill(source, proven && new Date(proven.proof.report.startedAt), now),
  };
}

/** Those of one week, the last sealed first; 0 is the week that ends now. */
function within(sealed: readonly SealedManifest[], now: Date, weeksAgo: number): SealedManifest[] {
  const until = now.getTime() - weeksAgo * WEEK_MS;
  return sealed.filter(({ sealedAt }) => sealedAt.getTime() <= until && sealedAt.getTime() > until - WEEK_MS);
}

async function recoveryOf(
  look: Parameters<typeof firstProven>[0],
  sealed: readonly SealedManifest[],
): Promise<number | undefined> {
  return (await firstProven(look, sealed))?.proof.report.recoveryTimeMs;
}

/** The runs of a rate count from the moment its schedule was made, and the last drill began with one of them, or seconds later. */
function nextDrill(
  { drillSchedule, timeZone }: DigestedSource,
  provenAt: Date | undefined,
  now: Date,
): Pick<SourceWeek, 'nextDrillAt' | 'isNextDrillRough'> {
  if (drillSchedule === undefined) return { nextDrillAt: undefined };
  const schedule = parseSchedule(drillSchedule, timeZone);
  if (schedule.kind === 'cron') return { nextDrillAt: nextRun(schedule, now) };
  if (provenAt === undefined) return { nextDrillAt: undefined };
  const runs = Math.floor((now.getTime() - provenAt.getTime()) / schedule.everyMs) + 1;
  const nextDrillAt = new Date(provenAt.getTime() + runs * schedule.everyMs);
  return { nextDrillAt, isNextDrillRough: true };
}

const NOTHING_COUNTED: Counted = {
  failedBackups: undefined,
  passedDrills: undefined,
  failedDrills: undefined,
  storedBytes: undefined,
};

async function countRuns(
  environment: string,
  source: string,
  now: Date,
  abortSignal: AbortSignal,
): Promise<Counted> {
  const Dimensions = [
    { Name: METRIC_DIMENSIONS.environment, Value: environment },
    { Name: METRIC_DIMENSIONS.source, Value: source },
  ];
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - WEEK_MS),
      EndTime: now,
      MetricDataQueries: Object.entries(COUNTED).map(([Id, [definition, Stat]]) => ({
        Id,
        MetricStat: {
          Metric: {
            Namespace: namespaceOf(definition, environment, source),
            MetricName: definition.name,
            Dimensions,
          },
          // Of an hour: a week has 168 of them, which are one page.
          Period: 3600,
          Stat,
        },
      })),
    }),
    { abortSignal },
  );
  const valuesOf = (id: keyof Counted) => MetricDataResults.find(({ Id }) => Id === id)?.Values ?? [];
  const sum = (id: keyof Counted) => valuesOf(id).reduce((total, value) => total + value, 0);
  return {
    failedBackups: sum('failedBackups'),
    passedDrills: sum('passedDrills'),
    failedDrills: sum('failedDrills'),
    // The newest comes first.
    storedBytes: valuesOf('storedBytes')[0],
  };
}
