import { expect, it } from 'vitest';
import { readSelfReadingViews } from '../../../lib/engine/catalog/self-reading-views.ts';
import { startPostgres } from '../../support/postgres-server.ts';

const SQL = `
  CREATE TABLE t (a int);
  CREATE VIEW of_table AS SELECT a FROM t;
  CREATE VIEW of_view AS SELECT a FROM of_table;
  CREATE VIEW of_nothing AS SELECT 1 AS a;
  CREATE VIEW of_itself AS SELECT 1 AS a;
  CREATE OR REPLACE VIEW of_itself AS SELECT a FROM of_itself;
  CREATE VIEW of_itself_without_columns AS SELECT 1 AS a;
  CREATE OR REPLACE VIEW of_itself_without_columns AS SELECT 1 AS a FROM of_itself_without_columns`;

it.each([15, 16, 18] as const)('tells a view that reads itself from all others, on %i', async (major) => {
  const server = await startPostgres({ major });
  try {
    await server.run(SQL);
    const client = await server.connect();
    const views = await readSelfReadingViews(async (sql) => (await client.query(sql)).rows);
    const columns = [{ name: 'a', type: 'integer' }];
    expect(views).toEqual([
      { schema: 'public', name: 'of_itself', columns },
      { schema: 'public', name: 'of_itself_without_columns', columns },
    ]);
  } finally {
    await server.stop();
  }
});
