import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { dumpSchema } from '../../../lib/engine/schema-dump/dump-schema.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;

beforeAll(async () => {
  // A minor before August 2026: it writes EXTRACT's field as it stands.
  server = await startPostgres({ major: 17 });
  vault = await testVault();
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

async function database(name: string, sql: string): Promise<string> {
  await server.run(`CREATE DATABASE ${name}`);
  await server.run(sql, name);
  return server.url(name);
}

describe('a field of EXTRACT that is SQL', () => {
  it.each([
    [
      'view',
      `CREATE VIEW v AS SELECT EXTRACT('year FROM now()) AS a; DROP TABLE victim; SELECT (''1''' FROM now())`,
      'view or rule on public.v',
    ],
    [
      'default',
      `CREATE TABLE t (a numeric DEFAULT EXTRACT('year FROM now())); CREATE ROLE evil SUPERUSER; --' FROM now()))`,
      'default of a column of public.t',
    ],
    [
      'routine',
      `CREATE FUNCTION f() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT EXTRACT(E'year\\n\\\\! id' FROM now()); END`,
      'function public.f()',
    ],
    ['index', `CREATE TABLE t (d date); CREATE INDEX i ON t (EXTRACT('"a' FROM d))`, 'index public.i'],
  ])('in a %s is refused, by name', async (kind, sql, named) => {
    await expect(takeBackup(await database(`extract_${kind}`, sql), vault)).rejects.toMatchObject({
      code: 'source-extract-field',
      what: expect.stringContaining(`The ${named} calls EXTRACT`),
    });
  });

  it('is none where it is a plain word, or an ordinary string', async () => {
    const url = await database(
      'extract_plain',
      `CREATE VIEW v AS SELECT EXTRACT('Year' FROM now()) AS a, EXTRACT(timezone_hour FROM now()) AS b,
         pg_catalog.extract('no; word', now()) AS c, date_part('no; word', now()) AS d`,
    );
    await expect(takeBackup(url, vault)).resolves.toBeDefined();
  });
});

describe('more transforms than pg_dump has room for', () => {
  const MANY = `CREATE FUNCTION many() RETURNS int LANGUAGE sql AS 'SELECT 1';
    UPDATE pg_catalog.pg_proc SET protrftypes = pg_catalog.array_fill(23::oid, ARRAY[20000]) WHERE proname = 'many'`;

  it('are refused before pg_dump reads them, by name', async () => {
    await expect(takeBackup(await database('transforms', MANY), vault)).rejects.toMatchObject({
      code: 'source-function-transforms',
      what: 'The function public.many() has 20000 transforms; the built-in pg_dump has room for 100.',
    });
  });

  it('could harm nothing but the memory of pg_dump, which is its own', async () => {
    await database('overrun', MANY);
    const client = await server.connect('overrun');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const signal = new AbortController().signal;
    // Whether it notices or not: this process goes on, and the next dump is whole.
    const outcome = await dumpSchema({ client, signal, deadlineMs: 60_000 }).then(
      () => 'dumped',
      (error: { code?: string }) => error.code ?? String(error),
    );
    expect(['dumped', 'schema-dump-failed']).toContain(outcome);
    const next = await server.connect('extract_plain');
    await next.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { preData } = await dumpSchema({ client: next, signal, deadlineMs: 60_000 });
    expect(preData.toString('utf8')).toContain('CREATE VIEW public.v');
    await client.end();
    await next.end();
  });
});

describe("the name of a child's own NOT NULL, which pg_dump does not quote", () => {
  let newest: PostgresServer;
  beforeAll(async () => {
    newest = await startPostgres({ major: 18 });
  });
  afterAll(() => newest?.stop());

  const backUpWith = async (name: string) => {
    const database = `named_${Buffer.from(name).toString('hex').slice(0, 40)}`;
    await newest.run(`CREATE DATABASE ${database}`);
    await newest.run(
      `CREATE TABLE p (note text); CREATE TABLE k () INHERITS (p); ALTER TABLE k ADD CONSTRAINT "${name}" NOT NULL note`,
      database,
    );
    return await takeBackup(newest.url(database), vault);
  };

  it.each([
    'x NOT NULL note);CREATE TABLE z(a int,CONSTRAINT y',
    'CHECK (true), CONSTRAINT z',
    'a ""quoted"" one',
    "it's",
    'a; b',
    'half (a',
    'a -- b',
    '$a$',
    ' a',
    'a ',
  ])('is refused where it could be SQL: %s', async (name) => {
    await expect(backUpWith(name)).rejects.toMatchObject({
      code: 'source-unquoted-name',
      what: expect.stringContaining('NOT NULL of the column note of public.k'),
    });
  });

  it.each(['Own NOT NULL (of it, too)', 'select', 'ärger über 1+1', 'NOT NULL note NO INHERIT'])(
    'is written in quotes where it is odd: %s',
    async (name) => {
      const { place } = await backUpWith(name);
      const report = await drill({ store: vault.store, place });
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    },
  );
});
