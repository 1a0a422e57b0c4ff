import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';
import type { ReplaySession } from './replay-session.ts';

/** A replayed table as the target has it. */
export interface TargetRelation {
  readonly table: ReplayedTable;
  /** `ONLY "public"."orders"`, or a tree without ONLY. */
  readonly from: string;
  /** Positions of the columns that can be written; the target computes the others. */
  readonly written: readonly number[];
  /** By position: what compares two values of a column of the key. Its type may be an extension's, in any schema. */
  readonly equals: ReadonlyMap<number, string>;
}

/**
 * Looks at a table before its first change, and makes an index on its key if it has none. Throws `replay-mismatch` when it lacks
 * a column.
 */
export async function lookAtRelation(session: ReplaySession, table: ReplayedTable): Promise<TargetRelation> {
  const { place, relation, name, key } = table;
  const at = quoteLiteral(qualifiedName(place.schema, place.name));
  const { rows } = await session.execute(
    `SELECT a.attname, a.attgenerated FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = ${at}::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  const generated = new Map(rows.map((row) => [String(row.attname), row.attgenerated !== '']));
  const missing = relation.columns.find((column) => !generated.has(column.name));
  if (missing) throw replayMismatch(name, `have the column ${missing.name}, which the base lacks`);
  const written = relation.columns.flatMap((column, position) =>
    generated.get(column.name) ? [] : [position],
  );
  const columns = key.map((position) => String(relation.columns[position]?.name));
  const from = `${place.isTree ? '' : 'ONLY '}${qualifiedName(place.schema, place.name)}`;
  if (key.length > 0 && !(await hasIndexOn(session, at, columns))) await makeIndex(session, table, columns);
  const operators = key.length === 0 ? [] : await equalities(session, at, columns);
  const equals = new Map(key.map((position, index) => [position, operators[index] ?? '=']));
  return { table, from, written, equals };
}

/** The equality of each column's type, with the schema that it is in: sessions have an empty search_path. */
async function equalities(
  session: ReplaySession,
  relation: string,
  columns: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await session.execute(
    `SELECT n.nspname AS schema, o.oprname AS name
       FROM pg_catalog.unnest(${textArray(columns)}) WITH ORDINALITY AS k(column_name, place)
       JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation}::pg_catalog.regclass AND a.attname = k.column_name
       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_catalog.pg_opclass c ON c.opcdefault AND c.opcintype = t.oid
        AND c.opcmethod = (SELECT m.oid FROM pg_catalog.pg_am m WHERE m.amname = 'btree')
       LEFT JOIN pg_catalog.pg_amop p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
        AND p.amoplefttype = t.oid AND p.amoprighttype = t.oid
       LEFT JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr
       LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
      ORDER BY k.place`,
  );
  return rows.map(({ schema, name }) =>
    schema == null || schema === 'pg_catalog' ? '=' : `OPERATOR(${quoteIdentifier(schema)}.${name})`,
  );
}

/** Whether a lookup by these columns finds an index that begins with them. */
async function hasIndexOn(
  session: ReplaySession,
  relation: string,
  columns: readonly string[],
): Promise<boolean> {
  const { rows } = await session.execute(
    `SELECT 1 FROM pg_catalog.pg_index i
      WHERE i.indrelid = ${relation}::pg_catalog.regclass AND i.indisvalid AND i.indpred IS NULL
        AND i.indnkeyatts = ${columns.length}
        AND NOT EXISTS (
          SELECT FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(attnum, place)
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
           WHERE k.place <= i.indnkeyatts AND (a.attname IS NULL OR a.attname <> ALL (${textArray(columns)})))
      LIMIT 1`,
  );
  return rows.length > 0;
}

async function makeIndex(
  session: ReplaySession,
  { relation, place }: ReplayedTable,
  columns: readonly string[],
): Promise<void> {
  const name = `${OWN_INDEX}${relation.oid}`;
  await session.execute(
    `CREATE INDEX ${quoteIdentifier(name)} ON ${qualifiedName(place.schema, place.name)} (${columns.map(quoteIdentifier).join(', ')})`,
  );
}

const OWN_INDEX = 'lifeboat_replay_';

/** Drops the indexes that were made to find rows by their key: those of an interrupted replay, too. */
export async function dropOwnIndexes(session: ReplaySession): Promise<void> {
  const { rows } = await session.execute(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('i', 'I') AND NOT c.relispartition AND c.relname ~ '^${OWN_INDEX}[0-9]+$'`,
  );
  for (const { schema, name } of rows)
    await session.execute(`DROP INDEX ${qualifiedName(String(schema), String(name))}`);
}

function textArray(values: readonly string[]): string {
  return `ARRAY[${values.map(quoteLiteral).join(', ')}]::pg_catalog.name[]`;
}
