import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { manifestKey } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { type BackupRequest, backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { type Interceptions, intercept } from '../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { copyTextOf, newPlace, type TestVault, testVault } from '../support/vaults.ts';

/** COPY prints by the newest catalog: here somebody changes that while rows are copied under an older snapshot. */
let server: PostgresServer;
let vault: TestVault;
let client: pg.Client;

const EXAMPLE = `
  CREATE TYPE role AS ENUM ('user', 'admin');
  CREATE TYPE place AS (street text, town text);
  CREATE DOMAIN home AS place;
  CREATE FUNCTION tariff() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE VIEW seen AS SELECT 1 AS one;
  CREATE SEQUENCE ticket;
  -- Larger than the others, and so the first; of no type that anybody changes.
  CREATE TABLE ballast AS SELECT g AS id, repeat(md5(g::text), 25) AS t FROM generate_series(1, 20000) g;
  ALTER TABLE ballast ALTER t SET STORAGE EXTERNAL;
  -- Incompressible, so that the vault has its first piece long before the last row is read.
  CREATE TABLE users AS
    SELECT g AS id, CASE WHEN g = 1 THEN 'admin' ELSE 'user' END::role AS role, ARRAY[ROW('High Street', 'Ely')]::home[] AS homes,
           (SELECT string_agg(md5((g * 16 + n)::text), '') FROM generate_series(1, 16) n) AS filler
      FROM generate_series(1, 15000) g;
  CREATE TABLE refers (who regrole, what regproc, relation regclass, named regclass, kind regtype, granted aclitem, config regconfig);
  INSERT INTO refers VALUES ('changing_clerk', 'tariff', 'seen', 'ticket', 'role', 'changing_clerk=r/postgres', 'english')`;

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
  await server.run('CREATE ROLE changing_clerk');
  await server.run('CREATE DATABASE example');
  await server.run(EXAMPLE, 'example');
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

beforeEach(async () => {
  await server.run('CREATE DATABASE app TEMPLATE example');
  client = await server.connect('app');
});
afterEach(async () => {
  await client.end();
  await server.run('DROP DATABASE app WITH (FORCE)');
  await server.run(`DO $$ BEGIN ALTER ROLE changing_scribe RENAME TO changing_clerk;
    EXCEPTION WHEN undefined_object THEN NULL; END $$`);
});

interface Race {
  readonly change: string;
  /** What the notice and the error name. */
  readonly named: string;
}

const RACES: Readonly<Record<string, Race>> = {
  'labels exchanged': {
    change: `BEGIN; ALTER TYPE role RENAME VALUE 'user' TO 'x'; ALTER TYPE role RENAME VALUE 'admin' TO 'user';
      ALTER TYPE role RENAME VALUE 'x' TO 'admin'; COMMIT`,
    named: 'type public.role',
  },
  'a label renamed': { change: `ALTER TYPE role RENAME VALUE 'user' TO 'member'`, named: 'type public.role' },
  'an attribute dropped and added': {
    change: 'ALTER TYPE place DROP ATTRIBUTE town; ALTER TYPE place ADD ATTRIBUTE town text',
    named: 'type public.place',
  },
};

interface Moment {
  /** Makes the hooks that call `change` then. */
  readonly hooks: (change: () => Promise<void>) => Interceptions & Partial<BackupRequest>;
}

const isUsers = (key: string) => key.includes('public.users');
const MOMENTS: Readonly<Record<string, Moment>> = {
  'before the first row': {
    hooks: (change) => ({
      coordinatorOptions: { beforeStep: async (step) => (step === 'done' ? change() : undefined) },
    }),
  },
  'between two tables': {
    hooks: (change) => ({ duringUpload: async (key) => (key.includes('ballast') ? change() : undefined) }),
  },
  'within the copy of a table': {
    hooks: (change) => ({ duringUpload: async (key) => (isUsers(key) ? change() : undefined) }),
  },
  'within a table that is cut': {
    hooks: (change) => ({
      ...{ chunkBytes: 100 * 1024, jobs: 2 },
      // A piece of a table that fits into memory is put whole.
      beforePut: async (key) => (isUsers(key) && key.includes('.0003.') ? change() : undefined),
    }),
  },
  'after the last row': {
    hooks: (change) => ({ beforePut: async (key) => (key.endsWith('/RECOVERY.md') ? change() : undefined) }),
  },
};

/**
 * The look at the schema has been taken, which would notice most changes as well, as long as pg_dump was at work: its session
 * has asked what it had to, and has been silent for a second.
 */
async function schemaIsDumped(): Promise<void> {
  await vi.waitUntil(
    async () => {
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'lifeboat' AND state = 'idle'
           AND query <> 'ROLLBACK' AND state_change < clock_timestamp() - interval '1 second'`,
      );
      return rows[0]?.n > 0;
    },
    { timeout: 120_000 },
  );
}

interface Outcome {
  readonly notices: readonly string[];
  readonly manifest?: Manifest;
  readonly error?: Error;
  readonly changes: number;
}

/** Makes a backup during which `change` is made, at the moment that `hooks` knows, in as many of its tries as are told. */
async function raced(
  hooks: Moment['hooks'],
  change: string | readonly string[],
  tries: number,
  more: Partial<BackupRequest> = {},
): Promise<Outcome> {
  let changes = 0;
  let inThisTry = false;
  const {
    coordinatorOptions,
    chunkBytes,
    jobs = 1,
    ...interceptions
  } = hooks(async () => {
    if (inThisTry || changes >= tries) return;
    inThisTry = true;
    changes += 1;
    if (!coordinatorOptions) await schemaIsDumped();
    for (const one of [change].flat()) await client.query(one);
  });
  const notices: string[] = [];
  const place = newPlace();
  try {
    const result = await backup({
      settings: connectionSettings(server.url('app')),
      store: intercept(vault.store, interceptions),
      ...{ place, jobs },
      ...(coordinatorOptions ? { coordinatorOptions } : {}),
      ...(chunkBytes ? { chunkBytes } : {}),
      observer: {
        onNotice: (notice) => {
          notices.push(notice);
          inThisTry = false;
        },
      },
      ...more,
    });
    if (result.outcome !== 'sealed') throw new Error(result.outcome);
    return { notices, manifest: result.manifest, changes };
  } catch (error) {
    expect(await vault.store.head(manifestKey(place))).toBeUndefined();
    return { notices, error: error as Error, changes };
  }
}

/** What the server prints of a table now, in the settings of a backup. */
async function printedNow(table: string): Promise<string[]> {
  const { rows } = await client
    .query(`SET search_path = ''; SELECT * FROM public.${table} ORDER BY 1; RESET search_path`)
    .then((results) => (results as unknown as pg.QueryResult[])[1] as pg.QueryResult);
  return rows.map((row) => Object.values(row).map(String).join('\t'));
}

async function rolesInBackup(manifest: Manifest): Promise<Map<string, number>> {
  const lines = (await copyTextOf(vault, manifest, 'public', 'users')).toString().trimEnd().split('\n');
  return Map.groupBy(lines, (line) => line.split('\t')[1] ?? '')
    .entries()
    .reduce((counts, [role, some]) => counts.set(role, some.length), new Map<string, number>());
}

async function rolesNow(): Promise<Map<string, number>> {
  const { rows } = await client.query('SELECT role::text AS role, count(*)::int AS n FROM users GROUP BY 1');
  return new Map(rows.map(({ role, n }) => [role, n]));
}

/** Every moment with one change, and every change at one moment: what is changed and when do not depend on each other. */
const WHEN: Readonly<Record<string, readonly string[]>> = {
  'labels exchanged': Object.keys(MOMENTS),
  'a label renamed': ['within the copy of a table'],
  'an attribute dropped and added': ['within a table that is cut'],
};

describe.each(Object.entries(RACES))('%s', (race, { change, named }) => {
  it.each((WHEN[race] ?? []).map((moment) => [moment, MOMENTS[moment] as Moment] as const))(
    '%s: starts over, and seals what one moment shows',
    async (_, { hooks }) => {
      const { notices, manifest, changes } = await raced(hooks, change, 1);
      expect(changes).toBe(1);
      expect(notices).toEqual([
        expect.stringMatching(new RegExp(`${named.replace('.', '\\.')}.* Starting over\\.$`)),
      ]);
      expect(await rolesInBackup(manifest as Manifest)).toEqual(await rolesNow());
      const lines = (await copyTextOf(vault, manifest as Manifest, 'public', 'users')).toString();
      const towns = await client.query('SELECT (homes[1]::place).town AS town FROM users WHERE id = 1');
      expect(lines.includes('Ely')).toBe(towns.rows[0]?.town === 'Ely');
    },
  );
});

it('names what changed when it changes in each try', async () => {
  const exchange = RACES['labels exchanged']?.change ?? '';
  const { error, changes } = await raced(
    MOMENTS['within the copy of a table']?.hooks as Moment['hooks'],
    exchange,
    9,
  );
  expect(changes).toBe(3);
  expect(error).toMatchObject({ code: 'source-schema-changed', kind: 'source' });
  expect(error?.message).toContain('type public.role');
});

it('seals the rows of its snapshot when labels are exchanged once all has been read and looked at', async () => {
  const before = await rolesNow();
  const { notices, manifest, changes } = await raced(
    (change) => ({ beforePut: async (key) => (key.endsWith('manifest.json') ? change() : undefined) }),
    RACES['labels exchanged']?.change ?? '',
    1,
  );
  expect([changes, notices]).toEqual([1, []]);
  expect(await rolesInBackup(manifest as Manifest)).toEqual(before);
  expect(await rolesNow()).not.toEqual(before);
});

const THERE_AND_BACK = `BEGIN; ALTER TYPE role RENAME VALUE 'user' TO 'x'; ALTER TYPE role RENAME VALUE 'admin' TO 'user'; ALTER TYPE role RENAME VALUE 'x' TO 'admin'; COMMIT`;

it.each([
  ['labels exchanged, and exchanged back', `${THERE_AND_BACK}; ${THERE_AND_BACK}`, 'type public.role'],
  [
    'an attribute added and dropped',
    'ALTER TYPE place ADD ATTRIBUTE zip text; ALTER TYPE place DROP ATTRIBUTE zip',
    'type public.place',
  ],
  ['a role renamed', 'ALTER ROLE changing_clerk RENAME TO changing_scribe', 'role changing_clerk'],
  [
    'a role renamed there and back',
    'ALTER ROLE changing_clerk RENAME TO changing_scribe; ALTER ROLE changing_scribe RENAME TO changing_clerk',
    'role changing_clerk',
  ],
  ['a function renamed', 'ALTER FUNCTION tariff() RENAME TO price', 'function public.tariff'],
  ['a function dropped', 'DROP FUNCTION tariff()', 'function public.tariff'],
  [
    'a view renamed there and back',
    'ALTER VIEW seen RENAME TO shown; ALTER VIEW shown RENAME TO seen',
    'relation public.seen',
  ],
  ['a type renamed', 'ALTER TYPE role RENAME TO part', 'type public.role'],
])('starts over for %s', async (_, change, named) => {
  const { notices, manifest, error } = await raced(
    MOMENTS['between two tables']?.hooks as Moment['hooks'],
    change,
    1,
  );
  expect({ error, notices }).toEqual({ error: undefined, notices: [expect.stringContaining(named)] });
  const refers = (await copyTextOf(vault, manifest as Manifest, 'public', 'refers')).toString().trimEnd();
  expect([refers]).toEqual(await printedNow('refers'));
});

it('starts over when a sequence is renamed before its value is read; later a lock keeps its name', async () => {
  const rename = 'ALTER SEQUENCE ticket RENAME TO voucher';
  const { notices, error } = await raced(
    MOMENTS['before the first row']?.hooks as Moment['hooks'],
    rename,
    1,
  );
  expect({ error, notices }).toEqual({
    error: undefined,
    notices: [expect.stringContaining('public.ticket')],
  });
});

it('starts over when the output function of a type is replaced', async () => {
  await client.query(`
    CREATE TYPE label;
    CREATE FUNCTION label_in(cstring) RETURNS label LANGUAGE internal IMMUTABLE STRICT AS 'textin';
    CREATE FUNCTION label_out(label) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
    CREATE TYPE label (INPUT = label_in, OUTPUT = label_out, LIKE = text);
    CREATE TABLE labelled (id int, label label); INSERT INTO labelled VALUES (1, 'plain')`);
  const replace = `CREATE OR REPLACE FUNCTION label_out(label) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout'`;
  const { notices, manifest, error } = await raced(
    MOMENTS['between two tables']?.hooks as Moment['hooks'],
    replace,
    1,
  );
  expect({ error, notices }).toEqual({
    error: undefined,
    notices: [expect.stringContaining('function public.label_out')],
  });
  expect((await copyTextOf(vault, manifest as Manifest, 'public', 'labelled')).toString()).toBe(
    '1\t\\\\x706c61696e\n',
  );
});

it('starts over when schemas exchange their names, and so tables of one name', async () => {
  await client.query(`CREATE SCHEMA blue; CREATE SCHEMA green;
    CREATE TABLE blue.t AS SELECT 'blue' AS v; CREATE TABLE green.t AS SELECT 'green' AS v`);
  const exchange =
    'BEGIN; ALTER SCHEMA blue RENAME TO x; ALTER SCHEMA green RENAME TO blue; ALTER SCHEMA x RENAME TO green; COMMIT';
  const { notices, manifest, error } = await raced(
    MOMENTS['between two tables']?.hooks as Moment['hooks'],
    exchange,
    1,
  );
  expect({ error, notices }).toEqual({
    error: undefined,
    notices: [expect.stringMatching(/schema blue.*schema green/)],
  });
  expect((await copyTextOf(vault, manifest as Manifest, 'blue', 't')).toString()).toBe('green\n');
});

it('starts over when a schema is renamed before its table is read, rather than to say that there is no such table', async () => {
  await client.query("CREATE SCHEMA blue; CREATE TABLE blue.t AS SELECT 'blue' AS v");
  const rename = 'ALTER SCHEMA blue RENAME TO navy';
  const { notices, manifest, error } = await raced(
    MOMENTS['between two tables']?.hooks as Moment['hooks'],
    rename,
    1,
  );
  expect({ error, notices }).toEqual({ error: undefined, notices: [expect.stringMatching(/blue/)] });
  expect((await copyTextOf(vault, manifest as Manifest, 'navy', 't')).toString()).toBe('blue\n');
});

it('does not start over for what changes no row: new objects, a new label, statistics, vacuum, grants', async () => {
  await client.query(
    "CREATE TYPE unused AS ENUM ('a', 'b'); CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one",
  );
  const harmless = [
    "CREATE TABLE more (r role); CREATE TYPE another AS ENUM ('a'); CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "ALTER TYPE role ADD VALUE 'guest'; ALTER TYPE unused RENAME VALUE 'a' TO 'c'",
    'CREATE TEMPORARY TABLE passing (id int); DROP TABLE passing; CREATE INDEX ON ballast (id)',
    'GRANT SELECT ON ballast, users TO changing_clerk; REFRESH MATERIALIZED VIEW kept',
    'ANALYZE',
    'VACUUM',
    'VACUUM FREEZE pg_catalog.pg_type',
    'INSERT INTO ballast VALUES (0)',
  ];
  const outcome = await raced(
    (change) => ({ beforePut: async (key) => (key.endsWith('/RECOVERY.md') ? change() : undefined) }),
    harmless.flatMap((statements) => statements.split('; ')),
    1,
  );
  expect(outcome).toMatchObject({ changes: 1, notices: [] });
  const { manifest } = outcome;
  expect(await rolesInBackup(manifest as Manifest)).toEqual(
    new Map([
      ['admin', 1],
      ['user', 14_999],
    ]),
  );
});
