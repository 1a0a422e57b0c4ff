import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { diff } from '../../../lib/engine/diff/diff.ts';
import { sourceFindings } from '../../../lib/engine/doctor/source-findings.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { takeBackup } from '../../support/vaults.ts';
import { objectsIn, openWorld, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({
    sql: 'CREATE SCHEMA app; CREATE TABLE app.orders (id serial PRIMARY KEY); INSERT INTO app.orders SELECT FROM generate_series(1, 10)',
  });
});
afterAll(() => world?.stop());

const settings = () => connectionSettings(world.source.url('company'));
const request = (options: Partial<RestoreRequest> = {}): RestoreRequest => ({
  ...world.request('company', { intoSource: true, safetyBackup: false, tables: ['app.orders'] }),
  settings: settings(),
  ...options,
});
const compared = () => diff({ store: world.vault.store, place: world.place, settings: settings() });
async function finding() {
  const found = await sourceFindings({
    settings: settings(),
    now: () => new Date(),
    signal: new AbortController().signal,
  });
  return found.find(({ check }) => check === 'unfinished-restore');
}

it('leaves what a cut restore left behind out of backups and diffs, and the doctor says how to remove it', async () => {
  const holder = await world.source.connect('company');
  await holder.query('BEGIN; SELECT count(*) FROM app.orders');
  await expect(restore(request({ lockPatienceMs: 1 }))).rejects.toMatchObject({ code: 'restore-lock-held' });
  await holder.query('COMMIT');
  const own = ['lifeboat_restore', 'lifeboat_staging'];
  const { manifest } = await takeBackup(world.source.url('company'), world.vault);
  expect(manifest.tables.map(({ schema }) => schema)).toEqual(['app']);
  expect(manifest.leftOut).toEqual(
    expect.arrayContaining(
      own.map((name) => ({ what: 'schema', name, reason: expect.stringContaining('unfinished restore') })),
    ),
  );
  const report = await compared();
  expect(report).toMatchObject({ unfinished: own, schema: [], totals: { tables: 1, same: 1 } });
  const warned = await finding();
  expect(warned).toMatchObject({ verdict: 'warning', what: expect.stringContaining('has not ended') });
  expect(warned?.remedy).toContain('`DROP SCHEMA "lifeboat_restore", "lifeboat_staging" CASCADE;`');
  // While a restore runs, nobody is told to drop what it works in.
  await holder.query('SELECT pg_advisory_lock(1279871557, 1112490324)');
  expect(await finding()).toMatchObject({ verdict: 'ok', what: expect.stringContaining('is running') });
  await holder.end();
  await world.source.run('DROP SCHEMA lifeboat_restore CASCADE', 'company');
  expect(await finding()).toMatchObject({
    verdict: 'warning',
    what: expect.stringContaining('was given up'),
  });
  await world.source.run('DROP SCHEMA lifeboat_staging CASCADE', 'company');
  expect(await finding()).toMatchObject({ verdict: 'ok' });
  expect((await compared()).unfinished).toEqual([]);
});

it('neither leaves out nor uses a schema of that name that somebody else made', async () => {
  await world.source.run(
    `CREATE SCHEMA lifeboat_staging; CREATE TABLE lifeboat_staging.mine (id int); COMMENT ON SCHEMA lifeboat_staging IS 'ours'`,
    'company',
  );
  const { manifest, place } = await takeBackup(world.source.url('company'), world.vault);
  expect(manifest.tables.map(({ name }) => name)).toContain('mine');
  const before = await objectsIn(world.source, 'company');
  const refused = { code: 'restore-staging-left', what: expect.stringContaining('it may be yours') };
  await expect(planRestore(request())).rejects.toMatchObject(refused);
  await expect(restore(request())).rejects.toMatchObject(refused);
  expect(await objectsIn(world.source, 'company')).toEqual(before);
  // It comes back with the rest.
  const database = await world.newDatabase();
  const report = await restore({ ...world.request(database), place });
  expect(report.outcome).toBe('restored');
  await world.source.run('DROP TABLE lifeboat_staging.mine', 'company');
  await expect(planRestore(request())).rejects.toMatchObject(refused);
});
