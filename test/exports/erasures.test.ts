import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addErasure, listErasures, planRestore } from '../../lib/api/index.ts';
import type { BackupPlace } from '../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { parseMasks } from '../../lib/engine/masking/rules/masks-file.ts';
import { refresh } from '../../lib/engine/refresh/refresh.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { lifeboat } from '../unit/cli/command-line.ts';

const SCHEMA = `
  CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, boss int REFERENCES users ON DELETE SET NULL);
  INSERT INTO users SELECT g, 'person' || g || E'@x.org\\t', CASE WHEN g > 3 THEN 3 END FROM generate_series(1, 500) g;
  CREATE TABLE orders (id int, user_id int REFERENCES users ON DELETE CASCADE, PRIMARY KEY (id, user_id)) PARTITION BY RANGE (id);
  CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (600);
  CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (600) TO (2000);
  INSERT INTO orders SELECT g, (g - 1) % 500 + 1 FROM generate_series(1, 1000) g;
  CREATE TABLE lines (order_id int, user_id int, what text, FOREIGN KEY (order_id, user_id) REFERENCES orders ON DELETE CASCADE);
  INSERT INTO lines SELECT id, user_id, 'line' FROM orders;
  CREATE TABLE logins (mail text REFERENCES users (email) ON UPDATE CASCADE ON DELETE SET NULL, at date);
  INSERT INTO logins SELECT email, '2026-01-01' FROM users;
  CREATE TABLE invoices (id int PRIMARY KEY, user_id int CONSTRAINT invoices_user REFERENCES users);
  INSERT INTO invoices VALUES (1, 7), (2, 8);
  CREATE TABLE alone (user_id int); INSERT INTO alone VALUES (3);
  CREATE MATERIALIZED VIEW mails AS SELECT count(*) AS n FROM users;`;

