import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { type Manifest, MOST_SHARED_BYTES } from '../../../lib/engine/archive/manifest.ts';
import { rowsObjects } from '../../../lib/engine/archive/stored-objects.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { copyTextOf, newPlace, type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';
import { hashOf, oneValue } from '../restore/restore-world.ts';

const missing = missingPrograms('restore.sh of tables that share files', ['psql', 'zstd']);

/** Small tables, and what seems to be one: its row takes 36 kB of the server and 3 MB of text. */
const SCHEMA = `
  DO $$ BEGIN
    FOR i IN 1..30 LOOP
      EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, v text)', i);
      EXECUTE format('INSERT INTO t%s SELECT g, md5((g * %s)::text) FROM generate_series(1, %s) g', i, i, i * 10);
    END LOOP;
  END $$;
  CREATE TABLE users (id int PRIMARY KEY, name text);
  INSERT INTO users SELECT g, 'user ' || g FROM generate_series(1, 50) g;
  CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users ON DELETE CASCADE);
  INSERT INTO orders SELECT g, 1 + g % 50 FROM generate_series(1, 200) g;
  CREATE TABLE empty (id int);
  CREATE TABLE bare (); INSERT INTO bare SELECT FROM generate_series(1, 3);
  CREATE TABLE "odd; name'@1+2" (a text); INSERT INTO "odd; name'@1+2" VALUES (E'line\\nfeed'), (NULL), ('');
  CREATE TABLE packed (a text); INSERT INTO packed VALUES (repeat('x', 3000000));
  CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (100);
  INSERT INTO parts SELECT g, g FROM generate_series(0, 99) g;`;

