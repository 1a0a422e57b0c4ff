import { quoteLiteral } from '../../ground/sql.ts';
import type { StatementResult } from '../target.ts';

/** A table whose long values are stored as they come, and not compressed (PostgreSQL manual, "TOAST"). */
export interface AsTheyCame {
  /** To be called in the same transaction, before anything else is made of the rows: indexes compress as the columns say. */
  undo(): Promise<void>;
}

/** Types whose values take no more bytes than their text, jsonb apart: an array of one-digit numbers can take ten times its text. */
const LIKE_THEIR_TEXT = `EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = atttypid AND (t.typcategory = 'S'
  OR coalesce(nullif(t.typbasetype, 0), t.oid) IN ('bytea'::pg_catalog.regtype, 'json'::pg_catalog.regtype,
    'jsonb'::pg_catalog.regtype, 'xml'::pg_catalog.regtype)))`;
/**
 * A value that is stored elsewhere leaves 18 bytes in its row, and a compressed one may be shorter. So a row of more than 400 such
 * columns could be too long for a page (8,160 bytes), although it fits at the source.
 */
const MOST_COLUMNS = 200;

/**
 * Has the values of a table that come in this transaction stored uncompressed. A drill writes each once and reads it once, and
 * PostgreSQL's own compression is what takes longest of it (measured: values of 14 KB 2.2 times as fast in and out,
 * of 3 KB 1.5 times, jsonb 1.1 to 1.25 times; on disk at most 1.45 times the bytes of the COPY text, of jsonb 4.63 times).
 * ALTER TABLE … SET STORAGE would do the same, but also to whatever inherits from it.
 */
export async function storeAsTheyCome(
  table: string,
  execute: (sql: string) => Promise<StatementResult>,
): Promise<AsTheyCame> {
  const columns = `attrelid = ${quoteLiteral(table)}::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped`;
  const change = (from: string, to: string, which: string) =>
    execute(
      `UPDATE pg_catalog.pg_attribute SET attstorage = '${to}'
        WHERE ${columns} AND attstorage = '${from}' AND ${which} RETURNING attnum`,
    );
  const isNarrow = `(SELECT count(*) FROM pg_catalog.pg_attribute WHERE ${columns} AND attstorage <> 'p') <= ${MOST_COLUMNS}`;
  const { rows } = await change('x', 'e', `${LIKE_THEIR_TEXT} AND ${isNarrow}`);
  const changed = rows.map(({ attnum }) => attnum);
  return {
    async undo() {
      if (changed.length > 0) await change('e', 'x', `attnum IN (${changed.join(', ')})`);
    },
  };
}
