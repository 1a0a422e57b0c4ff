import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { type Masks, parseMasks } from '../../../lib/engine/masking/rules/masks-file.ts';
import { proposalFor } from '../../../lib/engine/refresh/proposal.ts';
import { planRefresh, refresh } from '../../../lib/engine/refresh/refresh.ts';
import type { RefreshRequest } from '../../../lib/engine/refresh/refresh-request.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const SCHEMA = `
  CREATE DOMAIN mail AS varchar(60) CHECK (VALUE LIKE '%@%');
  CREATE TABLE users (id int PRIMARY KEY, email mail NOT NULL UNIQUE, name text, code varchar(8), tags text[], facts jsonb, born date,
    lowered text GENERATED ALWAYS AS (lower(email)) STORED);
  INSERT INTO users SELECT n, 'Person.' || n || '@secret' || n || '.org', CASE WHEN n % 7 > 0 THEN E'Na\\tme ' || n || '\\\\x' END, 'c' || n, ARRAY['call 0900-' || n, NULL, 'x"y'],
    jsonb_build_object('mail', 'person' || n || '@secret.org', 'n', 12345678901234567890, 'list', jsonb_build_array(jsonb_build_object('ip', '10.1.2.' || n % 255))), '1980-05-05'::date + n FROM generate_series(1, 300) n;
  CREATE TABLE orders (id int PRIMARY KEY, email mail REFERENCES users (email), amount numeric) PARTITION BY RANGE (id);
  CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (200);
  CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (200) TO (1000);
  INSERT INTO orders SELECT id, email, id FROM users;
  CREATE TABLE notes (id int PRIMARY KEY, body text);
  INSERT INTO notes VALUES (1, 'nothing'), (2, 'wrote to Person.17@secret17.org, twice');
  CREATE TABLE sessions (token text, user_id int REFERENCES users);
  INSERT INTO sessions SELECT 'token-' || id, id FROM users;
  CREATE MATERIALIZED VIEW mails AS SELECT email FROM users;
  CREATE TABLE empty (secret text)`;

const ROLES = {
  id: 'keep',
  email: { fake: 'email' },
  name: { fake: 'name' },
  code: 'hash',
  tags: { partial: 'last4' },
  facts: { json: { mail: { fake: 'email' }, 'list.*.ip': { partial: 'network' } } },
  born: { partial: 'year' },
} as const;
const MASKS = {
  version: 1,
  tables: {
    'public.users': ROLES,
    'public.orders': { id: 'keep', email: { fake: 'email' }, amount: 'keep' },
    'public.notes': { id: 'keep', body: { fake: 'text' } },
    'public.sessions': 'exclude',
  },
} as const;

const TABLES = MASKS.tables as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let server: PostgresServer;
let vault: TestVault;
let place: BackupPlace;

beforeAll(async () => {
  [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
  await server.run('CREATE DATABASE shop');
  await server.run(SCHEMA, 'shop');
  ({ place } = await takeBackup(server.url('shop'), vault));
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

function asked(database: string, masks: unknown = MASKS): RefreshRequest {
  return {
    store: vault.store,
    place,
    settings: connectionSettings(server.url(database)),
    masks: parseMasks(JSON.stringify(masks)),
    key: 'a key that is long enough',
    intoExisting: false,
    keepsFormer: false,
    unproven: true,
    signal: new AbortController().signal,
  };
}

async function rows(database: string, sql: string): Promise<unknown[][]> {
  const client = await server.connect(database);
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
  } finally {
    await client.end();
  }
}

const databases = async () =>
  (await rows('postgres', 'SELECT datname FROM pg_database ORDER BY 1'))
    .flat()
    .filter((name) => /^stag/.test(String(name)));

describe('a refresh', () => {
  it('takes the place of staging with masked rows, joins as before, and staging’s own grants and settings', async () => {
    await server.run('CREATE DATABASE staging');
    await server.run("CREATE ROLE reader; ALTER DATABASE staging SET work_mem = '5MB'");
    await server.run(
      'CREATE TABLE users (id int); GRANT SELECT ON users TO reader; CREATE TABLE stale (a int)',
      'staging',
    );
    const connected = await server.connect('staging');
    connected.on('error', () => {});
    const report = await refresh({
      ...asked('staging'),
      runAfter: "UPDATE notes SET body = 'run after' WHERE id = 1",
    });
    expect(report).toMatchObject({ outcome: 'refreshed', scan: { findings: [] } });
    expect(report.scan.samples).toBeGreaterThan(300);
    // Nothing of the source's is left, in whatever column or view.
    const everything = await rows(
      'staging',
      'SELECT u::text, o::text, n::text, m::text FROM users u JOIN orders o USING (id) LEFT JOIN notes n USING (id) LEFT JOIN mails m ON m.email = u.email',
    );
    expect(everything).toHaveLength(300);
    expect(
      /secret|Na.{0,2}me \d|0900|10\.1\.2\.[1-9]|,c\d{1,3},/.exec(JSON.stringify(everything))?.[0],
    ).toBeUndefined();
    const [facts] = await rows(
      'staging',
      `SELECT count(*)::int, count(DISTINCT u.email)::int, count(name)::int, count(*) FILTER (WHERE lowered = lower(u.email))::int,
              count(*) FILTER (WHERE facts->>'n' = '12345678901234567890' AND facts->>'mail' LIKE '%@example.com')::int,
              count(*) FILTER (WHERE tags[2] IS NULL AND cardinality(tags) = 3)::int, max(length(code)), min(born)::text
         FROM users u JOIN orders o ON o.email = u.email JOIN mails m ON m.email = u.email`,
    );
    expect(facts).toEqual([300, 300, 258, 300, 300, 300, 8, '1980-01-01']);
    expect(await rows('staging', 'SELECT body FROM notes WHERE id = 1')).toEqual([['run after']]);
    expect(await rows('staging', 'SELECT count(*)::int FROM sessions')).toEqual([[0]]);
    expect(
      await rows(
        'staging',
        "SELECT has_table_privilege('reader', 'users', 'SELECT'), to_regclass('stale')::text, current_setting('work_mem')",
      ),
    ).toEqual([[true, null, '5MB']]);
    expect(await databases()).toEqual(['staging']);
  });

  it('masks alike with the same key, and keeps the former database if it is asked to', async () => {
    const before = await rows('staging', 'SELECT id, email, name, code FROM users ORDER BY id');
    const report = await refresh({ ...asked('staging'), keepsFormer: true });
    expect(report.former).toBe('staging_lifeboat_old');
    expect(await rows('staging', 'SELECT id, email, name, code FROM users ORDER BY id')).toEqual(before);
    expect(await databases()).toEqual(['staging', 'staging_lifeboat_old']);
  });

  it('leaves staging as it was when a kept column holds a masked value', async () => {
    const masks = { ...MASKS, tables: { ...MASKS.tables, 'public.notes': { id: 'keep', body: 'keep' } } };
    const before = await rows(
      'staging',
      'SELECT oid::int FROM pg_database WHERE datname = current_database()',
    );
    const report = await refresh(asked('staging', masks));
    expect(report).toMatchObject({
      outcome: 'refused',
      scan: { findings: [{ where: 'public.notes.body', rows: 1, isChance: false }] },
    });
    expect(JSON.stringify(report)).not.toContain('secret17');
    expect(
      await rows('staging', 'SELECT oid::int FROM pg_database WHERE datname = current_database()'),
    ).toEqual(before);
    expect(await databases()).not.toContain('staging_lifeboat_new');
    const allowed = await refresh(asked('staging', { ...masks, mayHold: ['public.notes.body'] }));
    expect(allowed.outcome).toBe('refreshed');
  });

  it('goes into the database that is there, if nobody may exchange it', async () => {
    const report = await refresh({ ...asked('staging'), intoExisting: true });
    expect(report.outcome).toBe('refreshed');
    expect(JSON.stringify(await rows('staging', 'SELECT u::text FROM users u')).includes('secret')).toBe(
      false,
    );
  });
});

describe('it refuses', () => {
  const without = (table: string, column: string) => {
    const { [column]: _, ...rest } = TABLES[table] ?? {};
    return { ...MASKS, tables: { ...MASKS.tables, [table]: rest } };
  };
  const withRule = (table: string, column: string, rule: unknown) => ({
    ...MASKS,
    tables: {
      ...MASKS.tables,
      [table]: { ...TABLES[table], [column]: rule },
    },
  });
  it.each<[string, string, unknown, string, RegExp]>([
    [
      'a column that nobody decided about',
      'staging',
      without('public.users', 'code'),
      'masks-undecided',
      /public\.users\.code/,
    ],
    ['the source', 'shop', MASKS, 'target-is-source', /shop/],
    [
      'a database that is called production',
      'shop_production',
      MASKS,
      'refresh-target-is-production',
      /"targets"/,
    ],
    [
      'a target that the masks are not for',
      'staging',
      { ...MASKS, targets: ['other'] },
      'refresh-target-not-listed',
      /other/,
    ],
    [
      'a rule that a unique column does not allow',
      'staging',
      withRule('public.users', 'email', { fixed: 'a@b' }),
      'masks-unfit',
      /users\.email: it is unique/,
    ],
    [
      'a reference that is masked in another way',
      'staging',
      withRule('public.orders', 'email', 'hash'),
      'masks-unfit',
      /needs the rule of/,
    ],
    [
      'NULL for a column that is NOT NULL',
      'staging',
      withRule('public.users', 'email', 'null'),
      'masks-unfit',
      /NOT NULL/,
    ],
    [
      'a rule that a type does not allow',
      'staging',
      withRule('public.users', 'born', { fake: 'email' }),
      'masks-unfit',
      /type date/,
    ],
  ])('%s', async (_, database, masks, code, says) => {
    const failure: unknown = await planRefresh(asked(database, masks)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  it('to begin without a key', async () => {
    await expect(planRefresh({ ...asked('staging'), key: undefined })).rejects.toMatchObject({
      code: 'refresh-key-missing',
    });
  });
});

it('proposes a file that decides about every column, and that works', async () => {
  const masks: Masks = await proposalFor(vault.store, place, new AbortController().signal);
  expect(masks.tables['public.users']).toMatchObject({ id: 'keep', name: { fake: 'name' } });
  expect(masks.tables).not.toHaveProperty('public.orders_1');
  const plan = await planRefresh(asked('staging', masks));
  expect(plan.columns.masked).toBeGreaterThan(7);
});