let server: PostgresServer;
let vault: TestVault;
let directory: string;
beforeAll(async () => {
  [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-erasures-'));
  await server.run('CREATE DATABASE shop');
  await server.run(SCHEMA, 'shop');
  await takeBackup(server.url('shop'), vault);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function run(...argv: string[]) {
  return await lifeboat([...argv, '--vault', vault.directory], { directory, now: () => new Date() });
}
async function add(where: string, ...more: string[]) {
  return await run(
    'erasures',
    'add',
    '--table',
    'public.users',
    '--where',
    where,
    '--reason',
    'request 17',
    ...more,
  );
}
async function restore(database: string, ...more: string[]) {
  const target = ['--target', server.url(database), '--create-database', '--unproven', '--yes', database];
  const ran = await run('restore', ...target, '--json', ...more);
  return { ...ran, json: ran.stdout === '' ? undefined : JSON.parse(ran.stdout) };
}
async function ask(database: string, sql: string): Promise<unknown> {
  const client = await server.connect(database);
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  await client.end();
  return (rows as unknown[][])[0]?.[0];
}
const erasureFiles = () => vault.files().filter((file) => file.startsWith('erasures/'));

it('keeps digests of keys, and no key nor person', async () => {
  expect(await add("email = 'nobody'")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('erasure-no-rows'),
  });
  const added = await add('id = 3', '--by', 'ada');
  expect(added, added.stderr).toMatchObject({ exitCode: 0 });
  expect(added.stdout).toContain('test: 1 row of public.users, by id: now on the list.');
  const [file, ...others] = erasureFiles();
  expect(others).toEqual([]);
  const text = readFileSync(join(vault.directory, String(file)), 'utf8');
  expect(text).not.toContain('person3');
  expect(JSON.parse(text)).toMatchObject({ key: ['id'], reason: 'request 17', by: 'ada', source: 'test' });
  expect((await add('id = 3')).stdout).toContain('on the list already');
  expect(erasureFiles()).toHaveLength(1);
  expect((await run('erasures', 'list')).stdout).toMatch(/test +public\.users +1 .* ada +request 17/);
});

it('leaves them out of a restore, with what deletions take along, and proves the rest row for row', async () => {
  const dry = await restore('not_made', '--dry-run');
  expect(dry.json.plan.erased).toEqual([
    { table: 'public.lines', leftOut: 2, emptied: 0 },
    { table: 'public.logins', leftOut: 0, emptied: 1 },
    { table: 'public.orders_1', leftOut: 2, emptied: 0 },
    { table: 'public.users', leftOut: 1, emptied: 497 },
  ]);
  const { json, exitCode, stderr } = await restore('whole');
  expect(exitCode, stderr).toBe(0);
  expect(json).toMatchObject({ outcome: 'restored', totals: { differing: 0 }, erased: dry.json.plan.erased });
  expect(json.notes.join('\n')).toContain('public.lines: 2 rows left out, excused by erasure');
  expect(await ask('whole', 'SELECT count(*) FROM users WHERE id = 3 OR boss = 3')).toBe('0');
  expect(await ask('whole', 'SELECT count(*) FROM orders')).toBe('998');
  expect(await ask('whole', 'SELECT count(*) FROM logins WHERE mail IS NULL')).toBe('1');
  expect(await ask('whole', 'SELECT n FROM mails')).toBe('499');
  // No foreign key says that this row is of the person's.
  expect(await ask('whole', 'SELECT count(*) FROM alone')).toBe('1');
});

it('leaves them out of one table under another name, and of a masked refresh', async () => {
  const partly = [
    '--target',
    server.url('whole'),
    '--unproven',
    '--yes',
    'whole',
    '--into-existing',
    '--no-safety-backup',
  ];
  const ran = await run('restore', ...partly, '--table', 'public.users', '--as', 'users_then');
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(ran.stdout).toContain('public.users: 1 row left out, 497 rows without the reference');
  expect(await ask('whole', 'SELECT count(*) FROM users_then')).toBe('499');
  const kept = (...columns: string[]) => Object.fromEntries(columns.map((column) => [column, 'keep']));
  const masks = parseMasks(
    JSON.stringify({
      version: 1,
      tables: {
        'public.users': { ...kept('id', 'boss'), email: { fake: 'email' } },
        'public.orders': kept('id', 'user_id'),
        'public.lines': kept('order_id', 'user_id', 'what'),
        'public.logins': { mail: { fake: 'email' }, at: 'keep' },
        ...{ 'public.invoices': kept('id', 'user_id'), 'public.alone': 'exclude' },
      },
    }),
  );
  const { place } = await newest();
  const report = await refresh({
    ...{
      store: vault.store,
      place,
      masks,
      settings: connectionSettings(server.url('staging')),
      unproven: true,
    },
    ...{ key: 'a'.repeat(40), source: undefined, keepsFormer: false, signal: new AbortController().signal },
  } as unknown as Parameters<typeof refresh>[0]);
  expect(report.outcome).toBe('refreshed');
  expect(await ask('staging', 'SELECT count(*) FROM users')).toBe('499');
});

it('does not bring them back with --rows', async () => {
  const rows = async (...more: string[]) => {
    await ask('whole', 'DELETE FROM users WHERE id = 20');
    const argv = [
      '--rows',
      '--table',
      'users',
      '--target',
      server.url('whole'),
      '--yes',
      'whole',
      '--overwrite',
    ];
    const ran = await run('restore', ...argv, '--json', ...more);
    expect(ran, ran.stderr + ran.stdout).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain('public.users: 1 row left out');
    expect(JSON.parse(ran.stdout).tables).toMatchObject([{ inserted: 1, overwritten: 0 }]);
    expect(await ask('whole', 'SELECT count(*) FROM users WHERE id IN (3, 20)')).toBe('1');
  };
  await rows();
  await rows('--where', 'id IN (3, 20)');
});

async function newest() {
  const { listBackups } = await import('../../lib/engine/archive/listing.ts');
  const { backups } = await listBackups(vault.store, { source: 'test' }, {});
  const [first] = backups;
  if (!first) throw new Error('no backup');
  return first;
}

it('refuses before anything is changed when others refer to them, and takes the choice of a person', async () => {
  expect(await add('id = 7')).toMatchObject({ exitCode: 0 });
  const refused = await restore('refused');
  expect(refused.exitCode).toBe(2);
  expect(refused.stdout).toMatch(
    /1 row of public\.invoices refers to erased rows of public\.users .* invoices_user/,
  );
  expect(await ask('postgres', "SELECT count(*) FROM pg_database WHERE datname = 'refused'")).toBe('0');
  const followed = await restore('followed', '--erase-followers');
  expect(followed, followed.stderr).toMatchObject({ exitCode: 0 });
  expect(await ask('followed', 'SELECT count(*) FROM invoices')).toBe('1');
  const kept = await restore('kept', '--keep-erased');
  expect(kept, kept.stderr).toMatchObject({ exitCode: 0, json: { erased: [] } });
  expect(kept.json.notes.join('\n')).toContain('--keep-erased');
  expect(await ask('kept', 'SELECT count(*) FROM users')).toBe('500');
});

it('refuses a list with a damaged entry, because somebody could come back', async () => {
  const [file] = erasureFiles();
  const path = join(vault.directory, String(file));
  const before = readFileSync(path);
  writeFileSync(path, before.subarray(0, 100));
  expect(await restore('damaged')).toMatchObject({
    exitCode: 5,
    stdout: expect.stringContaining('erasure-damaged'),
  });
  expect((await restore('damaged', '--keep-erased', '--dry-run')).exitCode).toBe(0);
  writeFileSync(path, before);
});

it('find --follow counts what refers to somebody, however far', async () => {
  const ran = await run('find', '--table', 'public.users', '--where', 'id = 3', '--follow', '--json');
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  // All others have 3 for a boss, and so everything belongs to them.
  expect(JSON.parse(ran.stdout).followed).toMatchObject([
    {
      tables: expect.arrayContaining([
        { table: 'public.orders', rows: 996 },
        { table: 'public.users', rows: 498 },
      ]),
    },
  ]);
  const text = (await run('find', '--table', 'public.users', '--where', 'id = 499', '--follow')).stdout;
  expect(text).toContain('public.lines 2, public.logins 1, public.orders 2, public.users 1');
});

describe('a vault of its own', () => {
  let other: TestVault;
  const night = (day: number): BackupPlace => ({
    ...{ retentionClass: 'daily', source: 'test', backupId: `2026110${day}T020000Z` },
  });
  const inOther = (...argv: string[]) =>
    lifeboat([...argv, '--vault', other.directory], { directory, now: () => new Date() });
  beforeAll(async () => {
    other = await testVault();
    await server.run('CREATE DATABASE club');
    await server.run(
      `CREATE TABLE people (id int PRIMARY KEY, mail text, "user" text);
       CREATE TABLE vips (since date) INHERITS (people);
       CREATE TABLE visits (person int REFERENCES people ON DELETE CASCADE);
       INSERT INTO people VALUES (1, 'ada@x.org', 'ada'), (2, 'bob@x.org', 'bob');
       INSERT INTO vips VALUES (3, 'ada@x.org', 'ada', '2026-01-01');
       INSERT INTO visits VALUES (1), (1), (1), (2)`,
      'club',
    );
    await takeBackup(server.url('club'), other, { place: night(1) });
    await server.run('ALTER TABLE people RENAME TO members', 'club');
    await takeBackup(server.url('club'), other, { place: night(2) });
    await server.run(
      "ALTER TABLE members RENAME id TO number; DELETE FROM visits WHERE ctid = '(0,1)'",
      'club',
    );
    await takeBackup(server.url('club'), other, { place: night(3) });
  });
  afterAll(() => other?.remove());

  it('says where rows may be that were not searched: under a former name of the table, and in tables that inherit from it', async () => {
    const { stdout } = await inOther('find', '--table', 'public.members', '--where', "mail = 'ada@x.org'");
    expect(stdout).toContain('in 2 of 3 backups');
    expect(stdout).toMatch(/1 backup \(daily\/test\/20261101T020000Z\) has no table public.members/);
    expect(stdout).toContain('public.vips inherits from public.members, and was not searched');
  });

  it('searches the backups that have a column, and says which ones do not', async () => {
    const where = ['--table', 'public.members', '--where', 'number = 1'];
    const { stdout } = await inOther('find', ...where);
    expect(stdout).toContain('in 1 of 3 backups');
    expect(stdout).toContain(
      '1 backup (daily/test/20261102T020000Z) was not searched: public.members has no column number.',
    );
    const { backups } = JSON.parse((await inOther('find', ...where, '--json')).stdout);
    expect(backups.map(({ state }: { state: string }) => state)).toEqual([
      'searched',
      'no-column',
      'no-table',
    ]);
  });

  it('does not take a word of SQL for the column of the same name', async () => {
    for (const command of [['find'], ['erasures', 'add', '--reason', 'request 18']]) {
      const ran = await inOther(...command, '--table', 'public.members', '--where', "user = 'ada'");
      expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('find-column-unquoted') });
    }
    const found = await inOther('find', '--table', 'public.members', '--where', `"user" = 'ada'`);
    expect(found.stdout).toContain('in 2 of 3 backups');
  });

  it('follows foreign keys anew where other rows refer to the same one', async () => {
    const where = ['--table', 'public.members', '--where', "mail = 'ada@x.org'", '--follow', '--json'];
    const { followed } = JSON.parse((await inOther('find', ...where)).stdout);
    const visits = followed.map(
      ({ tables }: { tables: Array<{ table: string; rows: number }> }) =>
        tables.find(({ table }) => table === 'public.visits')?.rows,
    );
    expect(visits).toEqual([2, 3]);
  });

  it('erases a row by each name that its key had, says what a backup has under another name, and lets a copy know', async () => {
    const url = pathToFileURL(other.directory).href;
    const report = await addErasure({
      ...{ vault: url, table: 'public.members', where: "mail = 'ada@x.org'" },
      ...{ reason: 'request 18', by: 'somebody' },
    });
    expect(report.added.flatMap(({ key }) => key).toSorted()).toEqual(['id', 'number']);
    expect(report).toMatchObject({
      ...{ withoutTable: [expect.any(String)], inheritingNotSearched: ['public.vips'], unreadable: [] },
    });
    expect(await listErasures({ vault: url, name: 'test' })).toEqual(
      expect.arrayContaining(
        report.added.map(({ object, key }) =>
          expect.objectContaining({ object, key, rows: 1, reason: 'request 18', by: 'somebody' }),
        ),
      ),
    );
    const whole = { vault: url, target: server.url('club_whole'), createDatabase: true, unproven: true };
    expect((await planRestore(whole)).erased).toEqual([
      { table: 'public.members', leftOut: 1, emptied: 0 },
      { table: 'public.visits', leftOut: 2, emptied: 0 },
    ]);
    expect((await planRestore({ ...whole, keepErased: true })).erased).toEqual([]);
    const { backups } = JSON.parse((await inOther('list', '--json')).stdout);
    const names = backups.map(({ name }: { name: string }) => name);
    expect(names).toHaveLength(3);
    const copy = await testVault();
    const copied = await inOther('copy', '--all', '--to', copy.directory);
    expect(copied.stdout).toContain('List of erasures of test: copied, 2 entries.');
    const again = await inOther('copy', names[0], '--to', copy.directory, '--json');
    expect(JSON.parse(again.stdout).erasures).toEqual([
      { source: 'test', outcome: 'already-there', entries: 0 },
    ]);
    for (const [at, name] of names.entries()) {
      const target = ['--target', server.url(`club_${at}`), '--create-database', '--unproven', '--dry-run'];
      const plan = await lifeboat(['restore', name, '--vault', copy.directory, ...target], {
        directory,
        now: () => new Date(),
      });
      expect(plan, plan.stderr).toMatchObject({ exitCode: 0 });
      expect(plan.stdout).toContain(
        at < 2 ? 'public.members: 1 row left out' : 'this backup has no table of that name',
      );
    }
    copy.remove();
  });
});
