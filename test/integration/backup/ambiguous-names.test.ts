import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  [server, vault] = await Promise.all([startPostgres({ major: 15 }), testVault()]);
  await server.run(`
    CREATE FUNCTION public.twin(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION public.twin(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION public.single() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE SCHEMA other; CREATE FUNCTION other.single(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE public.held AS (id int, role regrole, f regproc[]); CREATE DOMAIN public.sign AS regoper;
    CREATE TABLE public.calls ("The function" regproc, sign sign, held held, exact regprocedure, role regrole, proper regproc);
    INSERT INTO calls ("The function", exact, role, proper) VALUES ('public.single', 'public.twin(int)', 'postgres', 'public.single');
    CREATE TABLE public.empty (f regproc)`);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

it.each<[string, string, string | undefined, string]>([
  ['none that has no namesake in its schema', 'SELECT', undefined, ''],
  [
    'a function',
    `INSERT INTO calls ("The function") VALUES ('public.twin(int)'::regprocedure)`,
    'The function',
    'regprocedure',
  ],
  [
    'an operator, in a domain',
    `INSERT INTO calls (sign) VALUES ('+(int,int)'::regoperator::oid)`,
    'sign',
    'regoperator',
  ],
  [
    'a function, in an array of a composite',
    `INSERT INTO calls (held) VALUES (ROW(1, 'postgres', ARRAY['public.twin(int)'::regprocedure::oid])::held)`,
    'held',
    'regprocedure',
  ],
])('a backup names the column whose text is ambiguous: %s', async (_, sql, column, instead) => {
  await server.run(`CREATE DATABASE copy TEMPLATE postgres`, 'template1');
  await server.run(sql, 'copy');
  const notices: string[] = [];
  const { manifest } = await takeBackup(server.url('copy'), vault, {
    observer: { onNotice: (notice) => notices.push(notice) },
  });
  await server.run('DROP DATABASE copy', 'template1');
  const told = manifest.leftOut.filter(({ what }) => what.startsWith('arguments'));
  expect(told.map(({ name }) => name)).toEqual(column === undefined ? [] : [`public.calls.${column}`]);
  expect(notices).toEqual(told.map(({ name, reason }) => `${name}: ${reason}.`));
  for (const { reason } of told) expect(reason).toContain(`TYPE ${instead}`);
  expect(manifest.tables.find(({ name }) => name === 'calls')?.roles).toEqual(['postgres']);
});
