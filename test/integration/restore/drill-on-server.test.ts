import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { oneValue, openWorld, type RestoreWorld, SMALL_COMPANY } from './restore-world.ts';
import { withObject } from './with-object.ts';

const lifeboat = join(import.meta.dirname, '../../../bin/lifeboat.ts');
let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({
    major: 15,
    targetMajor: 18,
    sql: `${SMALL_COMPANY}; CREATE SUBSCRIPTION elsewhere CONNECTION 'host=nowhere password=hidden' PUBLICATION p WITH (connect = false);
      CREATE TABLE app.large AS SELECT n AS id, repeat(md5(n::text), 8) AS filler FROM generate_series(1, 30000) n`,
  });
});
afterAll(() => world?.stop());

const ours = `SELECT string_agg(datname, ',') FROM pg_database WHERE datname LIKE 'lifeboat%'`;
const roles = `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'company%'`;
const request = () => ({
  store: world.vault.store,
  place: world.place,
  server: connectionSettings(world.target.url()),
});

async function expectNothingLeft() {
  expect(await oneValue(world.target, 'postgres', ours)).toBeNull();
  expect(await oneValue(world.target, 'postgres', roles)).toBe('0');
}

it('finds a difference, and leaves nothing behind but the report', async () => {
  const other = withObject(world.vault.store, /app\.lines\.copy/, async function* (bytes) {
    for await (const piece of bytes) yield Buffer.from(piece).fill(0, 40, 50);
  });
  const checks = [{ name: 'has users', sql: 'SELECT count(*) FROM auth.users', expect: '501' }];
  const report = await drillOnServer({ ...request(), store: other, checks });
  expect(report).toMatchObject({ verdict: 'failed', target: { kind: 'server' } });
  const differing = report.items.filter(({ verdict }) => verdict === 'differs').map(({ name }) => name);
  expect(differing).toEqual(['app.lines', 'has users']);
  expect(world.vault.files().filter((file) => file.endsWith('proof.json'))).toEqual([]);
  await expectNothingLeft();
});

it('drops its database after a crash of the drill before, and those of no other drill', async () => {
  const child = spawn(process.execPath, [lifeboat, 'drill', '--target', '--jobs', '1'], {
    env: {
      PATH: process.env.PATH ?? '',
      LIFEBOAT_VAULT: world.vault.directory,
      LIFEBOAT_TARGET_URL: world.target.url(),
    },
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  const made = `SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'lifeboat_drill%' AND query LIKE 'COPY%'`;
  await expect
    .poll(() => oneValue(world.target, 'postgres', made).then(Number), { timeout: 60_000, interval: 5 })
    .toBeGreaterThan(0);
  child.kill('SIGKILL');
  await gone;
  const left = await oneValue(world.target, 'postgres', ours);
  expect(left).toMatch(/^lifeboat_drill_[a-z0-9]{8}$/);
  await expect
    .poll(
      () =>
        oneValue(
          world.target,
          'postgres',
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lifeboat'",
        ),
      { timeout: 60_000 },
    )
    .toBe('0');

  // One that looks alike and is somebody else's, and one in whose name a drill holds its lock.
  await world.target.run('CREATE DATABASE lifeboat_drill_of_mine');
  const holder = await world.target.connect();
  await holder.query('SELECT pg_advisory_lock(1146243404, hashtext($1))', ['lifeboat_drill_running1']);
  await world.target.run('CREATE DATABASE lifeboat_drill_running1');
  await world.target.run(
    "COMMENT ON DATABASE lifeboat_drill_running1 IS 'Made by a Lifeboat drill, which drops it at its end; the next drill does, if it could not.'",
  );

  const report = await drillOnServer(request());
  expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  expect(report).toMatchObject({
    verdict: 'proven',
    target: { kind: 'server', serverVersion: expect.stringMatching(/^18\./) },
  });
  expect(report.totals.tables).toBe(world.manifest.tables.length);
  expect(
    await oneValue(
      world.target,
      'postgres',
      "SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname LIKE 'lifeboat%'",
    ),
  ).toBe('lifeboat_drill_of_mine,lifeboat_drill_running1');
  expect(world.vault.files().filter((file) => file.endsWith('proof.json'))).toHaveLength(1);
  await holder.end();
  await world.target.run('DROP DATABASE lifeboat_drill_of_mine');
  await world.target.run('DROP DATABASE lifeboat_drill_running1');
  await expectNothingLeft();
});

it('drops it when it is told to stop, and says what a role lacks that may not create one', async () => {
  const stop = new AbortController();
  const drill = drillOnServer({
    ...request(),
    signal: stop.signal,
    observer: { onProgress: ({ phase }) => phase === 'rows' && stop.abort(new Error('stopped')) },
  });
  await expect(drill).rejects.toThrow('stopped');
  await expectNothingLeft();

  await world.target.run("CREATE ROLE plain LOGIN PASSWORD 'plain'");
  const server = connectionSettings(world.target.url().replace(/\/\/postgres:[^@]*@/, '//plain:plain@'));
  await expect(drillOnServer({ ...request(), server })).rejects.toMatchObject({
    code: 'target-database-not-permitted',
  });
  await world.target.run('ALTER ROLE plain CREATEDB CREATEROLE');
  const report = await drillOnServer({ ...request(), server });
  expect(report.notes.join()).toContain('Owners were not compared');
  // Somebody who is no superuser can make no subscription: that is no fault of the backup, and told.
  expect(
    report.items
      .filter(({ verdict }) => verdict === 'differs')
      .map(({ name }) => name)
      .join(),
  ).toMatch(/subscription|publication/);
  await expectNothingLeft();
});

it('refuses a server of another major if only the same one will do, and keeps no proof where it should not', async () => {
  await expect(drillOnServer({ ...request(), sameMajor: true })).rejects.toMatchObject({
    code: 'drill-other-major',
    what: expect.stringContaining('was taken from PostgreSQL 15'),
  });
  await expectNothingLeft();
  await expect(drillOnServer({ ...request(), maintenanceWorkMem: "1MB'; DROP" })).rejects.toMatchObject({
    code: 'maintenance-memory-invalid',
  });
  await expectNothingLeft();

  const written: string[] = [];
  const watched = intercept(world.vault.store, { beforePut: (key) => void written.push(key) });
  const report = await drillOnServer({
    ...request(),
    store: watched,
    keepsProof: false,
    maintenanceWorkMem: '77MB',
    checks: [{ name: 'memory', sql: "SELECT current_setting('maintenance_work_mem')", expect: '77MB' }],
  });
  expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  expect(written).toEqual([]);
});
