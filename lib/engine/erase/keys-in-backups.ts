import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readScript } from '../archive/read-script.ts';
import { primaryKeyOf } from '../erasures/archived-keys.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import type { FindRequest, FoundIn } from '../search/find-rows.ts';
import { fromWhere } from '../search/search-backup.ts';
import type { NamedRelation } from '../sql-script/key-statements.ts';

export interface KeysRequest extends Pick<FindRequest, 'store' | 'table' | 'where' | 'directory' | 'signal'> {
  /** Columns that tell the table's rows apart. @default the primary key */
  readonly key?: readonly string[] | undefined;
}

export interface FoundKeys {
  readonly about: { readonly table: NamedRelation; readonly key: readonly string[] };
  readonly keys: string[][];
  readonly manifest: Manifest;
  readonly postData: string;
  /** Of the found rows, as {@link FoundIn} has it. */
  readonly digest: string | null;
}

/** The keys of found rows, of each backup that holds others of them than the ones before. Throws `erasure-no-key`. */
export async function keysInBackups(
  backups: readonly FoundIn[],
  { store, table, where, key: given, directory = tmpdir(), signal }: KeysRequest,
): Promise<FoundKeys[]> {
  // Loaded only now: it contains a whole PostgreSQL.
  const { query } = await import('../browse/query/query.ts');
  const seen = new Set<string>();
  const found: FoundKeys[] = [];
  for (const { manifest, digest, rows } of backups) {
    if (!manifest || rows === 0 || (digest !== null && seen.has(digest))) continue;
    if (digest !== null) seen.add(digest);
    const parts = findTables(manifest, { tables: [table] });
    const [first] = parts;
    if (!first) continue;
    const { schema, name } = parts.length > 1 && first.partitionRoot ? first.partitionRoot : first;
    const relation = { schema, name };
    const postData = (await readScript(store, manifest, 'post-data', signal)) ?? '';
    const key = given ?? primaryKeyOf(relation, postData);
    if (!key || key.some((column) => !first.columns.includes(column))) throw noKey(`${schema}.${name}`, key);
    const keys: string[][] = [];
    let hasNull = false;
    const taker = {
      columns: () => {},
      row: (values: ReadonlyArray<string | null>) => {
        hasNull ||= values.includes(null);
        keys.push(values.map(String));
      },
    };
    const sql = `SELECT ${key.map(quoteIdentifier).join(', ')} ${fromWhere(parts, where)}`;
    await query({ store, place: manifest, sql, directory, signal }, taker);
    if (keys.length !== rows) throw otherCount(nameOfBackup(manifest), keys.length, rows);
    if (hasNull) throw noKey(`${schema}.${name}`, key);
    found.push({ about: { table: relation, key }, keys, manifest, postData, digest });
  }
  return found;
}

function noKey(table: string, key: readonly string[] | undefined): LifeboatError {
  return new LifeboatError({
    code: 'erasure-no-key',
    kind: 'usage',
    what: key
      ? `${key.join(', ')} does not tell the rows of ${table} apart: a column is not in the backup, or is NULL in such a row.`
      : `${table} has no primary key.`,
    meaning: 'Nothing was changed.',
    remedy: 'Name columns that tell its rows apart with --key <column> (repeatable).',
  });
}

/** Two ways to look for the same rows must find the same ones. */
function otherCount(backup: string, queried: number, found: number): LifeboatError {
  return new LifeboatError({
    code: 'erasure-rows-differ',
    kind: 'usage',
    what: `In ${backup}, the search found ${found} rows, and a query with the same condition ${queried}.`,
    meaning: 'Nothing was changed. The condition may depend on the moment, or on who asks.',
    remedy: 'Write a condition on the values of the rows alone, such as "id = 42".',
  });
}
