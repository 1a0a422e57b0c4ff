import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { candidates, listOf, newer, place, type RowsTable } from './rows-table.ts';

/**
 * Makes the temporary tables that rows of the backup are sent to. They have the columns of the target with
 * their types, so that the server reads a value as the table itself would.
 */
export async function makeWorkingTables(target: ServerTarget, table: RowsTable): Promise<void> {
  const { columns, key, control } = table;
  const keyNames = key.map(({ name }) => name);
  const row = quoteIdentifier(control.row);
  const support = quoteIdentifier(control.support);
  for (const [name, list] of [
    [candidates(table), columns],
    [newer(table), keyNames],
  ] as const) {
    await target.execute(`DROP TABLE IF EXISTS ${name}`);
    await target.execute(
      `CREATE TEMPORARY TABLE ${name.slice('pg_temp.'.length)} AS SELECT ${listOf(list)} FROM ${place(table)} WITH NO DATA`,
    );
    await target.execute(
      `ALTER TABLE ${name} ADD ${row} bigint GENERATED ALWAYS AS IDENTITY, ADD ${support} boolean NOT NULL DEFAULT false`,
    );
  }
}

/** Tells the planner how many rows were sent. */
export async function analyzeWorkingTables(target: ServerTarget, table: RowsTable): Promise<void> {
  for (const name of [candidates(table), newer(table)]) await target.execute(`ANALYZE ${name}`);
}
