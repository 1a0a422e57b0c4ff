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
  /** An index that was made to find rows by their key, and is dropped at the end. */
  readonly ownIndex: string | undefined;
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
  const isIndexed = key.length === 0 || (await hasIndexOn(session, at, columns));
  return { table, from, written, ownIndex: isIndexed ? undefined : await makeIndex(session, table, columns) };
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
): Promise<string> {
  const name = `lifeboat_replay_${relation.oid}`;
  await session.execute(
    `CREATE INDEX ${quoteIdentifier(name)} ON ${qualifiedName(place.schema, place.name)} (${columns.map(quoteIdentifier).join(', ')})`,
  );
  return qualifiedName(place.schema, name);
}

function textArray(values: readonly string[]): string {
  return `ARRAY[${values.map(quoteLiteral).join(', ')}]::pg_catalog.name[]`;
}