let server: PostgresServer;
let vault: TestVault;
let place: BackupPlace;
let manifest: Manifest;
beforeAll(async () => {
  [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
  await server.run('CREATE DATABASE shop');
  await server.run(SCHEMA, 'shop');
  ({ place, manifest } = await takeBackup(server.url('shop'), vault));
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

const run = async (...argv: string[]) => {
  const directory = vault.directory;
  return await lifeboat([...argv, '--vault', directory], { directory, now: () => new Date() });
};
const tableNamed = (name: string) => {
  const table = manifest.tables.find((one) => one.name === name);
  if (!table) throw new Error(`${name} is not in the manifest`);
  return table;
};
const shared = () => rowsObjects(manifest).filter(({ chunks }) => chunks[0].part);

describe('many small tables', () => {
  it('share few objects, and what is larger than it seemed has its own', async () => {
    expect(manifest.format).toBe(2);
    expect(shared().length).toBeGreaterThan(0);
    expect(shared().length).toBeLessThan(5);
    for (const { chunks } of shared()) expect(chunks.at(-1)?.part?.to).toBeLessThan(MOST_SHARED_BYTES);
    const alone = rowsObjects(manifest).filter(({ chunks }) => !chunks[0].part);
    expect(alone).toEqual([expect.objectContaining({ chunks: tableNamed('packed').chunks })]);
    expect(tableNamed('empty').chunks).toEqual([]);
    expect(await copyTextOf(vault, manifest, 'public', 't7')).toHaveLength(tableNamed('t7').rawBytes);
    expect((await copyTextOf(vault, manifest, 'public', 'bare')).toString()).toBe('\n\n\n');
  });

  it('are intact to verify, count each object once, and are compared row for row', async () => {
    const { stdout } = await run('verify', 'latest', '--name', 'test', '--json');
    const { verdict, totals } = JSON.parse(stdout);
    expect(verdict).toBe('intact');
    expect(totals.objects).toBe(manifest.objects.length + rowsObjects(manifest).length);
    expect(totals.readBytes).toBe(manifest.totals.storedBytes);
    const drilled = await run('drill', 'latest', '--name', 'test', '--json');
    expect(JSON.parse(drilled.stdout)).toMatchObject({
      verdict: 'proven',
      totals: { rows: manifest.totals.rows },
    });
  });

  it('count the rows that refer to found ones', async () => {
    const found = await run('find', '--table', 'public.users', '--where', 'id = 7', '--follow', '--json');
    expect(found.stderr).toBe('');
    expect(JSON.parse(found.stdout).followed).toEqual([
      expect.objectContaining({
        tables: expect.arrayContaining([
          { table: 'public.users', rows: 1 },
          { table: 'public.orders', rows: 4 },
        ]),
      }),
    ]);
  });

  it('come back whole, one of them, and but for an erased row', async () => {
    const target = (name: string) => ['--target', server.url(name), '--unproven', '--yes', name, '--json'];
    const whole = await run('restore', 'latest', '--name', 'test', ...target('whole'), '--create-database');
    expect(JSON.parse(whole.stdout)).toMatchObject({ totals: { differing: 0 } });
    const one = await run(
      'restore',
      'latest',
      '--name',
      'test',
      ...target('one'),
      '--create-database',
      '--table',
      't23',
    );
    expect(JSON.parse(one.stdout)).toMatchObject({ totals: { differing: 0 } });
    for (const [database, table] of [
      ['whole', 't29'],
      ['whole', 'parts'],
      ['one', 't23'],
    ] as const)
      expect(await hashOf(server, database, table)).toBe(await hashOf(server, 'shop', table));

    const erased = ['--table', 'public.users', '--where', 'id = 7', '--reason', 'request 17'];
    expect(await run('erasures', 'add', ...erased)).toMatchObject({ exitCode: 0 });
    const without = await run(
      'restore',
      'latest',
      '--name',
      'test',
      ...target('without'),
      '--create-database',
    );
    expect(without.stderr).toBe('');
    expect(JSON.parse(without.stdout)).toMatchObject({ totals: { differing: 0 } });
    expect(await oneValue(server, 'without', 'SELECT count(*)::int FROM users')).toBe(49);
    expect(await oneValue(server, 'without', 'SELECT count(*)::int FROM orders WHERE user_id = 7')).toBe(0);
    expect(await oneValue(server, 'without', 'SELECT count(*)::int FROM orders')).toBe(196);
    for (const table of ['t1', 't30'])
      expect(await hashOf(server, 'without', table)).toBe(await hashOf(server, 'shop', table));
  });

  it.skipIf(missing.length > 0)('come back without Lifeboat', async () => {
    const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
    await server.run('CREATE DATABASE by_script');
    const environment = psqlEnvironment(server, 'by_script');
    const ran = await runRestoreScript(folder, { environment });
    expect(ran).toMatchObject({ status: 0 });
    for (const table of ['t29', 'parts', 'packed', '"odd; name\'@1+2"'])
      expect(await hashOf(server, 'by_script', table)).toBe(await hashOf(server, 'shop', table));
  });

  it('are read though migrations wait for some of them, each once', async () => {
    // They wait for the coordinator's locks, and so would a session of copies behind them.
    const waiting: Array<Promise<unknown>> = [];
    const tables = ['t1', 't12', 't13', 't30'];
    const clients = await Promise.all(tables.map(() => server.connect('shop')));
    const beforeStep = async (step: string) => {
      if (step !== 'done') return;
      for (const [index, table] of tables.entries())
        waiting.push(clients[index]?.query(`ALTER TABLE ${table} ADD COLUMN later int`) ?? Promise.resolve());
      const count = `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`;
      while ((await oneValue(server, 'shop', count)) !== tables.length);
    };
    try {
      for (const jobs of [1, 3]) {
        waiting.length = 0;
        const taken = await takeBackup(server.url('shop'), vault, {
          place: newPlace('watched'),
          jobs,
          coordinatorOptions: { beforeStep },
        });
        await Promise.all(waiting);
        const contents = (of: Manifest) =>
          of.tables.map(({ name, rows, rawBytes, digest }) => ({ name, rows, rawBytes, digest }));
        expect(contents(taken.manifest)).toEqual(contents(manifest));
        const alone = taken.manifest.tables.filter(({ chunks: [first] }) => first && !first.part);
        expect(alone.map(({ name }) => name).toSorted()).toEqual(['packed', ...tables].toSorted());
        for (const table of tables) await server.run(`ALTER TABLE ${table} DROP COLUMN later`, 'shop');
      }
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  it('tell of a damaged object which tables it holds', async () => {
    const [object] = shared();
    if (!object) throw new Error('nothing is shared');
    const copy = await testVault();
    try {
      await run('copy', '--to', copy.directory, 'latest', '--name', 'test');
      const file = join(copy.directory, object.key);
      const bytes = readFileSync(file);
      randomBytes(8).copy(bytes, bytes.length - 20);
      writeFileSync(file, bytes);
      const { directory } = copy;
      const options = { directory, now: () => new Date() };
      const verified = await lifeboat(
        ['verify', 'latest', '--name', 'test', '--json', '--vault', directory],
        options,
      );
      const { items } = JSON.parse(verified.stdout);
      const damaged = items.flatMap((item: { kind: string; name: string; verdict: string }) =>
        item.kind === 'table' && item.verdict === 'damaged' ? [item.name] : [],
      );
      const inIt = manifest.tables.filter(({ chunks }) => chunks.some(({ key }) => key === object.key));
      expect(damaged).toEqual(inIt.map(({ name }) => `public.${name}`));
      expect(damaged.length).toBeLessThan(manifest.tables.length);
    } finally {
      copy.remove();
    }
  });
});
