import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { parseMasks } from '../../lib/engine/masking/rules/masks-file.ts';
import { planRefresh, refresh } from '../../lib/engine/refresh/refresh.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';

/** Every place of a database that a value can hide in; each secret begins with SECRET, and is in no rule that keeps. */
const SCHEMA = `
  CREATE DOMAIN label AS text; CREATE DOMAIN labels AS label[];
  CREATE TYPE pair AS (a text, b int);
  CREATE TABLE "we""ird. name" ("co""l.umn" text, id int PRIMARY KEY, doubled text GENERATED ALWAYS AS ("co""l.umn" || '!') STORED);
  INSERT INTO "we""ird. name" SELECT 'SECRET weird ' || n, n FROM generate_series(1, 50) n;
  CREATE INDEX ON "we""ird. name" (upper("co""l.umn"));
  CREATE TABLE parent (id int, name label); CREATE TABLE child (extra text) INHERITS (parent);
  INSERT INTO parent VALUES (1, 'SECRET parent'); INSERT INTO child VALUES (2, 'SECRET child', E'SECRET\\textra\\n\\\\N');
  CREATE TABLE parts (id int, name text, ip text) PARTITION BY LIST (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE parts_rest (ip text, name text, id int);
  ALTER TABLE parts ATTACH PARTITION parts_rest DEFAULT;
  INSERT INTO parts VALUES (1, 'SECRET part', '10.0.0.1'), (7, 'SECRET rest', E'10.0.0.1\\nSECRET line'), (8, 'SECRET 8', 'SECRET-laptop');
  CREATE TABLE odd (id int, list labels, grid text[][], bounds text[], whole pair, doc jsonb, plain json, handle text, gone text, raw bytea, "NULL" text);
  INSERT INTO odd VALUES (1, '{SECRET,"SECRET, \\"two\\"",NULL,"NULL"}', '{{SECRET,a},{b,"SECRET c"}}', '[3:4]={SECRET,x}', ROW('SECRET pair', 1),
    '{"a": {"SECRET": "kept key"}, "b": [{"m": "SECRET b"}, {"m": ["SECRET", {"x": "SECRET"}]}], "n": 1}', '{"m": "SECRET once", "m": "SECRET twice"}',
    '@SECRET-handle', 'SECRET gone', 'SECRET bytes', '\\N');
  ALTER TABLE odd DROP COLUMN gone;
  CREATE MATERIALIZED VIEW seen AS SELECT name FROM parts UNION ALL SELECT name FROM parent; CREATE INDEX ON seen (name);
  CREATE STATISTICS together ON id, name FROM parent; CREATE TABLE hidden (a text); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
  INSERT INTO hidden VALUES ('SECRET hidden'); CREATE UNLOGGED TABLE fast (a text); INSERT INTO fast VALUES ('SECRET fast');
  SELECT lo_from_bytea(0, 'SECRET large object'); ANALYZE`;

const TABLES = {
  'public.we"ird. name': { 'co"l.umn': 'hash', id: 'keep' },
  'public.parent': { id: 'keep', name: 'hash' },
  'public.child': { id: 'keep', name: 'hash', extra: { partial: 'last4' } },
  'public.parts': { id: 'keep', name: { fake: 'name' }, ip: { partial: 'network' } },
  'public.odd': {
    ...{ id: 'keep', list: 'hash', grid: { fake: 'words' }, bounds: { partial: 'last4' }, whole: 'null' },
    ...{ doc: { json: { a: 'hash', 'b.*.m': 'hash' } }, plain: { json: { m: { fixed: 'x' } } } },
    ...{ handle: { partial: 'domain' }, raw: 'hash', NULL: 'hash' },
  },
  'public.hidden': { a: 'hash' },
  'public.fast': { a: { fake: 'company' } },
};

let production: PostgresServer;
let staging: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  // Nothing is compressed, so that every value can be seen in the files.
  const settings = { default_toast_compression: "'pglz'", wal_compression: 'off', wal_level: 'logical' };
  [production, staging, vault] = await Promise.all([
    startPostgres({ major: 17 }),
    startPostgres({ major: 17, settings }),
    testVault(),
  ]);
  await production.run('CREATE DATABASE shop');
  await production.run(SCHEMA, 'shop');
});
afterAll(async () => {
  await Promise.all([production?.stop(), staging?.stop()]);
  vault?.remove();
});

const asked = async (tables: unknown) => ({
  ...{ store: vault.store, place: (await takeBackup(production.url('shop'), vault)).place },
  ...{ settings: connectionSettings(staging.url('shop')), key: 'a key that is long enough' },
  masks: parseMasks(JSON.stringify({ version: 1, tables })),
  ...{ intoExisting: false, keepsFormer: false, unproven: true, signal: new AbortController().signal },
});

it('leaves no value of production in any file of the staging server: tables, indexes, statistics, WAL', async () => {
  const report = await refresh(await asked(TABLES));
  const differing = report.restore.items.filter(({ verdict }) => verdict === 'differs');
  expect([report.scan.findings, differing, report.outcome]).toEqual([[], [], 'refreshed']);
  const client = await staging.connect('shop');
  const [one] = (await client.query('SELECT * FROM odd')).rows;
  expect(one).toMatchObject({ whole: null, plain: { m: 'x' }, doc: { n: 1 } });
  expect((await client.query('SELECT count(*)::int AS n FROM pg_largeobject')).rows).toEqual([{ n: 0 }]);
  await client.query('ANALYZE');
  await client.query('CHECKPOINT');
  expect(filesWith('SECRET')).toEqual([]);
  // The search finds what is there.
  await client.query("INSERT INTO hidden VALUES ('SE' || 'CRET'); CHECKPOINT");
  expect(filesWith('SECRET')).not.toEqual([]);
});

/** One grep for all files: it ends with 1 if it finds nothing. */
function filesWith(text: string): string[] {
  const { status, stdout } = spawnSync('grep', ['-rla', text, staging.dataDirectory], { encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(`grep ended with ${status}`);
  return stdout.split('\n').filter(Boolean);
}

it('stops at a column that was renamed, at a table that is new, and at a child that inherits', async () => {
  await production.run(
    "ALTER TABLE parent RENAME name TO title; CREATE TABLE fresh (a text); INSERT INTO fresh VALUES ('SECRET'); CREATE TABLE heir () INHERITS (parent); INSERT INTO heir VALUES (1, 'SECRET')",
    'shop',
  );
  const failure: unknown = await planRefresh(await asked(TABLES)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'masks-undecided' });
  for (const name of ['parent.title', 'child.title', 'heir.id', 'heir.title', 'fresh.a'])
    expect(String(failure)).toContain(`public.${name}`);
});

it('does not take one table for another whose name reads alike', async () => {
  await production.run(
    'CREATE SCHEMA a; CREATE TABLE a."b.c" (x text); CREATE SCHEMA "a.b"; CREATE TABLE "a.b".c (x text); INSERT INTO a."b.c" VALUES (1); INSERT INTO "a.b".c VALUES (2)',
    'shop',
  );
  const tables = {
    ...TABLES,
    ...{ 'public.fresh': 'exclude', 'public.heir': 'exclude' },
    'public.parent': { id: 'keep', title: 'hash' },
    'public.child': { id: 'keep', title: 'hash', extra: 'hash' },
    'a.b.c': { x: 'keep' },
  };
  await expect(planRefresh(await asked(tables))).rejects.toMatchObject({
    code: 'masks-unfit',
    message: expect.stringContaining('two tables are called so'),
  });
});
