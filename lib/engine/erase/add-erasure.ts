import {
  type ErasureEntry,
  entryOf,
  type ListedErasure,
  listErasures,
  writeErasure,
} from '../erasures/erasure-entry.ts';
import { sift } from '../erasures/sift.ts';
import { LifeboatError } from '../ground/errors.ts';
import { type FindRequest, type FoundIn, findRows, heirsIn } from '../search/find-rows.ts';
import { type FoundKeys, keysInBackups } from './keys-in-backups.ts';

export interface EraseRequest extends FindRequest {
  /** Columns that tell the table's rows apart. @default the primary key */
  readonly key?: readonly string[] | undefined;
  readonly reason: string;
  readonly by: string;
}

export interface AddedErasure {
  readonly source: string;
  /** The object's key; null if the rows were on the list already. */
  readonly object: string | null;
  readonly table: string;
  readonly key: readonly string[];
  readonly rows: number;
}

export interface EraseReport {
  readonly added: readonly AddedErasure[];
  /** Backups that could not be read: rows that only they hold are not on the list. */
  readonly unreadable: ReadonlyArray<Pick<FoundIn, 'name' | 'problem'>>;
  /** Tables that inherit from the one that was searched: their rows are not on the list. */
  readonly heirs: readonly string[];
  /** Backups without a table of this name, or without a column of the condition: rows that only they hold are not on the list. */
  readonly withoutTable: readonly string[];
}

/**
 * Finds rows in the backups and puts their keys, digested, on the list of erasures of each source that has them. Adds objects to the vault and
 * changes none. Throws `erasure-no-rows`, `erasure-no-key` and what {@link findRows} throws.
 */
export async function addErasure(request: EraseRequest): Promise<EraseReport> {
  const { store, signal, reason, by, now } = request;
  const { backups } = await findRows(request);
  const holding = backups.filter(({ rows }) => rows > 0);
  const unreadable = backups.filter(({ state }) => state === 'unreadable');
  if (holding.length === 0) throw noRows(request.table, unreadable.length);
  const ready: Array<{ readonly entry: ErasureEntry; readonly isKnown: boolean }> = [];
  for (const [source, ofSource] of Map.groupBy(holding, ({ manifest }) => manifest?.source ?? '')) {
    const before = await listErasures(store, source, { signal });
    let salt = before.at(-1)?.entry.salt;
    for (const [, found] of Map.groupBy(await keysInBackups(ofSource, request), ({ about }) =>
      JSON.stringify(about),
    )) {
      const [first] = found;
      if (!first) continue;
      const { table, key } = first.about;
      const keys = found.flatMap((one) => one.keys);
      const entry = entryOf({ ...{ source, table, key, keys, salt, reason, by, now } });
      salt = entry.salt;
      for (const one of found) await refuseOtherPrints(entry, one, request);
      ready.push({ entry, isKnown: isKnown(entry, before) });
    }
  }
  // Nothing is written before all of it can be.
  const added: AddedErasure[] = [];
  for (const { entry, isKnown: known } of ready) {
    const { source, table, key, digests } = entry;
    added.push({
      ...{ source, key, rows: digests.length, table: `${table.schema}.${table.name}` },
      object: known ? null : await writeErasure(store, entry, { signal }),
    });
  }
  const withoutTable = backups.flatMap(({ state, name }) =>
    state === 'no-table' || state === 'no-column' ? [name] : [],
  );
  return { added, unreadable, heirs: heirsIn(backups), withoutTable };
}

/** The keys that a server printed must be found again in the rows as the backup holds them: a restore looks there. */
async function refuseOtherPrints(
  entry: ErasureEntry,
  { keys, manifest }: FoundKeys,
  { store, signal }: EraseRequest,
): Promise<void> {
  const { edits } = await sift({
    ...{ store, manifest, signal, entries: [entry], foreignKeys: [], eraseFollowers: false },
    checkKey: () => {},
  });
  const found = [...edits.values()].reduce((sum, { size }) => sum + size, 0);
  if (found >= keys.length) return;
  throw new LifeboatError({
    code: 'erasure-key-printed-otherwise',
    kind: 'usage',
    what: `${entry.table.schema}.${entry.table.name} holds its key ${entry.key.join(', ')} in another form than the query printed it.`,
    meaning: 'Nothing was added to the list: a restore would not find these rows.',
    remedy:
      'Name other columns that tell the rows apart with --key, best whole numbers, UUIDs or plain text.',
  });
}

function isKnown({ table, key, salt, digests }: ErasureEntry, before: readonly ListedErasure[]): boolean {
  const same = before.filter(
    ({ entry }) =>
      entry.salt === salt && JSON.stringify([entry.table, entry.key]) === JSON.stringify([table, key]),
  );
  const known = new Set(same.flatMap(({ entry }) => entry.digests));
  return digests.every((one) => known.has(one));
}

function noRows(table: string, unreadable: number): LifeboatError {
  return new LifeboatError({
    code: 'erasure-no-rows',
    kind: 'usage',
    what: `No backup that was searched holds such a row of ${table}.`,
    meaning: `Nothing was added to the list.${unreadable > 0 ? ` ${unreadable} of the backups could not be read.` : ''}`,
    remedy: 'Check --where with `lifeboat find`.',
  });
}
