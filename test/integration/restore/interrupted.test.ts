import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, restore } from '../../../lib/engine/restore/restore.ts';
import {
  hashOf,
  objectsIn,
  oneValue,
  openWorld,
  problemsOf,
  type RestoreWorld,
  SMALL_COMPANY,
} from './restore-world.ts';
import { withObject } from './with-object.ts';

const lifeboat = join(import.meta.dirname, '../../../bin/lifeboat.ts');
let world: RestoreWorld;
beforeAll(async () => {
  // One table that takes its time, so that something is under way when the others are done.
  world = await openWorld({
    sql: `${SMALL_COMPANY}; CREATE TABLE app.large AS SELECT n AS id, repeat(md5(n::text), 8) AS filler FROM generate_series(1, 20000) n; ALTER TABLE app.large ADD PRIMARY KEY (id)`,
  });
});
afterAll(() => world?.stop());

const TABLES = [
  'auth.users',
  'app.orders',
  'app.lines',
  'app.events',
  'app.hashed',
  'app.large',
  'app.statistics',
];

/** The rows of `app.large` come up to here, and no further until they are let go. */
function heldBack() {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const store = withObject(world.vault.store, /app\.large\.copy/, async function* (bytes) {
    for await (const piece of bytes) {
      yield piece.subarray(0, 1000);
      reached.resolve();
      await released.promise;
      yield piece.subarray(1000);
    }
  });
  return { store, reached: reached.promise, release: released.resolve };
}

async function expectWhole(database: string) {
  for (const table of TABLES) {
    expect(await hashOf(world.target, database, table), table).toBe(
      await hashOf(world.source, 'company', table),
    );
  }
  expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
}

const rowsDone = "SELECT count(*) FROM lifeboat_restore.done WHERE step LIKE 'rows:%'";
const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lifeboat'";

