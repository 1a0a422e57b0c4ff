import { afterAll, beforeAll, expect, it } from 'vitest';
import { healthText } from '../../../lib/present/terminal/health-text.ts';
import { PLAIN_PAGE } from '../../../lib/present/terminal/page.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { examine } from './ask.ts';

/** What a person reads of a database that is unwell, and of one that is well. Numbers that differ from run to run are `#`. */
let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({
    major: 18,
    settings: {
      max_prepared_transactions: '5',
      wal_level: 'logical',
      autovacuum: 'off',
      shared_preload_libraries: "'pg_stat_statements'",
    },
  });
  await server.run('CREATE EXTENSION pg_stat_statements; CREATE ROLE anon');
  await server.run('CREATE DATABASE well');
  await server.run('CREATE EXTENSION pg_stat_statements', 'well');
});
afterAll(() => server?.stop());

async function textOf(database: string): Promise<string> {
  const report = await examine(server.url(database), {
    apiSchemas: ['public'],
    thresholds: { 'prepared-transactions': { warning: 0 }, 'database-size': { warning: 10, critical: 200 } },
    sizeLimitBytes: 50_000_000,
  });
  const { host } = new URL(server.url());
  return healthText(report, PLAIN_PAGE)
    .join('\n')
    .replaceAll(host, 'HOST')
    .replaceAll(/\d+(\.\d+)*/g, '#');
}

it('a database full of findings', async () => {
  await server.run(`CREATE TABLE orders (id serial PRIMARY KEY, note text); SELECT setval('orders_id_seq', 2040109466);
    CREATE TABLE lines (order_id int REFERENCES orders, doubled int); INSERT INTO lines (doubled) VALUES (1), (1);
    CREATE TABLE secrets (id int PRIMARY KEY, word text); GRANT SELECT ON secrets TO anon;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON orders USING (note = current_setting('app.user', true))`);
  await server.run(`SELECT pg_create_logical_replication_slot('left_behind', 'pgoutput')`);
  await expect(server.run('CREATE UNIQUE INDEX CONCURRENTLY twice ON lines (doubled)')).rejects.toThrow(
    'unique',
  );
  await server.run(`BEGIN; DELETE FROM lines; PREPARE TRANSACTION 'left behind'`);
  try {
    await expect(await textOf('postgres')).toMatchFileSnapshot('./unwell.txt');
  } finally {
    await server.run(`ROLLBACK PREPARED 'left behind'`);
    await server.run(`SELECT pg_drop_replication_slot('left_behind')`);
  }
});

it('a database that is well but for autovacuum, which somebody switched off', async () => {
  await expect(await textOf('well')).toMatchFileSnapshot('./nearly-well.txt');
});
