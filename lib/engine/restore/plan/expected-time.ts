import type { BackupToRestore } from '../archived/read-backup.ts';

/** Of COPY text, on a server of two cores; measured between 20 and 60 by test/bench/restore.ts. */
const BYTES_PER_SECOND = 30_000_000;
const MS_PER_ENTRY = 3;
const LEAST_MS = 1000;

/**
 * About how long a restore of so many bytes takes: by the drill that proved the backup where there is one, and never less
 * than this machine is known to need. A guess, for a person who waits.
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