describe('a restore that is cut goes on where it was', () => {
  it('after Ctrl-C, at which nothing of it stays on the server', async () => {
    const database = await world.newDatabase();
    const { store, reached, release } = heldBack();
    const stop = new AbortController();
    let begun: unknown;
    const cut = restore({
      ...world.request(database, { jobs: 2 }),
      store,
      signal: stop.signal,
      onBegin: (state) => {
        begun = state;
      },
    });
    await reached;
    await expect.poll(() => oneValue(world.target, database, rowsDone).then(Number)).toBeGreaterThan(3);
    stop.abort(new Error('Ctrl-C'));
    release();
    await expect(cut).rejects.toThrow('Ctrl-C');
    expect(begun).toEqual({ canResume: true, intoExisting: false, safetyBackup: undefined });
    expect(await oneValue(world.target, database, sessions)).toBe('0');
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.large')).toBe('0');

    // Without --resume it is refused, with it it is finished; what is done is not read again.
    const again = restore(world.request(database));
    await expect(again).rejects.toMatchObject({ code: 'restore-unfinished' });
    await expect(again).rejects.toThrow('--resume');
    const asked: string[] = [];
    const watching = withObject(world.vault.store, /\/data\//, (bytes, key) => {
      asked.push(key);
      return bytes;
    });
    const report = await restore({ ...world.request(database, { resume: true }), store: watching });
    expect(problemsOf(report)).toEqual([]);
    expect(report).toMatchObject({ outcome: 'restored', resumed: true });
    expect(asked.some((key) => key.includes('app.large'))).toBe(true);
    expect(asked.length).toBeLessThan(world.manifest.tables.length - 3);
    await expectWhole(database);
  });

  it('after kill -9 in the middle, again and again', async () => {
    const database = await world.newDatabase();
    const environment = {
      PATH: process.env.PATH ?? '',
      LIFEBOAT_VAULT: world.vault.directory,
      LIFEBOAT_TARGET_URL: world.target.url(database),
    };
    const start = (...options: string[]) =>
      spawn(
        process.execPath,
        [lifeboat, 'restore', '--unproven', '--yes', database, '--jobs', '2', ...options],
        {
          env: environment,
          stdio: 'ignore',
        },
      );
    let kills = 0;
    // Killed when so many steps are marked: in the schema, in the rows, in the keys.
    for (const [round, steps] of [10, 60, 75].entries()) {
      const child = start(...(round === 0 ? [] : ['--resume']));
      const gone = once(child, 'exit');
      const marked = () =>
        oneValue(world.target, database, 'SELECT count(*) FROM lifeboat_restore.done').then(Number, () => 0);
      await expect
        .poll(async () => child.exitCode !== null || (await marked()) >= steps, {
          timeout: 60_000,
          interval: 5,
        })
        .toBe(true);
      if (child.exitCode === null) kills += 1;
      child.kill('SIGKILL');
      await gone;
      // The server notices by itself.
      await expect.poll(() => oneValue(world.target, database, sessions), { timeout: 60_000 }).toBe('0');
    }
    expect(kills).toBeGreaterThan(0);
    const last = start('--resume');
    const [exitCode] = await once(last, 'exit');
    // Whoever was too quick for the killer is whole already, and has nothing to go on with.
    expect([0, 7]).toContain(exitCode);
    await expectWhole(database);
  });

  it('after the connection is cut, which is told as what it is', async () => {
    const database = await world.newDatabase();
    const { store, reached, release } = heldBack();
    const sockets = new Set<Socket>();
    const proxy = createServer((socket) => {
      const server = connect(world.target.port, '127.0.0.1');
      for (const one of [socket, server]) {
        sockets.add(one);
        one.on('error', () => {});
        one.on('close', () => [socket, server].forEach((other) => void other.destroy()));
      }
      socket.pipe(server).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as { port: number };
    const url = world.target.url(database).replace(`:${world.target.port}/`, `:${port}/`);
    const cut = restore({
      ...world.request(database, { jobs: 2 }),
      settings: connectionSettings(url),
      store,
    });
    cut.catch(() => {});
    await reached;
    proxy.close();
    for (const socket of sockets) socket.destroy();
    release();
    await expect(cut).rejects.toMatchObject({ code: 'target-connection-lost', kind: 'target' });
    await expect(cut).rejects.toThrow(/is not complete.*--resume/);
    await expect.poll(() => oneValue(world.target, database, sessions)).toBe('0');
    expect((await world.restore(database, { resume: true })).outcome).toBe('restored');
    await expectWhole(database);
  });

  it('after the administrator ended one of its sessions', async () => {
    const database = await world.newDatabase();
    const { store, reached, release } = heldBack();
    const cut = restore({ ...world.request(database, { jobs: 2 }), store });
    cut.catch(() => {});
    await reached;
    const end =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'COPY %large%' AND pid <> pg_backend_pid()";
    // The statement may reach the server after its first rows were asked for.
    await expect.poll(() => oneValue(world.target, 'postgres', end)).not.toBe('0');
    release();
    await expect(cut).rejects.toMatchObject({ code: 'target-connection-lost' });
    expect((await world.restore(database, { resume: true })).outcome).toBe('restored');
    await expectWhole(database);
  });
});

describe('what is refused or damaged', () => {
  it('is told of its table, while the others are restored; and tried again when it is mended', async () => {
    const database = await world.newDatabase();
    const damaged = withObject(world.vault.store, /app\.lines\.copy/, async function* (bytes) {
      for await (const piece of bytes) yield Buffer.from(piece).fill(0, 30, 40);
    });
    const report = await restore({ ...world.request(database), store: damaged });
    expect(report.outcome).toBe('restored with failures');
    expect(problemsOf(report)).toEqual([
      expect.stringMatching(
        /^differs table app\.lines: its rows could not be loaded: .*app\.lines.*is not what was written|does not decompress/,
      ),
    ]);
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.lines')).toBe('0');
    expect(await hashOf(world.target, database, 'app.large')).toBe(
      await hashOf(world.source, 'company', 'app.large'),
    );
    // The restore is not over: its ledger is still there.
    expect((await planRestore(world.request(database, { resume: true }))).resumes).toBe(true);
    const mended = await world.restore(database, { resume: true });
    expect(problemsOf(mended)).toEqual([]);
    await expectWhole(database);
  });

  it('remembers when it goes on what it was asked for, and for which backup', async () => {
    const database = await world.newDatabase();
    const { store, reached, release } = heldBack();
    const stop = new AbortController();
    const options = { schemas: ['app'], noOwner: true, signal: stop.signal };
    const cut = restore({ ...world.request(database, options), store });
    await reached;
    stop.abort(new Error('stop'));
    release();
    await expect(cut).rejects.toThrow('stop');
    await expect(world.restore(database, { resume: true, tables: ['users'] })).rejects.toMatchObject({
      code: 'restore-resumes-another',
    });
    const report = await world.restore(database, { resume: true });
    expect(report.outcome).toBe('restored');
    expect(await oneValue(world.target, database, "SELECT to_regclass('auth.users') IS NULL")).toBe(true);
    expect(
      await oneValue(world.target, database, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'"),
    ).toBe('postgres');
  });
});
