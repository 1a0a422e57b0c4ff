import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { oneValue, problemsOf } from './restore-world.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

async function makeDatabase(name: string, encoding: string): Promise<string> {
  await server.run(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING ${encoding} LOCALE 'C'`);
  return name;
}

async function restored(from: string, to: string) {
  const { place } = await takeBackup(server.url(from), vault);
  const settings = connectionSettings(server.url(to));
  return restore({ store: vault.store, place, settings, unproven: true });
}

it('brings LATIN1 into UTF8, names and rows, and proves it byte for byte on the way back', async () => {
  await makeDatabase('latin', 'LATIN1');
  await server.run(
    `CREATE TABLE "Größe" (id int, "Wert" text); INSERT INTO "Größe" VALUES (1, 'Blåbærsyltetøy'), (2, 'naïve ÿ')`,
    'latin',
  );
  const report = await restored('latin', await makeDatabase('from_latin', 'UTF8'));
  expect(problemsOf(report)).toEqual([]);
  expect(report.notes.join()).toContain('in LATIN1, and the target in UTF8');
  expect(
    await oneValue(server, 'from_latin', 'SELECT string_agg("Wert", \'|\' ORDER BY id) FROM "Größe"'),
  ).toBe('Blåbærsyltetøy|naïve ÿ');
});

it('tells of the table whose rows another encoding cannot hold, and restores the rest', async () => {
  await makeDatabase('utf8', 'UTF8');
  await server.run(
    "CREATE TABLE asian (t text); INSERT INTO asian VALUES ('日本'); CREATE TABLE plain (t text); INSERT INTO plain VALUES ('é')",
    'utf8',
  );
  const report = await restored('utf8', await makeDatabase('to_latin', 'LATIN1'));
  expect(report.outcome).toBe('restored with failures');
  expect(problemsOf(report)).toEqual([
    expect.stringMatching(
      /^differs table public\.asian: its rows could not be loaded: a value was refused|has no equivalent/,
    ),
  ]);
  expect(await oneValue(server, 'to_latin', 'SELECT t FROM plain')).toBe('é');
});

it('checks the bytes of a database without an encoding against the one they go into', async () => {
  await makeDatabase('bytes', 'SQL_ASCII');
  await server.run(
    `SET client_encoding = 'SQL_ASCII'; CREATE TABLE wrong (v text); INSERT INTO wrong VALUES (E'\\xe4\\xff');
     CREATE TABLE fine (v text); INSERT INTO fine VALUES ('käse 表')`,
    'bytes',
  );
  const report = await restored('bytes', await makeDatabase('bytes_utf8', 'UTF8'));
  // Told that they are SQL_ASCII, the server would store them unchecked, and the digests would be equal.
  expect(problemsOf(report)).toEqual([
    expect.stringMatching(/^differs table public\.wrong: its rows could not be loaded: .*22021/),
  ]);
  expect(await oneValue(server, 'bytes_utf8', 'SELECT count(*) FROM wrong')).toBe('0');
  expect(await oneValue(server, 'bytes_utf8', 'SELECT v FROM fine')).toBe('käse 表');
});

it('keeps the bytes of a database without an encoding, and refuses a schema whose texts are no UTF-8', async () => {
  await makeDatabase('ascii', 'SQL_ASCII');
  await server.run(
    "SET client_encoding = 'SQL_ASCII'; CREATE TABLE t (v text); INSERT INTO t VALUES (E'\\xe4\\xff'), ('plain')",
    'ascii',
  );
  const report = await restored('ascii', await makeDatabase('ascii_again', 'SQL_ASCII'));
  expect(problemsOf(report)).toEqual([]);
  expect(
    await oneValue(server, 'ascii_again', "SELECT encode(v::bytea, 'hex') FROM t WHERE v <> 'plain'"),
  ).toBe('e4ff');
  await server.run(
    `SET client_encoding = 'SQL_ASCII'; DO $$ BEGIN EXECUTE E'COMMENT ON TABLE t IS ''n\\xe4me'''; END $$`,
    'ascii',
  );
  const { place } = await takeBackup(server.url('ascii'), vault);
  const settings = connectionSettings(server.url(await makeDatabase('ascii_texts', 'SQL_ASCII')));
  const planned = planRestore({ store: vault.store, place, settings, unproven: true });
  await expect(planned).rejects.toMatchObject({ code: 'restore-schema-not-utf8' });
  await expect(planned).rejects.toThrow('restore.sh');
});
