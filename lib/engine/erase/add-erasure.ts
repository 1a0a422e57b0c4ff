import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readScript } from '../archive/read-script.ts';
import {
  type ErasureEntry,
  entryOf,
  type ListedErasure,
  listErasures,
  writeErasure,
} from '../erasures/erasure-entry.ts';
import { sift } from '../erasures/sift.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import { type FindRequest, type FoundIn, findRows } from '../search/find-rows.ts';
import { fromWhere } from '../search/search-backup.ts';
import { readEntries } from '../sql-script/entries.ts';
import { type NamedRelation, primaryKeyIn } from '../sql-script/key-statements.ts';

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
    for (const [, found] of Map.groupBy(await keysOf(ofSource, request), ({ about }) =>
      JSON.stringify(about),
    )) {
      const [first] = found;
      if (!first) continue;
      const { table, key } = first.about;
      const salt = before.at(-1)?.entry.salt;
      const keys = found.flatMap((one) => one.keys);
      const entry = entryOf({ ...{ source, table, key, keys, salt, reason, by, now } });
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
  return { added, unreadable };
}

interface FoundKeys {
  readonly about: { readonly table: NamedRelation; readonly key: readonly string[] };
  readonly keys: string[][];
  readonly manifest: Manifest;
}

/** Of each backup that holds others of the rows than the ones before. */
async function keysOf(
  backups: readonly FoundIn[],
  { store, table, where, key: given, directory = tmpdir(), signal }: EraseRequest,
): Promise<FoundKeys[]> {
  // Loaded only now: it contains a whole PostgreSQL.
  const { query } = await import('../browse/query/query.ts');
  const seen = new Set<string>();
  const found: FoundKeys[] = [];
  for (const { manifest, digest } of backups) {
    if (!manifest || (digest !== null && seen.has(digest))) continue;
    if (digest !== null) seen.add(digest);
    const parts = findTables(manifest, { tables: [table] });
    const [first] = parts;
    if (!first) continue;
    const { schema, name } = parts.length > 1 && first.partitionRoot ? first.partitionRoot : first;
    const relation = { schema, name };
    const key = given ?? (await primaryKeyOf(relation, manifest, { store, signal }));
    if (!key || key.some((column) => !first.columns.includes(column))) throw noKey(`${schema}.${name}`, key);
    const keys: string[][] = [];
    const taker = {
      columns: () => {},
      row: (values: ReadonlyArray<string | null>) => {
        if (values.includes(null)) throw noKey(`${schema}.${name}`, key);
        keys.push(values.map(String));
      },
    };
    const sql = `SELECT ${key.map(quoteIdentifier).join(', ')} ${fromWhere(parts, where)}`;
    await query({ store, place: manifest, sql, directory, signal }, taker);
    found.push({ about: { table: relation, key }, keys, manifest });
  }
  return found;
}

async function primaryKeyOf(
  { schema, name }: NamedRelation,
  manifest: Manifest,
  { store, signal }: Pick<EraseRequest, 'store' | 'signal'>,
): Promise<readonly string[] | undefined> {
  const script = (await readScript(store, manifest, 'post-data', signal)) ?? '';
  return readEntries(script)
    .entries.flatMap(({ type, statements }) =>
      type === 'CONSTRAINT' ? statements.flatMap(({ text }) => primaryKeyIn(text) ?? []) : [],
    )
    .find(({ relation }) => relation.schema === schema && relation.name === name)?.columns;
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

function noKey(table: string, key: readonly string[] | undefined): LifeboatError {
  return new LifeboatError({
    code: 'erasure-no-key',
    kind: 'usage',
    what: key
      ? `${key.join(', ')} does not tell the rows of ${table} apart: a column is not in the backup, or is NULL in such a row.`
      : `${table} has no primary key.`,
    meaning: 'Nothing was added to the list.',
    remedy: 'Name columns that tell its rows apart with --key <column> (repeatable).',
  });
}
