import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

/** They write down what is done to the schema, without naming the schema of the table they write to; another one forbids it. */
const GUARDED = `
  CREATE TABLE public.history (id serial PRIMARY KEY, what text);
  CREATE FUNCTION public.write_down() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO history (what) VALUES (tg_event || ' ' || tg_tag); END $$;
  CREATE FUNCTION public.forbid() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN IF current_setting('app.allowed', true) IS DISTINCT FROM 'yes' THEN RAISE EXCEPTION 'no % here', tg_tag; END IF; END $$;
  CREATE EVENT TRIGGER at_end ON ddl_command_end EXECUTE FUNCTION public.write_down();
  CREATE EVENT TRIGGER at_drop ON sql_drop EXECUTE FUNCTION public.write_down();
  CREATE EVENT TRIGGER at_start ON ddl_command_start EXECUTE FUNCTION public.forbid();
  ALTER EVENT TRIGGER at_start ENABLE ALWAYS; ALTER EVENT TRIGGER at_drop ENABLE REPLICA;
  COMMENT ON EVENT TRIGGER at_start IS 'nobody but a migration';
  SET app.allowed = 'yes';
  CREATE TABLE public.thing (id int PRIMARY KEY, name text); INSERT INTO thing SELECT n, n FROM generate_series(1, 100) n;
  CREATE INDEX by_name ON thing (name); CREATE TABLE public.part (thing int REFERENCES thing); INSERT INTO part VALUES (1);
  CREATE MATERIALIZED VIEW public.counted AS SELECT count(*) FROM thing; GRANT SELECT ON thing TO PUBLIC;
  -- Computed under settings that are not the database's: refreshed once more, when the event triggers are there.
  ALTER DATABASE company SET timezone = 'Asia/Tokyo'; SET timezone = 'UTC';
  CREATE MATERIALIZED VIEW public.of_the_day AS SELECT (timestamptz '2020-01-01 23:30+00')::text AS day;`;

const HISTORY = `SELECT string_agg(id || ' ' || what, ', ' ORDER BY id) FROM public.history`;
const STATES = `SELECT string_agg(evtname || ' ' || evtenabled::text, ', ' ORDER BY evtname) FROM pg_event_trigger`;
const OURS = `SELECT count(*)::int FROM pg_namespace WHERE nspname LIKE 'lifeboat%'`;

describe.each([15, 18] as const)('event triggers of PostgreSQL %d', (major) => {
  let world: RestoreWorld;
  let history: unknown;
  let states: unknown;
  beforeAll(async () => {
    world = await openWorld({ major, sql: GUARDED });
    history = await oneValue(world.source, 'company', HISTORY);
    states = await oneValue(world.source, 'company', STATES);
    expect(states).toBe('at_drop R, at_end O, at_start A');
  });
  afterAll(() => world?.stop());

  const expectAsInSource = async (database: string) => {
    expect(await oneValue(world.target, database, HISTORY)).toBe(history);
    expect(await oneValue(world.target, database, STATES)).toBe(states);
    expect(await oneValue(world.target, database, OURS)).toBe(0);
    expect(await oneValue(world.target, database, 'SELECT count FROM counted')).toBe('100');
    await expect(world.target.run('CREATE TABLE forbidden ()', database)).rejects.toThrow(
      'no CREATE TABLE here',
    );
  };

  it('act on nothing of a restore, neither into an empty database nor where they are already', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database);
    expect(problemsOf(report)).toEqual([]);
    expect(report.outcome).toBe('restored');
    await expectAsInSource(database);

    for (const options of [{}, { tables: ['part'] }, { content: 'data' as const }]) {
      const again = await world.restore(database, { ...options, intoExisting: true, safetyBackup: false });
      expect(problemsOf(again), JSON.stringify(options)).toEqual([]);
      await expectAsInSource(database);
    }
  });

  it('are as they were after a restore that is refused, and after one that is cut', async () => {
    const database = await world.newDatabase();
    await world.restore(database);
    await world.target.run("SET app.allowed = 'yes'; CREATE VIEW on_it AS SELECT * FROM thing", database);
    const before = await oneValue(world.target, database, HISTORY);
    const refused = world.restore(database, { intoExisting: true, safetyBackup: false });
    await expect(refused).rejects.toMatchObject({ code: 'target-would-lose' });
    expect(await oneValue(world.target, database, STATES)).toBe(states);
    await world.target.run("SET app.allowed = 'yes'; DROP VIEW on_it", database);

    const stop = new AbortController();
    const cut = world.restore(database, {
      intoExisting: true,
      safetyBackup: false,
      signal: stop.signal,
      onBegin: () => stop.abort(new Error('Ctrl-C')),
    });
    await expect(cut).rejects.toThrow('Ctrl-C');
    const report = await world.restore(database, { resume: true });
    expect(problemsOf(report)).toEqual([]);
    await expectAsInSource(database);
    expect(before).not.toBe(history);
  });

  it('act on nothing of a drill, embedded or on a server', async () => {
    const { store } = world.vault;
    const embedded = await drill({ store, place: world.place });
    expect(embedded.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    const server = connectionSettings(world.target.url());
    const onServer = await drillOnServer({ store, place: world.place, server });
    expect(onServer.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  });

  it.skipIf(missingPrograms('event triggers by restore.sh', ['psql', 'zstd']).length > 0)(
    'act on nothing that restore.sh does',
    async () => {
      const database = await world.newDatabase();
      const folder = join(world.vault.directory, attemptPrefix(world.place, world.manifest.attempt));
      const environment = psqlEnvironment(world.target, database);
      const { status, stderr } = await runRestoreScript(folder, { environment });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      await expectAsInSource(database);
    },
  );
});
