import { nameOfBackup } from '../lib/engine/archive/vault.ts';
import type { BackupResult } from '../lib/engine/backup.ts';

/** What whoever invoked the backup function gets to read; times in seconds, sizes in bytes. */
export function backupAnswer(result: BackupResult) {
  const backup = nameOfBackup(result.place);
  if (result.outcome === 'already-sealed') return { outcome: result.outcome, backup };
  const { manifest } = result;
  return {
    outcome: result.outcome,
    backup,
    scope: manifest.scope,
    ...(manifest.reason === undefined ? {} : { reason: manifest.reason }),
    snapshotAt: manifest.snapshot.takenAt,
    sealedAt: manifest.sealedAt,
    durationSeconds: manifest.durationMs / 1000,
    tables: manifest.tables.length,
    ...manifest.totals,
    /** How many things of the source are not in it; the manifest names them with the reasons. */
    leftOut: manifest.leftOut.length,
  };
}
