import { IS_NO_EXTENSIONS, isUserSchema } from './health-server.ts';
import { AN_HOUR, type Measure, MOST_OBJECTS, textOf } from './measure.ts';

export interface KeylessTable {
  readonly name: string;
  readonly estimatedRows: number;
  /** Columns that could be the key as they are, quoted as SQL needs them. */
  readonly uniqueColumns: readonly string[] | null;
  /**
   * A name that no column has. Null: the table cannot simply be given an identity column, because it is partitioned, has
   * children, or takes its columns from a type.
   */
  readonly newColumn: string | null;
}

/** For so many tables, what could be their key is looked up. */
const LOOKED_INTO = 3;

/** Columns of a unique index that are never NULL. */
const UNIQUE_COLUMNS = `(
      SELECT pg_catalog.json_agg(pg_catalog.quote_ident(a.attname) ORDER BY u.place)
        FROM (SELECT i.indkey, i.indnkeyatts FROM pg_catalog.pg_index i
               WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute b WHERE b.attrelid = t.oid AND NOT b.attnotnull
                                    AND b.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
               ORDER BY i.indnkeyatts, i.indexrelid LIMIT 1) i
       CROSS JOIN LATERAL pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.number)`;

const NEW_COLUMN = `(
      SELECT w.name FROM (VALUES (1, 'id'), (2, 'row_id'), (3, 'new_row_id')) AS w (place, name)
       WHERE t.relkind = 'r' AND t.reloftype = 0
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = t.oid)
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attname = w.name)
       ORDER BY w.place LIMIT 1)`;

/** Tables without a primary key, the largest first. */
export const keylessTables: Measure<readonly KeylessTable[]> = {
  name: 'primary-keys',
  restsSeconds: AN_HOUR,
  sql: (server) => `
    SELECT t.name, t.rows, CASE WHEN t.place <= ${LOOKED_INTO} THEN ${UNIQUE_COLUMNS} END AS "unique",
           CASE WHEN t.place <= ${LOOKED_INTO} THEN ${NEW_COLUMN} END AS new
      FROM (
    SELECT c.oid, c.relkind, c.reloftype, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, GREATEST(c.reltuples, 0)::float8 AS rows,
           pg_catalog.row_number() OVER (ORDER BY c.reltuples DESC, pg_catalog.format('%I.%I', n.nspname, c.relname)) AS place
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${isUserSchema(server)}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AND ${IS_NO_EXTENSIONS}) t
     ORDER BY t.place LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      estimatedRows: Number(row.rows),
      uniqueColumns: Array.isArray(row.unique) ? row.unique.map(String) : null,
      newColumn: row.new === null || row.new === undefined ? null : textOf(row.new),
    })),
};

export interface UnindexedKey {
  /** The foreign key's own name, and its table and columns, quoted as SQL needs them. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly isPartitioned: boolean;
  readonly estimatedRows: number;
}

export interface UnindexedKeys {
  readonly total: number;
  readonly largest: readonly UnindexedKey[];
}

/** The columns are looked for one by one. */
const NAMED_KEYS = 10;

/**
 * Foreign keys whose columns no index begins with, the largest tables first. A partial index serves too if its
 * condition is only that a column is not NULL: the check of a foreign key compares by `=`, which implies that.
 */
export const unindexedKeys: Measure<UnindexedKeys> = {
  name: 'foreign-keys',
  restsSeconds: AN_HOUR,
  sql: (server) => `
    SELECT f.*, (SELECT pg_catalog.json_agg(pg_catalog.quote_ident(a.attname) ORDER BY u.place)
                   FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS u (number, place)
                   JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = u.number) AS columns
      FROM (
    SELECT k.conname::text AS name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", c.relkind = 'p' AS partitioned,
           GREATEST(c.reltuples, 0)::float8 AS rows, k.conkey, k.conrelid, pg_catalog.count(*) OVER ()::float8 AS total
      FROM pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype = 'f' AND k.conparentid = 0 AND ${isUserSchema(server)}
       AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_index i
          WHERE i.indrelid = c.oid AND i.indisvalid AND i.indnkeyatts >= pg_catalog.cardinality(k.conkey)
            AND (i.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1] OPERATOR(pg_catalog.@>) k.conkey
            AND (i.indpred IS NULL OR i.indpred::text ~ '^\\{NULLTEST [^{]*\\{VAR [^{]*\\} :nulltesttype 1 [^{]*\\}$'))
     ORDER BY c.reltuples DESC, 2, 1 LIMIT ${NAMED_KEYS}) f`,
  read: (rows) => ({
    total: Number(rows[0]?.total ?? 0),
    largest: rows.map((row) => ({
      name: textOf(row.name),
      table: textOf(row.table),
      columns: Array.isArray(row.columns) ? row.columns.map(String) : [],
      isPartitioned: row.partitioned === true,
      estimatedRows: Number(row.rows),
    })),
  }),
};
