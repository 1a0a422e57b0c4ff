import { gunzipSync } from 'node:zlib';
import { LifeboatError } from '../../ground/errors.ts';
import { inParallel } from '../../ground/in-parallel.ts';
import { type GetOptions, type ObjectStore, readObject } from '../../storage/object-store.ts';
import { compare } from '../backups-taken.ts';
import type { Period } from '../evidence-report.ts';
import { isIn } from '../in-period.ts';
import type { TrailEvent } from './trail-event.ts';
import { readTrailRecord } from './trail-record.ts';

export interface TrailRequest {
  /** Where log files lie, at any depth: `…/CloudTrail/<region>/<year>/<month>/<day>/….json.gz`. */
  readonly logs: ObjectStore;
  /** `s3://bucket/prefix` of the vault that the events should be about. */
  readonly vaultUrl: string;
  readonly period: Period;
  readonly signal: AbortSignal;
}

const FILES_AT_ONCE = 8;
const DAY_MS = 24 * 3_600_000;
/** A log file of CloudTrail has some MB. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Events are delivered within minutes, so at most a day later than they happened. */
const DAY_FOLDER = /\/(\d{4})\/(\d\d)\/(\d\d)\/$/;

/**
 * Reads what CloudTrail recorded about a vault. Events that follow each other alike on a day, such as the reads of a restore,
 * are counted together. Throws `trail-vault-local`, `trail-unreadable`, and the store's errors.
 */
export async function trailEvents({ logs, vaultUrl, period, signal }: TrailRequest): Promise<TrailEvent[]> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(vaultUrl) ?? [];
  if (bucket === undefined) throw vaultIsLocal(vaultUrl);
  const options = { signal };
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  const counted = new Map<string, TrailEvent>();
  const keys = await logFiles(logs, '', period, options);
  await inParallel(keys, FILES_AT_ONCE, async (key) => {
    signal.throwIfAborted();
    for (const record of recordsOf(await readObject(logs, key, options), key)) {
      const event = readTrailRecord(record, bucket, folder);
      if (!event || !isIn(period, event.at)) continue;
      const { at, what, request, by, on, refused } = event;
      const alike = JSON.stringify([at.slice(0, 10), what, request, by, on, refused]);
      const before = counted.get(alike);
      counted.set(
        alike,
        before ? { ...event, at: before.at < at ? before.at : at, count: before.count + 1 } : event,
      );
    }
  });
  return [...counted.values()].sort(
    (a, b) => compare(a.at, b.at) || compare(JSON.stringify(a), JSON.stringify(b)),
  );
}

/** The log files of the days of the period, and of the day after it. */
async function logFiles(
  logs: ObjectStore,
  prefix: string,
  period: Period,
  options: GetOptions,
): Promise<string[]> {
  const [, year, month, day] = DAY_FOLDER.exec(`/${prefix}`) ?? [];
  if (year !== undefined) {
    const start = Date.UTC(Number(year), Number(month) - 1, Number(day));
    if (start + DAY_MS <= period.from.getTime() || start >= period.to.getTime() + DAY_MS) return [];
  }
  const { objects, prefixes } = await logs.list(prefix, options);
  const files = objects.map(({ key }) => key).filter((key) => /\.json(\.gz)?$/.test(key));
  // Digests of log files are no log files.
  const folders = prefixes.filter((one) => !/(^|\/)CloudTrail-(Digest|Insight)\/$/.test(one));
  const below = await inParallel(folders, FILES_AT_ONCE, (one) => logFiles(logs, one, period, options));
  return [...files, ...below.flat()];
}

function recordsOf(bytes: Buffer, key: string): readonly unknown[] {
  try {
    const text = key.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
    const json: unknown = JSON.parse(text.toString('utf8'));
    const records = (json as { Records?: unknown } | null)?.Records;
    if (Array.isArray(records)) return records;
  } catch {
    // The same as a file of another kind.
  }
  throw new LifeboatError({
    code: 'trail-unreadable',
    kind: 'vault',
    what: `${key} is no log file of CloudTrail, or it is damaged.`,
    meaning: 'A report without it would leave out what it says, so none was made.',
    remedy: 'Name the folder of a trail alone, and copy its files again if this one is damaged.',
  });
}

function vaultIsLocal(url: string): LifeboatError {
  return new LifeboatError({
    code: 'trail-vault-local',
    kind: 'usage',
    what: `${url} is no bucket, so CloudTrail knows nothing of it.`,
    remedy: 'Leave out --trail, or name the vault in S3.',
  });
}
