import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listBackups } from '../../../lib/engine/archive/listing.ts';
import { readManifest } from '../../../lib/engine/archive/read-manifest.ts';
import { resolveBackup } from '../../../lib/engine/archive/resolve-backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { type BegunRestore, planRestore, restore } from '../../../lib/engine/restore/restore.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
let database: string;
beforeAll(async () => {
  world = await openWorld({ major: 17 });
});
afterAll(() => world?.stop());

/** As it was backed up, and then used and spoilt. */
beforeEach(async () => {
  database = await world.newDatabase();
  await world.restore(database);
  await world.target.run(
    `DELETE FROM app.lines; UPDATE auth.users SET secret = 'gone'; DROP VIEW app.paid_total;
     ALTER TABLE app.orders ADD COLUMN since text; CREATE TABLE app.made_since (id int); INSERT INTO app.made_since VALUES (1);
     CREATE OR REPLACE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'spoilt'; END $$`,
    database,
  );
});

const sameAsSource = async (table: string) =>
  expect(await hashOf(world.target, database, table), table).toBe(
    await hashOf(world.source, 'company', table),
  );

it.each([
  ['everything', { intoExisting: true }],
  ['a schema', { intoExisting: true, schemas: ['app'] }],
  ['a table', { intoExisting: true, tables: ['app.orders'] }],
  ['rows alone', { intoExisting: true, tables: ['app.orders'], content: 'data' as const }],
])('loses no row to a damaged chunk: %s', async (_, options) => {
  const [chunk] = world.manifest.tables.find(({ name }) => name === 'orders')?.chunks ?? [];
  if (!chunk) throw new Error('the table has a chunk');
  const before = await hashOf(world.target, database, 'app.orders');
  // The size is right, and a byte in the middle is another.
  const store = intercept(world.vault.store, {
    async *reading(key, pieces) {
      for await (const piece of pieces) {
        const copy = Buffer.from(piece);
        const at = Math.floor(copy.length / 2);
        if (key === chunk.key) copy[at] = (copy[at] ?? 0) ^ 0xff;
        yield copy;
      }
    },
  });
  const { signal: _signal, ...request } = world.request(database, { ...options, safetyBackup: false });
  const failure: unknown = await restore({ ...request, store }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LifeboatError);
  expect(failure).toMatchObject({
    meaning: expect.stringMatching(/Nothing (was changed|in .* was exchanged)/),
  });
  expect(await hashOf(world.target, database, 'app.orders')).toBe(before);
  expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.made_since')).toBe('1');
  expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
});

it('reads only the chunks of tables that it replaces before it changes anything', async () => {
  await world.target.run('DROP TABLE app.lines CASCADE', database);
  const reads: string[] = [];
  const store = intercept(world.vault.store, {
    async *reading(key, pieces) {
      reads.push(key);
      yield* pieces;
    },
  });
  const asked = world.request(database, { intoExisting: true, schemas: ['app'], safetyBackup: false });
  await restore({ ...asked, store });
  const readsOf = (table: string) => {
    const chunks = world.manifest.tables.find(({ name }) => name === table)?.chunks ?? [];
    return chunks.map(({ key }) => reads.filter((one) => one === key).length);
  };
  expect(readsOf('lines')).toEqual([1]);
  expect(readsOf('orders')).toEqual([2]);
});

it('replaces what has a name of the backup, keeps the rest, and has kept all that was there', async () => {
  const plan = await planRestore(world.request(database, { intoExisting: true }));
  expect(plan).toMatchObject({ intoExisting: true, safetyBackup: true, isWhole: false });
  expect(plan.replaces.map(({ key }) => key)).toContain('"auth"."users"');
  expect(plan.replaces.map(({ key }) => key)).not.toContain('"app"."made_since"');

  const report = await world.restore(database, { intoExisting: true });
  expect(problemsOf(report)).toEqual([]);
  for (const table of ['auth.users', 'app.orders', 'app.lines', 'app.events', 'app.paid_total'])
    await sameAsSource(table);
  expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.made_since')).toBe('1');
  expect(report.kept).toEqual(expect.arrayContaining(['schema app', 'schema auth', 'type app.state']));
  // Functions come back, too: the trigger that uses one is the backup's.
  await world.target.run("UPDATE auth.users SET secret = 'x' WHERE id = 1", database);
  expect(await oneValue(world.target, database, "SELECT convert_from(lo_get(4711), 'UTF8')")).toBe(
    'a large object',
  );
  expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);

  expect(report.safetyBackup).toMatch(new RegExp(`^manual/${database}-before-restore/`));
  const place = await resolveBackup(world.vault.store, report.safetyBackup ?? '');
  const safety = await readManifest(world.vault.store, place);
  expect(safety).toMatchObject({
    scope: 'full',
    reason: `before restore of manual/test/${world.place.backupId}`,
  });
  // It is nobody's latest: the next `restore latest` is not of what was overwritten.
  expect(await resolveBackup(world.vault.store, 'latest')).toEqual(world.place);

  // And back again, whole.
  const undone = await world.newDatabase();
  await restore({ ...world.request(undone), place });
  expect(await oneValue(world.target, undone, 'SELECT count(*) FROM app.lines')).toBe('0');
  expect(await oneValue(world.target, undone, "SELECT string_agg(DISTINCT secret, '') FROM auth.users")).toBe(
    'gone',
  );
});

it('does without a safety backup when told, and says in the plan what that means', async () => {
  const before = (await listBackups(world.vault.store)).backups.length;
  const options = { intoExisting: true, safetyBackup: false };
  expect((await planRestore(world.request(database, options))).notes.join()).toContain('lost for good');
  expect((await world.restore(database, options)).safetyBackup).toBeNull();
  expect((await listBackups(world.vault.store)).backups.length).toBe(before);
});

