import { quoteLiteral } from '../../ground/sql.ts';
import type { StatementResult } from '../target.ts';

/** A table whose long values are stored as they come, and not compressed (PostgreSQL manual, "TOAST"). */
export interface AsTheyCame {
  /** To be called in the same transaction, before anything else is made of the rows: indexes compress as the columns say. */
  undo(): Promise<void>;
}

/**
 * Has the values of a table that come in this transaction stored uncompressed. A drill writes each once and reads it once, and
 * PostgreSQL's own compression is what takes longest of it (measured: values of 14 KB 2.2 times as fast in and out,
 * of 3 KB 1.5 times, jsonb 1.1 to 1.25 times; at most 1.75 times the bytes of the COPY text on disk). ALTER TABLE … SET STORAGE would do the same,
 * but also to whatever inherits from it.
 */
export async function storeAsTheyCome(
  table: string,
  execute: (sql: string) => Promise<StatementResult>,
): Promise<AsTheyCame> {
  const change = (from: string, to: string, which: string) =>
    execute(
      `UPDATE pg_catalog.pg_attribute SET attstorage = '${to}'
        WHERE attrelid = ${quoteLiteral(table)}::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped
          AND attstorage = '${from}' AND ${which} RETURNING attnum`,
    );
  const { rows } = await change('x', 'e', 'true');
  const changed = rows.map(({ attnum }) => attnum);
  return {
    async undo() {
      if (changed.length > 0) await change('e', 'x', `attnum IN (${changed.join(', ')})`);
    },
  };
}
