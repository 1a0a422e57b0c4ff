import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatManifest } from '../../../lib/engine/archive/manifest.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, restore } from '../../../lib/engine/restore/restore.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { takeBackup } from '../../support/vaults.ts';
import { objectsIn, oneValue, openWorld, type RestoreWorld } from './restore-world.ts';
import { withObject } from './with-object.ts';

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.stop());

describe('a restore is refused, with what to do and nothing changed,', () => {
  it('into the source itself, though it may be told to', async () => {
    const settings = connectionSettings(world.source.url('company'));
    const before = await objectsIn(world.source, 'company');
    const refused = { code: 'target-is-source', kind: 'target' };
    await expect(restore({ ...world.request('x'), settings })).rejects.toMatchObject(refused);
    await expect(restore({ ...world.request('x'), settings, intoExisting: true })).rejects.toMatchObject(
      refused,
    );
    const plan = await planRestore({ ...world.request('x'), settings, intoSource: true });
    expect(plan).toMatchObject({ intoExisting: true, safetyBackup: true });
    expect(await objectsIn(world.source, 'company')).toEqual(before);
  });

  it('into the source under another name', async () => {
    await world.source.run('ALTER DATABASE company RENAME TO company_spoilt');
    try {
      const settings = connectionSettings(world.source.url('company_spoilt'));
      const refused = restore({ ...world.request('x'), settings, intoExisting: true });
      await expect(refused).rejects.toMatchObject({ code: 'target-is-source' });
    } finally {
      await world.source.run('ALTER DATABASE company_spoilt RENAME TO company');
    }
  });

  it('into the source where only the address can tell', async () => {
    const database = await world.newDatabase();
    await world.target.run('CREATE TABLE something ()', database);
    const request = { ...world.request(database), intoExisting: true };
    await expect(restore({ ...request, source: request.settings })).rejects.toMatchObject({
      code: 'target-is-source',
    });
  });

  it('into a database that is not empty, saying what is in it', async () => {
    const database = await world.newDatabase();
    await world.target.run('CREATE TABLE precious (id int)', database);
    const refused = restore(world.request(database));
    await expect(refused).rejects.toMatchObject({ code: 'target-not-empty', kind: 'target' });
    await expect(refused).rejects.toThrow('public.precious');
    expect(await objectsIn(world.target, database)).toEqual(['public.precious']);
  });

  it('of a backup that no drill has proven', async () => {
    const database = await world.newDatabase();
    const refused = restore({ ...world.request(database), unproven: false });
    await expect(refused).rejects.toMatchObject({ code: 'restore-unproven', kind: 'usage' });
    expect(await objectsIn(world.target, database)).toEqual([]);
  });

  it('of a backup that lacks an object, and not for want of a drill', async () => {
    const { place, manifest } = await takeBackup(world.source.url('company'), world.vault);
    const [chunk] = manifest.tables.flatMap(({ chunks }) => chunks);
    rmSync(join(world.vault.directory, chunk?.key ?? ''));
    const database = await world.newDatabase();
    const refused = restore({ ...world.request(database), place, unproven: false });
    await expect(refused).rejects.toMatchObject({ code: 'backup-incomplete', kind: 'verification' });
    expect(await objectsIn(world.target, database)).toEqual([]);
  });

  it('where a no is said to the plan', async () => {
    const database = await world.newDatabase();
    const confirm = () => {
      throw new Error('no');
    };
    await expect(restore({ ...world.request(database), confirm })).rejects.toThrow('no');
    expect(
      await oneValue(
        world.target,
        database,
        'SELECT count(*) FROM pg_namespace WHERE nspname !~ $$^(pg_|inf|public)$$',
      ),
    ).toBe('0');
  });

  it('to an older major, but for rows alone', async () => {
    const older = await startPostgres({ major: 15 });
    try {
      await older.run('CREATE SCHEMA app; CREATE TABLE app.lines (order_id bigint, number int)');
      const settings = connectionSettings(older.url());
      const options = { tables: ['app.lines'], intoExisting: true, safetyBackup: false };
      const refused = restore({ ...world.request('x', options), settings });
      await expect(refused).rejects.toMatchObject({ code: 'target-too-old' });
      const report = await restore({ ...world.request('x', { ...options, content: 'data' }), settings });
      expect(report.outcome).toBe('restored');
      expect(await oneValue(older, 'postgres', 'SELECT count(*) FROM app.lines')).toBe('9000');
    } finally {
      await older.stop();
    }
  });

  it('without an extension that the backup needs, naming it', async () => {
    await world.source.run('CREATE DATABASE extended');
    await world.source.run('CREATE EXTENSION hstore; CREATE TABLE t (h hstore)', 'extended');
    const { place, manifest } = await takeBackup(world.source.url('extended'), world.vault);
    const database = await world.newDatabase();
    expect(
      (await planRestore({ ...world.request(database), place })).target.missingExtensions,
    ).toBeUndefined();
    // No server of these tests lacks hstore: a manifest that asks for one that every server lacks.
    const extensions = [
      ...manifest.extensions,
      { name: 'no_such_extension', version: '1', schema: 'public' },
    ];
    const key = `manual/test/${place.backupId}/manifest.json`;
    const asking = withObject(world.vault.store, key, formatManifest({ ...manifest, extensions }));
    const refused = restore({ ...world.request(database), store: asking, place });
    await expect(refused).rejects.toMatchObject({ code: 'target-extensions-missing' });
    await expect(refused).rejects.toThrow('no_such_extension');
  });

  it('into what is in an encoding that cannot be converted to', async () => {
    await world.target.run("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'");
    await world.target.run("CREATE DATABASE korean TEMPLATE template0 ENCODING EUC_KR LOCALE 'C'");
    await world.source.run("CREATE DATABASE greek TEMPLATE template0 ENCODING LATIN7 LOCALE 'C'");
    const { place } = await takeBackup(world.source.url('greek'), world.vault);
    await expect(restore({ ...world.request('korean'), place })).rejects.toMatchObject({
      code: 'target-encoding-unfit',
    });
    expect((await planRestore(world.request('latin'))).notes.join()).toContain(
      'in UTF8, and the target in LATIN1',
    );
  });

  it('where a second one is at work, or one was cut and has to be gone on with', async () => {
    const database = await world.newDatabase();
    const first = await world.target.connect(database);
    await first.query('SELECT pg_advisory_lock(1279871557, 1112490324)');
    await expect(restore(world.request(database))).rejects.toMatchObject({ code: 'restore-running' });
    await expect(restore({ ...world.request(database), resume: true })).rejects.toMatchObject({
      code: 'restore-nothing-to-resume',
    });
    await first.end();
  });

  it('by an address that is no server, in words about the target', async () => {
    const settings = connectionSettings(world.target.url('nowhere'));
    await expect(restore({ ...world.request('x'), settings })).rejects.toMatchObject({
      code: 'target-database-missing',
      kind: 'target',
    });
  });
});

it('makes the database where it is told to, sorting as the source does', async () => {
  await world.source.run("CREATE DATABASE icu TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'");
  await world.source.run("CREATE TABLE words (w text); INSERT INTO words VALUES ('z'), ('ä')", 'icu');
  const { place } = await takeBackup(world.source.url('icu'), world.vault);
  const request = { ...world.request('made_anew'), place, createDatabase: true };
  expect((await planRestore(request)).target).toMatchObject({ holds: undefined, localeProvider: 'icu' });
  await expect(planRestore({ ...world.request('postgres'), createDatabase: true })).rejects.toMatchObject({
    code: 'target-exists',
  });
  const stop = new AbortController();
  const cut = restore({
    ...request,
    signal: stop.signal,
    onBegin: () => stop.abort(new Error('Ctrl-C')),
  });
  await expect(cut).rejects.toThrow('Ctrl-C');
  // The same once more, with --resume: it is there already, and that is no reason to stop.
  expect((await restore({ ...request, resume: true })).outcome).toBe('restored');
  expect(await oneValue(world.target, 'made_anew', "SELECT string_agg(w, '' ORDER BY w) FROM words")).toBe(
    'äz',
  );
});
