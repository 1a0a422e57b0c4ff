import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import { place, type RowsTable } from './rows-table.ts';

export interface AdvancedSequence {
  readonly name: string;
  readonly value: string;
}

/**
 * Advances the sequences of these tables that would hand out a value which a row has. It never turns one
 * back. A sequence does not take part in transactions, so this comes after the commit. `behind` names the
 * sequences that this role may not set.
 */
export async function advanceSequences(
  session: ServerTarget,
  tables: readonly RowsTable[],
): Promise<{ advanced: AdvancedSequence[]; behind: string[] }> {
  const advanced: AdvancedSequence[] = [];
  const behind: string[] = [];
  for (const table of tables) {
    for (const column of table.target.columns) {
      if (column.sequence === null || !table.columns.includes(column.name)) continue;
      const found = await sequenceBehind(session, table, column.name, column.sequence);
      if (!found) continue;
      try {
        await session.execute(
          `SELECT pg_catalog.setval(${quoteLiteral(found.name)}::pg_catalog.regclass, ${found.value})`,
        );
        advanced.push(found);
      } catch (error) {
        if (!(error instanceof TargetStatementError)) throw error;
        behind.push(`${found.name} (set it to ${found.value} or more, as its owner)`);
      }
    }
  }
  return { advanced, behind };
}

/** The value that a sequence must at least have had, if the next one it hands out could be in the table. */
async function sequenceBehind(
  session: ServerTarget,
  table: RowsTable,
  column: string,
  sequence: number,
): Promise<AdvancedSequence | undefined> {
  const { rows: known } = await session.execute(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, s.seqincrement > 0 AS ascends,
            s.seqmin::text AS least, s.seqmax::text AS most,
            pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS readable
       FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE s.seqrelid = ${sequence}`,
  );
  const [one] = known;
  if (one?.readable !== 't') return undefined;
  const [far, beyond] = one.ascends === 't' ? ['max', '>'] : ['min', '<'];
  const { rows } = await session.execute(
    `SELECT t.far::text AS value FROM
       (SELECT pg_catalog.${far}(${quoteIdentifier(column)}) AS far FROM ${place(table)}
         WHERE ${quoteIdentifier(column)} BETWEEN ${one.least} AND ${one.most}) t, ${one.name} s
      WHERE t.far ${beyond} s.last_value OR (t.far = s.last_value AND NOT s.is_called)`,
  );
  const value = rows[0]?.value;
  return value === undefined || value === null ? undefined : { name: String(one.name), value };
}
