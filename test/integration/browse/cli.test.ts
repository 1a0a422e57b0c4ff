import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { lifeboat, startLifeboat } from '../cli/lifeboat.ts';

const SMALL_SHOP = readFileSync(new URL('../cli/small-shop.sql', import.meta.url), 'utf8');

let vault: TestVault;
let directory: string;
beforeAll(async () => {
  vault = await testVault();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
  const server = await startPostgres({ major: 17 });
  try {
    await server.run('CREATE DATABASE "my shop"');
    await server.run(SMALL_SHOP, 'my shop');
    await server.run('CREATE MATERIALIZED VIEW "their sums" AS SELECT sum(total) FROM orders', 'my shop');
    await takeBackup(server.url('my shop'), vault);
  } finally {
    await server.stop();
  }
});
afterAll(() => {
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

const options = () => ['--vault', vault.directory, '--directory', directory];

it('browse says how to get in, serves until Ctrl-C, and leaves nothing', async () => {
  const { child, ended } = startLifeboat(['browse', ...options(), '--json']);
  let text = '';
  const open = await new Promise<Record<string, never>>((resolve) => {
    child.stdout?.on('data', (piece) => {
      text += piece;
      if (text.endsWith('}\n')) resolve(JSON.parse(text));
    });
  });
  const { host, port, user, password, database } = open;
  expect(open).toMatchObject({ host: '127.0.0.1', database: 'my shop', source: 'test', lacks: [] });
  expect(open.loaded).toHaveLength(3);
  const client = new pg.Client({ host, port, user, password, database });
  client.on('error', () => {});
  await client.connect();
  expect((await client.query('SELECT count(*)::int FROM orders')).rows).toEqual([{ count: 5000 }]);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readdirSync(directory)).toEqual([]);
});

it('query prints a table, CSV or JSON, of what it alone has fetched', async () => {
  const ask = (sql: string, ...more: string[]) => lifeboat(['query', 'latest', sql, ...options(), ...more]);
  const sql = "SELECT id, state, total, note FROM orders WHERE note ~ 'here' ORDER BY id LIMIT 2";
  expect(await ask(sql)).toEqual({
    exitCode: 0,
    signal: null,
    stderr: '',
    stdout: [
      'id  state   total  note',
      ' 1  paid     1.25  tab→here↵line',
      ' 2  placed   2.50  tab→here↵line',
      '',
      '2 rows.',
      '',
    ].join('\n'),
  });
  const csv = await ask(sql, '--csv');
  expect(csv.stdout).toBe(
    'id,state,total,note\n1,paid,1.25,"tab\there\nline"\n2,placed,2.50,"tab\there\nline"\n',
  );
  const json = await ask(sql, '--json');
  expect(JSON.parse(json.stdout)[1]).toEqual({ id: 2, state: 'placed', total: 2.5, note: 'tab\there\nline' });
  expect(readdirSync(directory)).toEqual([]);
});

it.each(['SELECT 1; SELECT 2', '', ';;'])(
  'query starts nothing for what is not one statement: %j',
  async (sql) => {
    const ended = await lifeboat(['query', 'latest', sql, ...options()]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('query-not-one-statement (exit 2)');
  },
);

it('query refuses what is wrong, and what changes something', async () => {
  const refused = async (sql: string, words: string) => {
    const ended = await lifeboat(['query', 'latest', sql, ...options()]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('query-refused (exit 2)');
    expect(ended.stderr).toContain(words);
  };
  await refused('SELECT nothing FROM orders', 'Column "nothing" does not exist (SQLSTATE 42703).');
  await refused('SELECT FROM ordres', 'Did you mean public.orders?');
  await refused('SELECT * FROM "their sums"', "where matviewname = 'their sums'.");
  await refused(
    'TRUNCATE orders',
    'Cannot execute TRUNCATE TABLE in a read-only transaction (SQLSTATE 25006).',
  );
  expect(readdirSync(directory)).toEqual([]);
});
