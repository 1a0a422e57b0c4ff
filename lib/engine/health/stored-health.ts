import * as v from 'valibot';
import { HEALTH_MINUTES, healthResultKey, MISSED_HEALTH_RUNS } from '../../contract/health-results.ts';
import { LifeboatError } from '../ground/errors.ts';
import { count, firstFault, instant, text } from '../ground/shapes.ts';
import { type ObjectStore, readObject } from '../storage/object-store.ts';
import { countersSchema } from './counters.ts';
import { SEVERITIES } from './finding.ts';
import { findingSchema } from './finding-schema.ts';
import type { HealthReport } from './health.ts';

const FORMAT = 1;

/** The last result of a source, as its function stores it. */
export interface StoredHealth {
  readonly format: typeof FORMAT;
  readonly environment: string;
  /** The source's name in the environment. `report.source` is the address that was asked. */
  readonly source: string;
  readonly everyMinutes: number;
  /** Nobody should rely on the report after this time: several runs have left no result. */
  readonly validUntil: string;
  readonly report: HealthReport;
}

const schema = v.object({
  format: v.literal(FORMAT),
  environment: text,
  source: text,
  everyMinutes: v.pipe(v.number(), v.minValue(HEALTH_MINUTES.from), v.maxValue(HEALTH_MINUTES.to)),
  validUntil: instant,
  report: v.object({
    checkedAt: instant,
    source: v.string(),
    server: v.nullable(v.object({ version: v.string(), isStandby: v.boolean() })),
    severity: v.picklist(SEVERITIES),
    findings: v.array(findingSchema),
    totals: v.object({ critical: count, warning: count, info: count, unknown: count, ok: count }),
    judgedBy: text,
    counters: v.nullable(countersSchema),
    unreachableSince: v.nullable(instant),
  }),
});

/** What is stored of a report. */
export function storedHealth(
  report: HealthReport,
  run: Pick<StoredHealth, 'environment' | 'source' | 'everyMinutes'>,
): StoredHealth {
  const { environment, source, everyMinutes } = run;
  const validMs = MISSED_HEALTH_RUNS * everyMinutes * 60_000;
  const validUntil = new Date(Date.parse(report.checkedAt) + validMs).toISOString();
  return { format: FORMAT, environment, source, everyMinutes, validUntil, report };
}

/** Writes over the result of the run before. */
export async function storeHealth(
  store: ObjectStore,
  stored: StoredHealth,
  signal?: AbortSignal,
): Promise<void> {
  await store.put(healthResultKey(stored.source), Buffer.from(`${JSON.stringify(stored)}\n`), {
    ifAbsent: false,
    contentType: 'application/json',
    ...(signal && { signal }),
  });
}

/**
 * Reads the last result of a source. Undefined if there is none yet. Throws `health-result-invalid` for what no
 * function of Lifeboat has written.
 */
export async function readStoredHealth(
  store: ObjectStore,
  source: string,
  signal?: AbortSignal,
): Promise<StoredHealth | undefined> {
  const key = healthResultKey(source);
  const options = signal && { signal };
  if ((await store.head(key, options)) === undefined) return undefined;
  const bytes = await readObject(store, key, options);
  const parsed = v.safeParse(
    v.pipe(v.string(), v.parseJson(undefined, 'it is not JSON'), schema),
    bytes.toString(),
  );
  if (parsed.success) return parsed.output;
  throw new LifeboatError({
    code: 'health-result-invalid',
    kind: 'vault',
    what: `${key} in ${store.url} is not the result of a health check: ${firstFault(parsed.issues)}.`,
    meaning: 'A newer Lifeboat has written it, or somebody else.',
    remedy: 'The next run of the health function writes a new one.',
  });
}
