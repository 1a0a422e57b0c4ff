import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sessionSettings } from '../../../lib/engine/connection/session-settings.ts';
import { EMBEDDED_EXTENSIONS } from '../../../lib/engine/target/embedded/embedded-extensions.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../lib/engine/target/embedded/open-embedded-target.ts';

let parent: string;
let target: EmbeddedTarget;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
  target = await openEmbeddedTarget({ directory: parent, extensions: [...EMBEDDED_EXTENSIONS, 'postgis'] });
});
afterAll(async () => {
  await target?.close();
  rmSync(parent, { recursive: true, force: true });
});

it('answers with the command tag, and with rows as text', async () => {
  expect(
    await target.execute(`SELECT 1 AS one, NULL AS none, '\\x00ff'::bytea AS bytes, 'ä' AS text`),
  ).toEqual({
    tag: 'SELECT 1',
    rows: [{ one: '1', none: null, bytes: '\\x00ff', text: 'ä' }],
  });
  expect(await target.execute('CREATE SCHEMA tags')).toEqual({ tag: 'CREATE SCHEMA', rows: [] });
});

it('is refused by SQLSTATE, without the detail that quotes rows, and goes on', async () => {
  await target.execute('CREATE TABLE tags.keys (id int PRIMARY KEY)');
  await target.execute('INSERT INTO tags.keys VALUES (7654321)');
  await expect(target.execute('INSERT INTO tags.keys VALUES (7654321)')).rejects.toMatchObject({
    name: 'TargetStatementError',
    sqlState: '23505',
    message: expect.not.stringContaining('7654321'),
    refused: { schema: 'tags', table: 'keys', constraint: 'keys_pkey' },
  });
  await expect(target.execute('SELECT 1; SELECT 2')).rejects.toMatchObject({ sqlState: '42601' });
  await target.canary();
});

it('has the settings of every session of ours', async () => {
  expect((await target.execute(`SELECT current_setting('search_path') AS path`)).rows[0]?.path).toBe('""');
  expect((await target.execute(`SELECT '12.5'::money AS money, 0.1::float8 AS float`)).rows).toEqual([
    { money: '$12.50', float: '0.1' },
  ]);
  expect(sessionSettings(target.serverMajor)).toContain('SET transaction_timeout = 0');
  expect((await target.execute('SHOW server_version_num')).rows[0]?.server_version_num?.slice(0, 2)).toBe(
    '18',
  );
});

it('takes calls that are made at once one after the other', async () => {
  await target.execute('CREATE TABLE tags.turns (n int)');
  async function* rows() {
    for (let n = 0; n < 3; n += 1) {
      // Other calls are waiting by now; none of them may come in between.
      await new Promise(setImmediate);
      yield Buffer.from(`${n}\n`);
    }
  }
  const [taken, count] = await Promise.all([
    target.copyIn({ schema: 'tags', table: 'turns', columns: ['n'] }, rows()),
    target.execute('SELECT count(*) FROM tags.turns'),
    target.execute('DROP TABLE tags.turns'),
  ]);
  expect([taken, count.rows[0]?.count]).toEqual([3, '3']);
});

it('loads every contrib module of PGlite and pgvector; others are not there', async () => {
  expect(new Set(target.supportedExtensions)).toEqual(EMBEDDED_EXTENSIONS);
  await target.execute('CREATE SCHEMA extensions');
  for (const name of target.supportedExtensions) {
    await target.execute(`CREATE EXTENSION IF NOT EXISTS "${name}" WITH SCHEMA extensions CASCADE`);
  }
  const { rows } = await target.execute(
    `SELECT extensions.similarity('word', 'words') > 0 AS trigrams, '[1,2]'::extensions.vector AS vector,
            '"a"=>"1"'::extensions.hstore AS hstore, extensions.crypt('x', 'ab') AS crypt`,
  );
  expect(rows).toEqual([{ trigrams: 't', vector: '[1,2]', hstore: '"a"=>"1"', crypt: expect.any(String) }]);
  await expect(target.execute('CREATE EXTENSION postgis')).rejects.toMatchObject({ sqlState: '0A000' });
});

it('keeps the session of another role until it is set back: RESET does nothing', async () => {
  await target.execute('CREATE ROLE somebody');
  await target.execute('SET SESSION AUTHORIZATION somebody');
  await target.execute('RESET SESSION AUTHORIZATION');
  expect((await target.execute('SELECT session_user AS name')).rows[0]?.name).toBe('somebody');
  await target.execute('SET SESSION AUTHORIZATION postgres');
  expect((await target.execute('SELECT session_user AS name')).rows[0]?.name).toBe('postgres');
});

it('meets endless recursion by an error, and lives', async () => {
  await target.execute(
    `CREATE FUNCTION tags.endless(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN tags.endless($1 + 1); END'`,
  );
  await target.execute(
    `CREATE FUNCTION tags.endless_sql(int) RETURNS int LANGUAGE sql AS 'SELECT tags.endless_sql($1 + 1)'`,
  );
  await expect(target.execute('SELECT tags.endless(1)')).rejects.toMatchObject({ sqlState: '54001' });
  await expect(target.execute('SELECT tags.endless_sql(1)')).rejects.toMatchObject({ sqlState: '54001' });
  await target.canary();
});
