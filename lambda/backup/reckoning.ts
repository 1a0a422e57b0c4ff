import { ASSUMED_BACKUP_BYTES_PER_SECOND } from '../../lib/contract/assumed-rates.ts';
import type { BackupPlace } from '../../lib/engine/archive/keys.ts';
import { readManifest } from '../../lib/engine/archive/read-manifest.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

/** How fast a source was read, as one of its last backups says. */
export interface LastRun {
  readonly rawBytes: number;
  readonly durationMs: number;
}

/** What is known about the time that a backup will take. */
export interface Reckoning {
  /** Of all that will be read. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly seconds: number;
  readonly secondsLeft: number;
  readonly fits: boolean;
}

/** In a smaller backup, connecting and the schema take too much of the time to tell a rate. */
const TELLING_BYTES = 1e9;
/** A rate changes from night to night. */
const MARGIN = 1.25;

/**
 * Reckons whether a backup fits into the time that is left. The catalog tells how much is stored now, the last backup how
 * much text that was and how long it took. Text may be more than what is stored (compressed values) or less (bloat),
 * so the larger of both counts: a task that was not needed costs a few cents, and one that was needed saves 15 minutes.
 */
export function reckon(
  expectedBytes: number,
  last: LastRun | undefined,
  { secondsLeft, limit }: { readonly secondsLeft: number; readonly limit?: number | undefined },
): Reckoning {
  const bytes = Math.max(expectedBytes, last?.rawBytes ?? 0);
  const measured =
    last && last.rawBytes >= TELLING_BYTES ? last.rawBytes / (last.durationMs / 1000) : undefined;
  const bytesPerSecond = Math.min(measured ?? ASSUMED_BACKUP_BYTES_PER_SECOND, (limit ?? Infinity) * 1e6);
  const seconds = bytes / bytesPerSecond;
  return {
    ...{ bytes, bytesPerSecond: Math.round(bytesPerSecond), seconds: Math.round(seconds), secondsLeft },
    fits: seconds * MARGIN <= secondsLeft,
  };
}

/**
 * The newest of these backups that is there. Whoever backs up may not list the vault, so S3 denies what is absent: that,
 * and any other failure, only means that there is nothing to learn from it.
 */
export async function lastRun(
  store: ObjectStore,
  earlier: readonly BackupPlace[],
  signal: AbortSignal,
): Promise<LastRun | undefined> {
  const read = await Promise.allSettled(earlier.map((place) => readManifest(store, place, { signal })));
  const found = read.find((one) => one.status === 'fulfilled' && one.value.scope === 'full');
  if (found?.status !== 'fulfilled') return undefined;
  const { totals, durationMs } = found.value;
  return { rawBytes: totals.rawBytes, durationMs };
}
