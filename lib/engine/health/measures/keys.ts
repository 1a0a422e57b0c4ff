import { IS_NO_EXTENSIONS, isUserSchema } from './health-server.ts';
import { AN_HOUR, type Measure, MOST_OBJECTS, textOf } from './measure.ts';

export interface KeylessTable {
  readonly name: string;
  readonly estimatedRows: number;
}

/** Tables without a primary key, the largest first. */
export const keylessTables: Measure<readonly KeylessTable[]> = {
  name: 'primary-keys',
  restsSeconds: AN_HOUR,
  sql: (server) => `
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, GREATEST(c.reltuples, 0)::float8 AS rows
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND ${isUserSchema(server)}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AND ${IS_NO_EXTENSIONS}
     ORDER BY c.reltuples DESC, 1 LIMIT ${MOST_OBJECTS}`,
  read: (rows) => rows.map((row) => ({ name: textOf(row.name), estimatedRows: Number(row.rows) })),
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
