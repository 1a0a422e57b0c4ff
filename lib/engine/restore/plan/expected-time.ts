import type { BackupToRestore } from '../archived/read-backup.ts';

/** COPY text that a server with two cores loads; test/bench/restore.ts measured between 20 and 60 MB/s. */
const BYTES_PER_SECOND = 30_000_000;
const MS_PER_ENTRY = 3;
const LEAST_MS = 1000;

/**
 * Estimates how long a restore of so many bytes takes, for the person who waits. It is the mean of the time
 * that the rates above give and of the time of the drill that proved the backup, where there is one; at least
 * {@link LEAST_MS}.
 */
export function expectedRestoreMs(
  { proof, manifest }: Pick<BackupToRestore, 'proof' | 'manifest'>,
  rawBytes: number,
  entries: number,
): number {
  const byRate = (rawBytes / BYTES_PER_SECOND) * 1000 + entries * MS_PER_ENTRY;
  const share = manifest.totals.rawBytes === 0 ? 1 : rawBytes / manifest.totals.rawBytes;
  const byDrill = proof ? proof.recoveryTimeMs * share : byRate;
  return Math.max(LEAST_MS, (byRate + byDrill) / 2);
}
