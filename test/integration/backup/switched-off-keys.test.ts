import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const WORLD = `
  CREATE TABLE a (id int PRIMARY KEY);
  CREATE TABLE "B b" (a int CONSTRAINT "to A" REFERENCES a, n int UNIQUE DEFERRABLE);
  CREATE TABLE enforced (a int REFERENCES a);
  CREATE TABLE c (id int, a int REFERENCES a) PARTITION BY RANGE (id);
  CREATE TABLE c1 PARTITION OF c DEFAULT;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE CONSTRAINT TRIGGER own AFTER INSERT ON enforced FOR EACH ROW EXECUTE FUNCTION f();
  ALTER TABLE enforced DISABLE TRIGGER own;
  ALTER TABLE "B b" DISABLE TRIGGER ALL;
  ALTER TABLE c1 DISABLE TRIGGER ALL;
`;

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

it('a backup names the constraints that the source did not enforce, because their triggers were disabled', {
  timeout: 300_000,
}, async () => {
  await server.run('CREATE DATABASE source');
  await server.run(WORLD, 'source');
  const { manifest } = await takeBackup(server.url('source'), vault);
  const what = 'switched-off constraint trigger';
  const reason = expect.stringContaining('the restored database enforces the constraint');
  expect(manifest.leftOut).toEqual([
    { what, name: '"B b_n_key" on public."B b"', reason },
    { what, name: '"to A" on public."B b"', reason },
    { what, name: 'c_a_fkey on public.c1', reason },
  ]);
});
