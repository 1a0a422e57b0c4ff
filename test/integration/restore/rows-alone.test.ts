import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

/** Triggers in each state, on a table, a parent and a partition; keys; a constraint that old rows may break. */
const WATCHED = `
  CREATE TABLE public.entry (id int PRIMARY KEY, word text CONSTRAINT short CHECK (length(word) < 100));
  CREATE TABLE public.written (n int);
  CREATE TABLE public.note (id int PRIMARY KEY, entry int REFERENCES entry, above int REFERENCES note);
  CREATE TABLE public.big (id int, word text) PARTITION BY RANGE (id);
  CREATE TABLE public.big_1 PARTITION OF public.big FOR VALUES FROM (1) TO (100);
  INSERT INTO entry SELECT n, 'word ' || n FROM generate_series(1, 10) n;
  INSERT INTO note VALUES (1, 1, 2), (2, 2, NULL), (3, 2, 1); INSERT INTO big VALUES (1, 'a'), (2, 'b');`;
const TRIGGERS = `
  CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO public.written VALUES (1); IF TG_LEVEL = 'ROW' THEN NEW.word := NEW.word || '!'; END IF; RETURN NEW; END $$;
  CREATE TRIGGER always BEFORE INSERT OR UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TRIGGER replica BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TRIGGER usual BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TRIGGER never BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TRIGGER emptied BEFORE TRUNCATE ON entry EXECUTE FUNCTION spoil();
  ALTER TABLE entry ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica, DISABLE TRIGGER never, ENABLE ALWAYS TRIGGER emptied;
  CREATE TRIGGER of_tree BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION spoil();
  ALTER TABLE big ENABLE ALWAYS TRIGGER of_tree; ALTER TABLE ONLY big_1 ENABLE REPLICA TRIGGER of_tree;
  ALTER TABLE note DISABLE TRIGGER ALL;`;

const STATES = `SELECT string_agg(tgrelid::regclass || ' ' || regexp_replace(tgname, '\\d+', '', 'g') || ' ' || tgenabled::text, ', '
  ORDER BY tgrelid::regclass::text, regexp_replace(tgname, '\\d+', '', 'g'), tgenabled::text) FROM pg_trigger`;
const TABLES = ['entry', 'note', 'big', 'written'];

describe.each([15, 18] as const)('--data-only into PostgreSQL %d', (major) => {
  let world: RestoreWorld;
  beforeAll(async () => {
    world = await openWorld({ major, sql: `${WATCHED}; ${TRIGGERS}` });
  });
  afterAll(() => world?.stop());

  const restoredAndSpoilt = async () => {
    const database = await world.newDatabase();
    await world.restore(database);
    await world.target.run(
      "SET session_replication_role = replica; ALTER TABLE entry DISABLE TRIGGER USER; ALTER TABLE entry ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica, ENABLE TRIGGER usual, ENABLE ALWAYS TRIGGER emptied; DELETE FROM note; UPDATE big SET word = 'c'; INSERT INTO written VALUES (7)",
      database,
    );
    return database;
  };

  it('gives the rows of the backup, whatever triggers are on, and leaves those as they were', async () => {
    const database = await restoredAndSpoilt();
    const before = await oneValue(world.target, database, STATES);
    const objects = await objectsIn(world.target, database);
    const report = await world.restore(database, {
      content: 'data',
      intoExisting: true,
      safetyBackup: false,
    });
    expect(problemsOf(report)).toEqual([]);
    for (const table of TABLES)
      expect(await hashOf(world.target, database, table), table).toBe(
        await hashOf(world.source, 'company', table),
      );
    expect(await oneValue(world.target, database, STATES)).toBe(before);
    expect(await objectsIn(world.target, database)).toEqual(objects);
  });

  it('leaves what was there where a table refuses its rows', async () => {
    const database = await restoredAndSpoilt();
    await world.target.run(
      "UPDATE entry SET word = ''; ALTER TABLE entry ADD CONSTRAINT wordless CHECK (word IN ('', '!'))",
      database,
    );
    const [states, objects] = [
      await oneValue(world.target, database, STATES),
      await objectsIn(world.target, database),
    ];
    const rows = await Promise.all(TABLES.map((table) => hashOf(world.target, database, table)));
    const refused = world.restore(database, { content: 'data', intoExisting: true, safetyBackup: false });
    await expect(refused).rejects.toMatchObject({ code: 'restore-rows-refused' });
    await expect(refused).rejects.toThrow(/public\.entry: .*"wordless".*Nothing was changed/s);
    expect(await Promise.all(TABLES.map((table) => hashOf(world.target, database, table)))).toEqual(rows);
    expect(await oneValue(world.target, database, STATES)).toBe(states);
    expect(await objectsIn(world.target, database)).toEqual(objects);
    // Nor is anything left that a second try would stumble over.
    await world.target.run('ALTER TABLE entry DROP CONSTRAINT wordless', database);
    const again = await world.restore(database, { content: 'data', intoExisting: true, safetyBackup: false });
    expect(problemsOf(again)).toEqual([]);
  });

  it('takes rows that a constraint refuses which is NOT VALID, and leaves it so', async () => {
    const database = await restoredAndSpoilt();
    await world.target.run('ALTER TABLE entry ADD CONSTRAINT late CHECK (id > 5) NOT VALID', database);
    const report = await world.restore(database, {
      content: 'data',
      intoExisting: true,
      safetyBackup: false,
    });
    expect(problemsOf(report)).toEqual([]);
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT string_agg(conname || ' ' || convalidated, ', ' ORDER BY conname) FROM pg_constraint WHERE contype = 'c' AND conrelid = 'entry'::regclass",
      ),
    ).toBe('late false, short true');
    expect(await hashOf(world.target, database, 'entry')).toBe(
      await hashOf(world.source, 'company', 'entry'),
    );
  });

  it('by the owner of the tables, who is no superuser, gives the same rows', async () => {
    const database = await restoredAndSpoilt();
    await world.target.run(
      "DO $$ BEGIN CREATE ROLE rows_owner LOGIN PASSWORD 'owner'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER TABLE note ENABLE TRIGGER ALL",
      database,
    );
    for (const table of [...TABLES, 'big_1'])
      await world.target.run(`ALTER TABLE ${table} OWNER TO rows_owner`, database);
    await world.target.run(`GRANT ALL ON DATABASE ${database} TO rows_owner`);
    const before = await oneValue(world.target, database, STATES);
    const { settings, ...request } = world.request(database, {
      content: 'data',
      intoExisting: true,
      safetyBackup: false,
    });
    const report = await restore({
      ...request,
      settings: { ...settings, user: 'rows_owner', password: 'owner' },
    });
    expect(problemsOf(report)).toEqual([]);
    for (const table of TABLES)
      expect(await hashOf(world.target, database, table), table).toBe(
        await hashOf(world.source, 'company', table),
      );
    expect(await oneValue(world.target, database, STATES)).toBe(before);
  });
});