it('changes nothing where something would go that does not come back', async () => {
  await world.target.run(
    'CREATE VIEW public.report AS SELECT * FROM auth.users; CREATE TABLE public.badges (user_id int REFERENCES auth.users)',
    database,
  );
  const before = await objectsIn(world.target, database);
  const rows = await hashOf(world.target, database, 'auth.users');
  const backups = (await listBackups(world.vault.store)).backups.length;
  const refused = world.restore(database, { intoExisting: true });
  await expect(refused).rejects.toMatchObject({ code: 'target-would-lose' });
  await expect(refused).rejects.toThrow(/view public\.report/);
  await expect(refused).rejects.toThrow(/badges_user_id_fkey on public\.badges/);
  expect(await objectsIn(world.target, database)).toEqual(before);
  expect(await hashOf(world.target, database, 'auth.users')).toBe(rows);
  // Known before an hour's safety backup, not after it.
  expect((await listBackups(world.vault.store)).backups.length).toBe(backups);
});

it('changes nothing where the safety backup fails', async () => {
  const before = await hashOf(world.target, database, 'auth.users');
  const full = new LifeboatError({ code: 'vault-full', kind: 'vault', what: 'The vault is full.' });
  const store = intercept(world.vault.store, {
    beforePut: () => Promise.reject(full),
  });
  const refused = restore({ ...world.request(database, { intoExisting: true }), store });
  await expect(refused).rejects.toMatchObject({ code: 'restore-safety-backup-failed', kind: 'vault' });
  await expect(refused).rejects.toThrow(/The vault is full\. Nothing was changed\..*--no-safety-backup/);
  expect(await hashOf(world.target, database, 'auth.users')).toBe(before);
  expect((await objectsIn(world.target, database)).filter((name) => name.startsWith('lifeboat'))).toEqual([]);
});

it('knows before anybody is asked that the safety backup would fail', async () => {
  await world.target.run(
    `CREATE ROLE ${database}_owner LOGIN PASSWORD 'own'; GRANT pg_read_all_data, pg_write_all_data TO ${database}_owner;
     CREATE SCHEMA other; CREATE TABLE other."Forced" (id int); ALTER TABLE other."Forced" OWNER TO ${database}_owner;
     GRANT TRUNCATE ON app.lines TO ${database}_owner; ALTER TABLE other."Forced" ENABLE ROW LEVEL SECURITY; ALTER TABLE other."Forced" FORCE ROW LEVEL SECURITY`,
    database,
  );
  const settings = connectionSettings(
    world.target.url(database).replace(/\/\/postgres:[^@]*@/, `//${database}_owner:own@`),
  );
  const asked = {
    ...world.request(database, { intoExisting: true, tables: ['app.lines'], content: 'data' }),
    settings,
  };
  const refused = planRestore(asked);
  await expect(refused).rejects.toMatchObject({ code: 'restore-safety-backup-failed', kind: 'target' });
  await expect(refused).rejects.toThrow(
    /other\."Forced".*Nothing was changed.*BYPASSRLS.*--no-safety-backup/s,
  );
  const confirm = () => Promise.reject(new Error('was asked'));
  await expect(restore({ ...asked, confirm })).rejects.toMatchObject({
    code: 'restore-safety-backup-failed',
  });
  expect((await planRestore({ ...asked, safetyBackup: false })).safetyBackup).toBe(false);
});

it('goes into the source itself, one table beside the other, or in its place', async () => {
  await world.source.run('CREATE DATABASE live TEMPLATE company');
  const settings = connectionSettings(world.source.url('live'));
  const request = { ...world.request(database), settings, source: settings };
  await world.source.run('DELETE FROM app.lines', 'live');
  const beside = await restore({ ...request, intoSource: true, tables: ['app.lines'], as: 'lines_before' });
  expect(beside).toMatchObject({ outcome: 'restored', safetyBackup: null });
  const inPlace = await restore({ ...request, intoSource: true, tables: ['app.lines'] });
  expect(problemsOf(inPlace)).toEqual([]);
  expect(inPlace.outcome).toBe('restored');
  expect(inPlace.safetyBackup).toContain('live-before-restore');
  expect(problemsOf(inPlace)).toEqual([]);
  expect(await hashOf(world.source, 'live', 'app.lines')).toBe(
    await hashOf(world.source, 'company', 'app.lines'),
  );
  expect(await oneValue(world.source, 'live', 'SELECT count(*) FROM app.lines_before')).toBe('9000');
});

it('remembers when it was cut what was there before, and never tells to drop a database that was in use', async () => {
  const stop = new AbortController();
  let begun: BegunRestore | undefined;
  const cut = world.restore(database, {
    intoExisting: true,
    signal: stop.signal,
    onBegin: (state) => {
      begun = state;
      stop.abort(new Error('Ctrl-C'));
    },
  });
  await expect(cut).rejects.toThrow('Ctrl-C');
  expect(begun).toMatchObject({ canResume: true, intoExisting: true });
  const again = world.restore(database, { intoExisting: true });
  await expect(again).rejects.toMatchObject({ code: 'restore-unfinished' });
  await expect(again).rejects.toThrow(/DROP SCHEMA lifeboat_restore CASCADE/);
  await expect(again).rejects.not.toThrow(/drop the database/);
  const report = await world.restore(database, { resume: true });
  expect(problemsOf(report)).toEqual([]);
  expect(report.safetyBackup).toBe(begun?.safetyBackup);
  expect(report.safetyBackup).toMatch(new RegExp(`^manual/${database}-before-restore/`));
  await sameAsSource('app.lines');
});
