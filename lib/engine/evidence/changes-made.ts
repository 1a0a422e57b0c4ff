import { type BackupPlace, HOLDS_FOLDER, isRetentionClass, parseManifestKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { PublicKey } from '../attest/public-keys.ts';
import { listRecords, readRecords } from '../attest/read-records.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { holdRecords } from '../keep/hold-record.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { compare } from './backups-taken.ts';
import type { ChangeMade, EvidenceException, Period } from './evidence-report.ts';
import { filesOfPeriod, isIn } from './in-period.ts';
import { aboutRecords, alteredRecords } from './record-exceptions.ts';

const READS_AT_ONCE = 8;

export interface FoundChanges {
  /** The oldest first. */
  readonly changes: readonly ChangeMade[];
  readonly exceptions: readonly EvidenceException[];
}

/** Holds that were put and ended, and backups that `lifeboat prune` has deleted, as their records say. */
export async function changesMade(
  store: ObjectStore,
  source: string,
  { period, keys }: { readonly period: Period; readonly keys: readonly PublicKey[] },
  options: GetOptions,
): Promise<FoundChanges> {
  const files = filesOfPeriod(await listRecords(store, 'removals', source, options), period);
  const records = await readRecords(store, 'removals', files, options);
  const removals = records.flatMap(({ statement }): ChangeMade[] => {
    if (!statement) return [];
    const { backup, by, newer, keptDays, removedAt } = statement.predicate;
    const because = newer === undefined ? '' : `, and ${newer} is newer and counts`;
    const reason = `the ${keptDays} days of its class were over${because}`;
    return [{ at: removedAt, what: 'removal', name: backup.name, by, reason }];
  });
  const changes = [...removals, ...(await holdsOf(store, source, options))];
  const inPeriod = records.filter(({ file }) => isIn(period, file.at));
  return {
    changes: changes.filter(({ at }) => isIn(period, at)).sort((a, b) => compare(a.at, b.at)),
    exceptions: [...aboutRecords(source, inPeriod), ...alteredRecords(source, inPeriod, keys)],
  };
}

async function holdsOf(store: ObjectStore, source: string, options: GetOptions): Promise<ChangeMade[]> {
  const places = await heldPlaces(store, source, options);
  const found = await inParallel(places, READS_AT_ONCE, async (place) =>
    (await holdRecords(store, place, options)).flatMap(({ action, at, by, reason }): ChangeMade[] => {
      // `removed` only ends what `removing` began.
      if (action === 'removed') return [];
      const what = action === 'adding' ? 'hold' : 'release';
      return [{ at, what, name: nameOfBackup(place), by, reason }];
    }),
  );
  return found.flat();
}

async function heldPlaces(store: ObjectStore, source: string, options: GetOptions): Promise<BackupPlace[]> {
  const { prefixes } = await store.list(HOLDS_FOLDER, options);
  const classes = prefixes
    .map((prefix) => prefix.slice(HOLDS_FOLDER.length, -1))
    .filter((name) => isRetentionClass(name));
  const found = await inParallel(classes, READS_AT_ONCE, async (name) => {
    const below = await store.list(`${HOLDS_FOLDER}${name}/${source}/`, options);
    return below.prefixes.flatMap(
      (prefix) => parseManifestKey(`${prefix.slice(HOLDS_FOLDER.length)}manifest.json`) ?? [],
    );
  });
  return found.flat();
}