/** Constraints that look into another table, by its bare name and by its whole one; two that look into each other. */
const LOOKING = `
  CREATE TABLE public.zz_words (word text);
  INSERT INTO zz_words VALUES ('a'), ('b');
  CREATE FUNCTION public.known(w text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM public.zz_words z WHERE z.word = w) $$;
  CREATE FUNCTION public.known_here(w text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM zz_words z WHERE z.word = w) $$;
  CREATE TABLE public.aa_whole (word text CHECK (public.known(word)));
  CREATE TABLE public.aa_bare (word text CHECK (public.known_here(word)));
  INSERT INTO aa_whole VALUES ('a'); INSERT INTO aa_bare VALUES ('b');
  CREATE TABLE public.heads (id int); CREATE TABLE public.tails (id int);
  CREATE FUNCTION public.has_head(i int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM public.heads h WHERE h.id = i) $$;
  CREATE FUNCTION public.has_tail(i int) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT FROM public.tails t WHERE t.id = i) $$;
  INSERT INTO heads VALUES (1); INSERT INTO tails VALUES (1);
  ALTER TABLE heads ADD CONSTRAINT with_tail CHECK (public.has_tail(id)); ALTER TABLE tails ADD CONSTRAINT with_head CHECK (public.has_head(id));`;

describe('--data-only into tables whose constraints look into other tables', () => {
  let world: RestoreWorld;
  let database: string;
  const rowsAlone = (tables?: string[]) =>
    world.restore(database, {
      content: 'data',
      intoExisting: true,
      safetyBackup: false,
      ...(tables ? { tables } : {}),
    });
  const constraints = () =>
    oneValue(
      world.target,
      database,
      "SELECT string_agg(conname || ' ' || convalidated, ', ' ORDER BY conname) FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
    );
  beforeAll(async () => {
    world = await openWorld({ sql: LOOKING });
    database = await world.newDatabase();
    await world.restore(database, { content: 'schema' });
  });
  afterAll(() => world?.stop());

  it('takes the rows once those others have theirs, and leaves each constraint as it was', async () => {
    const before = await constraints();
    expect(problemsOf(await rowsAlone())).toEqual([]);
    expect(await constraints()).toBe(before);
    for (const table of ['aa_whole', 'aa_bare', 'heads', 'tails', 'zz_words'])
      expect(await hashOf(world.target, database, table), table).toBe(
        await hashOf(world.source, 'company', table),
      );
  });

  it('leaves everything as it was where what they look into is not there', async () => {
    await world.target.run("DELETE FROM zz_words; INSERT INTO zz_words VALUES ('c')", database);
    const [before, rows] = [await constraints(), await hashOf(world.target, database, 'aa_whole')];
    await expect(rowsAlone(['aa_whole', 'heads', 'tails'])).rejects.toMatchObject({
      code: 'restore-rows-refused',
      what: expect.stringContaining('public.aa_whole: its rows could not be loaded'),
    });
    expect(await constraints()).toBe(before);
    expect(await hashOf(world.target, database, 'aa_whole')).toBe(rows);
  });
});
