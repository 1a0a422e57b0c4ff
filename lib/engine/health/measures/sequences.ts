import { type HealthServer, isUserSchema } from './health-server.ts';
import { AN_HOUR, type Measure, textOf } from './measure.ts';
import type { Row } from './row.ts';

export interface SequenceUse {
  readonly name: string;
  /** Of the values that it, or the column that it feeds, can take. */
  readonly usedPercent: number;
  /** The narrowest integer column that it feeds, if that is narrower than bigint. */
  readonly column: { readonly table: string; readonly name: string; readonly type: string } | undefined;
  readonly type: string;
  /** Whether it ends before its type does: by MAXVALUE or MINVALUE. */
  readonly hasOwnLimit: boolean;
  readonly isDescending: boolean;
}

export interface SequencesUse {
  /** Those that may be read, the fullest first: not all of them, if there are very many. */
  readonly sequences: readonly SequenceUse[];
  /** Those whose value the role may not read, out of all. */
  readonly unreadable: number;
  readonly total: number;
  /** The schemas of those, quoted as SQL needs them. */
  readonly unreadableSchemas: readonly string[];
}

/**
 * To read a sequence's value is to lock it until the transaction ends (pg_sequence_last_value), and the lock
 * table is shared by all sessions. So they are read in batches, a transaction each. Every statement of a batch
 * takes the next ones.
 */
export const SEQUENCES_AT_ONCE = 500;

/** With fewer values used, even a smallint is far from its end, and the column need not be looked for. */
const FEWEST_VALUES = 10_000;

export const sequencesUse: Measure<SequencesUse> = {
  name: 'sequences',
  restsSeconds: AN_HOUR,
  sql: (server) => {
    const batches = Math.max(1, Math.ceil(server.sequences / SEQUENCES_AT_ONCE));
    return Array.from({ length: batches }, (_, batch) => readBatch(batch, server));
  },
  read: (rows) => {
    const batches = [...Map.groupBy(rows, ({ batch }) => batch).values()];
    const sumOf = (column: string) => batches.reduce((sum, [first]) => sum + Number(first?.[column] ?? 0), 0);
    const hidden = rows.filter(({ readable }) => readable !== true);
    return {
      sequences: rows
        .filter(({ readable }) => readable === true)
        .map(sequenceOf)
        .sort((a, b) => b.usedPercent - a.usedPercent),
      total: sumOf('total'),
      unreadable: sumOf('unreadable'),
      unreadableSchemas: [...new Set(hidden.map(({ schema }) => textOf(schema)))],
    };
  },
};

/** The most sequences of a batch that are told by name: the fullest, and those that may not be read. */
const MOST_NAMED = 200;

/**
 * A sequence that cycles never ends, and a temporary one ends with its session. The server opens each sequence to
 * read its value, which is most of what a run costs: everything else is looked up for those that are named.
 */
function readBatch(batch: number, server: HealthServer): string {
  return `
    WITH q AS MATERIALIZED (
      SELECT q.*, c.relname, n.nspname, pg_catalog.has_sequence_privilege(c.oid, 'SELECT,USAGE') AS readable
        FROM (SELECT * FROM pg_catalog.pg_sequence ORDER BY seqrelid LIMIT ${SEQUENCES_AT_ONCE} OFFSET ${batch * SEQUENCES_AT_ONCE}) q
        JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT q.seqcycle AND c.relpersistence <> 't' AND ${isUserSchema(server)}
         ${server.isStandby ? "AND c.relpersistence = 'p'" : ''}),
    s AS MATERIALIZED (
      SELECT q.*, q.seqincrement < 0 AS descending, q.seqstart::float8 AS start, q.seqmin::float8 AS least, q.seqmax::float8 AS most,
             CASE WHEN q.readable THEN pg_catalog.pg_sequence_last_value(q.seqrelid) END::float8 AS last
        FROM q),
    v AS (
      SELECT s.*, col."table", col.name AS "column", col.type AS column_type,
             100 * CASE WHEN s.last IS NULL THEN 0
                        WHEN s.descending THEN (s.start - s.last) / NULLIF(s.start - GREATEST(s.least, -COALESCE(col.most, 1e19)), 0)
                        ELSE (s.last - s.start) / NULLIF(LEAST(s.most, COALESCE(col.most, 1e19)) - s.start, 0) END AS used
        FROM s
        LEFT JOIN LATERAL (
        SELECT pg_catalog.format('%I.%I', tn.nspname, t.relname) AS "table", pg_catalog.quote_ident(a.attname) AS name,
               pg_catalog.format_type(a.atttypid, NULL) AS type, CASE a.atttypid WHEN 21 THEN 32767 ELSE 2147483647 END AS most, a.attinhcount AS inherited
          FROM (SELECT d.refobjid AS relation, d.refobjsubid AS number FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid
                   AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
                UNION ALL
                SELECT e.adrelid, e.adnum FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_attrdef e ON e.oid = d.objid
                 WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.seqrelid
                   AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass) f
          JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.number AND a.atttypid IN (21, 23)
          JOIN pg_catalog.pg_class t ON t.oid = a.attrelid
          JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
         WHERE pg_catalog.abs(s.last) > ${FEWEST_VALUES}
         ORDER BY 4, 5, 1 LIMIT 1) col ON true)
    SELECT pg_catalog.quote_ident(w.nspname) AS schema, pg_catalog.format('%I.%I', w.nspname, w.relname) AS name, w.readable, w.descending,
           w."table", w."column", w.column_type, w.used, w.total, w.unreadable, ${batch} AS batch,
           pg_catalog.format_type(w.seqtypid, NULL) AS type,
           CASE w.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END
             > CASE WHEN w.descending THEN -w.seqmin::numeric ELSE w.seqmax END + 1 AS own_limit
      FROM (SELECT v.*, pg_catalog.row_number() OVER (PARTITION BY v.readable ORDER BY v.used DESC NULLS LAST) AS place,
                   pg_catalog.count(*) OVER () AS total, pg_catalog.count(*) FILTER (WHERE NOT v.readable) OVER () AS unreadable
              FROM v) w
     WHERE w.place <= ${MOST_NAMED}`;
}

function sequenceOf(row: Row): SequenceUse {
  return {
    name: textOf(row.name),
    usedPercent: Number(row.used ?? 0),
    column:
      row.column === null || row.column === undefined
        ? undefined
        : { table: textOf(row.table), name: textOf(row.column), type: textOf(row.column_type) },
    type: textOf(row.type),
    hasOwnLimit: row.own_limit === true,
    isDescending: row.descending === true,
  };
}
