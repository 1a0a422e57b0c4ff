import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';

export interface KeyColumn {
  readonly name: string;
  /** Its type without a length, as SQL. */
  readonly type: string;
  /** `COLLATE …`, or nothing. */
  readonly collate: string;
}

/** What a backfill has to know of a table before it changes it. */
export interface TableToFill {
  readonly schema: string;
  readonly name: string;
  /** As SQL after FROM and UPDATE. */
  readonly sql: string;
  /** The columns of the primary key, or of a unique index that has no NULL. */
  readonly key: readonly KeyColumn[];
  /** The column that is filled. `array`: an array of PostgreSQL. */
  readonly column: {
    readonly name: string;
    readonly type: string;
    readonly isJson: boolean;
    readonly isArray: boolean;
  };
  readonly columns: readonly string[];
  /** The triggers that fire on UPDATE. */
  readonly triggers: readonly string[];
  /** The indexes that hold the column. */
  readonly indexes: readonly string[];
  /** Tables that inherit from it. Their rows are not filled: their keys may be equal to others, which a run could pass over. */
  readonly heirs: readonly string[];
}

interface Row {
  readonly schema: string;
  readonly name: string;
  readonly oid: string;
  readonly kind: string;
}

const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name, c.oid::text AS oid, c.relkind::text AS kind
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const COLUMNS = `
  SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, -1) AS type, t.typcategory = 'A' AS is_array,
         t.oid IN ('json'::pg_catalog.regtype, 'jsonb'::pg_catalog.regtype) AS is_json, a.attgenerated <> '' AS generated,
         a.attidentity = 'a' AS always,
         CASE WHEN a.attcollation <> 0 THEN ' COLLATE ' || (SELECT pg_catalog.format('%I.%I', n.nspname, k.collname)
           FROM pg_catalog.pg_collation k JOIN pg_catalog.pg_namespace n ON n.oid = k.collnamespace WHERE k.oid = a.attcollation) ELSE '' END AS collate,
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AS updates,
         pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS selects
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/** The primary key, or else the shortest unique index over columns that are NOT NULL. */
const KEY = `
  SELECT (SELECT pg_catalog.array_agg(a.attname::text ORDER BY part.position)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY part(attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
           WHERE part.position <= i.indnkeyatts) AS columns
    FROM pg_catalog.pg_index i
   WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
     AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY part(attnum, position)
                       JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
                      WHERE part.position <= i.indnkeyatts AND NOT a.attnotnull)
   ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1`;

/** 16 in pg_trigger.tgtype: UPDATE. */
const TRIGGERS = `
  SELECT tgname AS name FROM pg_catalog.pg_trigger
   WHERE tgrelid = $1::pg_catalog.oid AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 16 <> 0 ORDER BY 1`;

const INDEXES = `
  SELECT i.indexrelid::pg_catalog.regclass::text AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid
   WHERE i.indrelid = $1::pg_catalog.oid AND a.attname = $2 AND a.attnum = ANY (i.indkey::int2[]) ORDER BY 1`;

/** Tables that inherit from a table, however far. */
const HEIRS = `
  WITH RECURSIVE heirs AS (
    SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = $1::pg_catalog.oid
    UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN heirs ON i.inhparent = heirs.inhrelid)
  SELECT inhrelid::pg_catalog.regclass::text AS name FROM heirs ORDER BY 1`;

/** Reads what a backfill needs. Expects an empty search_path, so that every type is named with its schema. */
export async function tableToFill(
  client: pg.Client,
  asked: { readonly table: string; readonly column: string; readonly inputs: readonly string[] },
): Promise<TableToFill> {
  const { rows: all } = await client.query<Row>(TABLES);
  const found = all.filter(({ schema, name }) => `${schema}.${name}` === asked.table || name === asked.table);
  const [table] = found;
  if (!table) {
    const near = nearestName(
      asked.table,
      all.map(({ schema, name }) => `${schema}.${name}`),
    );
    throw refusal(
      'backfill-table-missing',
      `The database has no table ${asked.table}.`,
      near === undefined ? 'Write it as schema.table.' : `Did you mean ${near}?`,
    );
  }
  if (found.length > 1) {
    const names = found.map(({ schema, name }) => `${schema}.${name}`).join(', ');
    throw refusal(
      'backfill-table-ambiguous',
      `Several schemas have a table ${asked.table}: ${names}.`,
      'Name the schema, too.',
    );
  }
  const name = `${table.schema}.${table.name}`;
  if (table.kind !== 'r' && table.kind !== 'p') {
    throw refusal(
      'backfill-not-a-table',
      `${name} is no table of this database.`,
      'Name a table. The rows of views and foreign tables are elsewhere.',
    );
  }
  const columns = (await client.query(COLUMNS, [table.oid])).rows;
  const columnOf = (wanted: string) => {
    const column = columns.find((one) => one.name === wanted);
    if (column) return column;
    const near = nearestName(
      wanted,
      columns.map((one) => String(one.name)),
    );
    throw refusal(
      'backfill-column-missing',
      `${name} has no column ${wanted}.`,
      near === undefined ? `It has ${columns.map((one) => one.name).join(', ')}.` : `Did you mean ${near}?`,
    );
  };
  const column = columnOf(asked.column);
  for (const input of asked.inputs) columnOf(input);
  if (column.generated || column.always) {
    throw refusal(
      'backfill-column-generated',
      `${name}.${asked.column} is ${column.generated ? 'a generated column' : 'an identity column'}.`,
      'The server computes it by itself. Name another column.',
    );
  }
  const [index] = (await client.query<{ columns: string[] }>(KEY, [table.oid])).rows;
  if (!index) {
    throw refusal(
      'backfill-no-key',
      `${name} has no primary key, and no unique index whose columns are NOT NULL.`,
      'Give the table a primary key: without it, no row can be told from another one.',
    );
  }
  if (index.columns.includes(asked.column)) {
    throw refusal(
      'backfill-column-of-key',
      `${asked.column} is a part of the key by which ${name} is read.`,
      'Name another column: a key that changes while it is read would be met again, or never.',
    );
  }
  const needed = new Set([...asked.inputs, ...index.columns]);
  const unreadable = columns.filter((one) => needed.has(one.name) && !one.selects);
  if (unreadable.length > 0 || !column.updates) {
    const missing = column.updates
      ? `read ${unreadable.map((one) => one.name).join(', ')}`
      : `change ${asked.column}`;
    throw new LifeboatError({
      code: 'backfill-not-permitted',
      kind: 'target',
      what: `The role may not ${missing} of ${name}.`,
      meaning: 'Nothing was changed.',
      remedy: `GRANT SELECT, UPDATE ON ${qualifiedName(table.schema, table.name)} TO the role, or name another role.`,
    });
  }
  const triggers = (await client.query(TRIGGERS, [table.oid])).rows.map((one) => String(one.name));
  const indexes = (await client.query(INDEXES, [table.oid, asked.column])).rows.map((one) =>
    String(one.name),
  );
  const heirs =
    table.kind === 'r' ? (await client.query(HEIRS, [table.oid])).rows.map((one) => String(one.name)) : [];
  return {
    schema: table.schema,
    name: table.name,
    sql: `${table.kind === 'r' ? 'ONLY ' : ''}${qualifiedName(table.schema, table.name)}`,
    key: index.columns.map((one) => {
      const { type, collate } = columnOf(one);
      return { name: one, type, collate };
    }),
    column: {
      name: asked.column,
      type: column.type,
      isJson: column.is_json,
      isArray: column.is_array,
    },
    columns: columns.map((one) => String(one.name)),
    triggers,
    indexes,
    heirs,
  };
}

/** `"documents"."id"`: qualified by the table alone, so that the user's own conditions may do so, too. */
export function columnSql(table: Pick<TableToFill, 'name'>, column: string): string {
  return `${quoteIdentifier(table.name)}.${quoteIdentifier(column)}`;
}

function refusal(code: string, what: string, remedy: string): LifeboatError {
  return new LifeboatError({ code, kind: 'usage', what, meaning: 'Nothing was changed.', remedy });
}
