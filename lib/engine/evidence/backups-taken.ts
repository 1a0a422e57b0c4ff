import { manifestKey, timeOfId } from '../archive/keys.ts';
import { nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { backupStatement } from '../attest/predicates.ts';
import { listRecords } from '../attest/read-records.ts';
import type { BackupPredicate } from '../attest/statement.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { BackupTaken, EvidenceException, Origin, Period } from './evidence-report.ts';
import { isIn, readBackTo } from './in-period.ts';
import { aboutRecords } from './record-exceptions.ts';

const MANIFESTS_AT_ONCE = 4;

export interface FoundBackups {
  /** Also those before the period, back to the last full one, and those soon after it. The oldest first. */
  readonly backups: readonly BackupTaken[];
  readonly exceptions: readonly EvidenceException[];
}

/** The backups of a source: those on record, and those in the vault that were made before there were records. */
export async function backupsTaken(
  store: ObjectStore,
  source: string,
  sealed: readonly SealedBackup[],
  period: Period,
  options: GetOptions,
): Promise<FoundBackups> {
  const files = await listRecords(store, 'backups', source, options);
  const records = await readBackTo(
    store,
    'backups',
    files,
    { period, counts: ({ statement }) => statement?.predicate.scope === 'full' },
    options,
  );
  const recorded = records.flatMap(({ statement }) =>
    statement ? [describe(statement.predicate, 'record')] : [],
  );
  const known = new Set(files.map(({ place }) => nameOfBackup(place)));
  const unrecorded = sealed.filter(({ place }) => !known.has(nameOfBackup(place)));
  const problems: EvidenceException[] = [];
  const read = await inParallel(unrecorded, MANIFESTS_AT_ONCE, async ({ place, sealedAt }) => {
    try {
      const { manifest, sha256 } = await readManifestFile(store, place, options);
      return [describe(backupStatement(place, manifest, sha256).predicate, 'backup')];
    } catch (error) {
      if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
      // By its id: nothing that it holds can be trusted, and the vault's date may be that of the damage.
      const begun = timeOfId(place.backupId);
      const at = (Number.isNaN(begun.getTime()) ? sealedAt : begun).toISOString();
      if (!isIn(period, at)) return [];
      problems.push({ kind: 'unreadable', source, at, what: wordsOf(error, manifestKey(place)) });
      return [];
    }
  });
  const all = [...recorded, ...read.flat()];
  return {
    backups: all.sort((a, b) => compare(a.snapshotAt, b.snapshotAt) || compare(a.name, b.name)),
    exceptions: [...aboutRecords(source, records), ...problems],
  };
}

/** Most of these errors begin with the key. */
function wordsOf({ what }: LifeboatError, key: string): string {
  return what.includes(key) ? what : `${key}: ${what}`;
}

function describe(predicate: BackupPredicate, origin: Origin): BackupTaken {
  const { backup, snapshotAt, sealedAt, durationMs, scope, tables, rows, storedBytes } = predicate;
  const { serverVersion, encrypted, lock = null, reason = null } = predicate;
  return {
    name: backup.name,
    ...{ snapshotAt, sealedAt, durationMs, scope, tables, rows, storedBytes },
    ...{ serverVersion, encrypted, lock, reason, origin },
  };
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
