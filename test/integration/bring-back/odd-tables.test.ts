import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld(17);
});
afterAll(() => world?.stop());

it('takes a unique key without nulls where there is no primary key, whatever its columns are called', async () => {
  const night = await world.night(`
    CREATE SCHEMA "S'x"; CREATE TABLE "S'x"."T""y" ("K""1" text NOT NULL, lifeboat_kind int NOT NULL, "row" text, UNIQUE ("K""1", lifeboat_kind));
    INSERT INTO "S'x"."T""y" SELECT 'a''b' || g, g, 'r' FROM generate_series(1, 30) g;`);
  const before = await night.hash(`"S'x"."T""y"`);
  await night.run(
    `DELETE FROM "S'x"."T""y" WHERE lifeboat_kind < 5; UPDATE "S'x"."T""y" SET "row" = 'x' WHERE lifeboat_kind = 9; INSERT INTO "S'x"."T""y" VALUES ('n', 99, '')`,
  );
  const result = await night.bringBack([`"S'x"."T""y"`], { overwrite: true, deleteAdded: true });
  expect(Object.values(done(result))).toEqual([[4, 1, 1, 0]]);
  expect(await night.hash(`"S'x"."T""y"`)).toBe(before);
  expect(result.tables[0]?.notes.join()).toContain('matched by the unique key');
  await night.undo(result);
  expect(await night.rows(`SELECT count(*)::int FROM "S'x"."T""y"`)).toEqual([27]);
});

it('keeps to a table, and away from those that inherit from it', async () => {
  const night = await world.night(`
    CREATE TABLE base (id int PRIMARY KEY, t text); CREATE TABLE child (PRIMARY KEY (id), extra int) INHERITS (base);
    INSERT INTO base SELECT g, 'b' FROM generate_series(1, 10) g; INSERT INTO child SELECT g, 'c', g FROM generate_series(1, 10) g;`);
  await night.run(
    'DELETE FROM ONLY base WHERE id <= 5; DELETE FROM child WHERE id = 1; UPDATE child SET t = $$x$$ WHERE id = 2',
  );
  const base = await night.bringBack(['base'], { overwrite: true, deleteAdded: true });
  expect(done(base)).toEqual({ 'public.base': [5, 0, 0, 0] });
  expect(await night.rows('SELECT count(*)::int FROM child')).toEqual([9]);
  expect(done(await night.bringBack(['child'], { overwrite: true }))).toEqual({
    'public.child': [1, 1, 0, 0],
  });
});

it('lets triggers fire where a deferrable key could not be checked without them, and finds the conflict', async () => {
  const night = await world.night(`
    CREATE TABLE seats (id int PRIMARY KEY, seat int, CONSTRAINT one UNIQUE (seat) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO seats SELECT g, g FROM generate_series(1, 10) g;`);
  await night.run('DELETE FROM seats WHERE id <= 2; INSERT INTO seats VALUES (50, 2)');
  const refused = await night.bringBack(['seats']).catch((error: unknown) => error);
  expect(refused).toMatchObject({ outcome: 'refused', triggers: 'fired' });
  expect(await night.rows('SELECT count(*)::int FROM seats')).toEqual([9]);
  const result = await night.bringBack(['seats'], { deleteAdded: true });
  expect(done(result)).toEqual({ 'public.seats': [2, 0, 1, 0] });
});

it('finds conflicts of checks, exclusions and new NOT NULLs, each by its own reason', async () => {
  const night = await world.night(`
    CREATE EXTENSION btree_gist;
    CREATE TABLE stays (id int PRIMARY KEY, room int, during int4range, guest text, EXCLUDE USING gist (room WITH =, during WITH &&));
    INSERT INTO stays VALUES (1, 1, '[1,5)', 'a'), (2, 1, '[5,9)', NULL), (3, 2, '[1,5)', 'bad');`);
  await night.run(`DELETE FROM stays; INSERT INTO stays VALUES (9, 1, '[2,3)', 'new');
    ALTER TABLE stays ALTER guest SET NOT NULL, ADD CONSTRAINT polite CHECK (guest <> 'bad')`);
  const result = await night.bringBack(['stays'], { dryRun: true });
  expect(result.conflicts.map(({ key, reason }) => `${key.id} ${reason}`)).toEqual([
    '1 another row excludes it (stays_room_during_excl)',
    '2 guest may not be null now',
    '3 the check polite refuses its values',
  ]);
});

it('reads a condition of a database in another encoding, and keeps its characters', async () => {
  const night = await world.night(
    "CREATE TABLE namen (name text PRIMARY KEY, n int); INSERT INTO namen SELECT 'Mül' || chr(228) || g, g FROM generate_series(1, 9) g",
    "ENCODING 'LATIN1'",
  );
  const before = await night.hash('namen');
  await night.run('DELETE FROM namen WHERE n <= 3; UPDATE namen SET n = -n');
  const result = await night.bringBack(['namen'], { where: "name LIKE 'Mülä%'", overwrite: true });
  expect(done(result)).toEqual({ 'public.namen': [3, 6, 0, 0] });
  expect(await night.hash('namen')).toBe(before);
  await night.run('DELETE FROM namen');
  expect(done(await night.bringBack(['namen']))).toEqual({ 'public.namen': [9, 0, 0, 0] });
  expect(await night.hash('namen')).toBe(before);
});

it('names triggers that fire all the same, and large objects that are not brought back', async () => {
  const night = await world.night(`
    CREATE TABLE docs (id int PRIMARY KEY, body oid); INSERT INTO docs VALUES (1, lo_from_bytea(0, 'x')), (2, NULL);
    CREATE TABLE log (t text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.log VALUES (TG_OP); RETURN NEW; END $$;
    CREATE TRIGGER always AFTER INSERT ON docs FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE docs ENABLE ALWAYS TRIGGER always;`);
  await night.run('DELETE FROM docs');
  const result = await night.bringBack(['docs']);
  expect(result.notes.join('\n')).toContain('always on public.docs fires all the same');
  expect(result.tables[0]?.notes.join()).toContain('body may name large objects');
  expect(await night.rows('SELECT count(*)::int FROM log')).toEqual([2]);
});

it('brings an identity column back that no UPDATE may set, and refuses a row where it cannot', async () => {
  const night = await world.night(
    'CREATE TABLE t (k int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, v text); INSERT INTO t (k, v) SELECT g, $$v$$ FROM generate_series(1, 5) g',
  );
  const before = await night.hash('t');
  await night.run("DELETE FROM t WHERE k = 1; INSERT INTO t (k, v) VALUES (1, 'w')");
  const fired = await night.bringBack(['t'], { overwrite: true, firesTriggers: true });
  expect(fired).toMatchObject({ outcome: 'refused', conflicts: [{ key: { k: '1' } }] });
  expect(fired.conflicts[0]?.reason).toBe(
    'n is an identity column that is always generated, which no UPDATE may set',
  );
  const result = await night.bringBack(['t'], { overwrite: true });
  expect(done(result)).toEqual({ 'public.t': [0, 1, 0, 0] });
  expect(await night.hash('t')).toBe(before);
});

it('lists the rows with a value that a changed type does not take, and brings the others back if asked', async () => {
  const night = await world.night(`
    CREATE DOMAIN small AS int; CREATE TABLE t (id text PRIMARY KEY, v text, s small, w varchar(9));
    INSERT INTO t SELECT g, CASE WHEN g % 50 = 0 THEN 'secret-' || g ELSE g::text END, g, 'w' || g FROM generate_series(1, 200) g;`);
  await night.run(`DELETE FROM t WHERE id <> '100'; ALTER TABLE t ALTER v TYPE int USING 0, ALTER w TYPE varchar(3) USING '';
    ALTER DOMAIN small ADD CHECK (VALUE <> 7)`);
  const refused = await night.bringBack(['t']);
  expect(refused).toMatchObject({ outcome: 'refused', conflictCount: 103, conflictsCounted: true });
  const told = refused.conflicts.map(({ key, kind, reason }) => [key.id, kind, reason]);
  expect(told).toContainEqual([
    '50',
    'missing',
    'v is of type integer now, and does not take the value: it is no valid text for this type (SQLSTATE 22P02)',
  ]);
  expect(told).toContainEqual([
    '7',
    'missing',
    's is of type public.small now, and does not take the value: the check small_check refuses its values',
  ]);
  expect(told).toContainEqual([
    '101',
    'missing',
    'w is of type character varying(3) now, and does not take the value: it is too long (SQLSTATE 22001)',
  ]);
  expect(JSON.stringify(refused)).not.toContain('secret');
  expect(await night.rows('SELECT count(*)::int FROM t')).toEqual([1]);
  const rest = await night.bringBack(['t'], { skipConflicts: true, where: "id <> '150'" });
  expect(rest).toMatchObject({ outcome: 'partial', conflictCount: 102 });
  expect(done(rest)).toEqual({ 'public.t': [97, 0, 0, 102] });
  expect(rest.conflicts.find(({ key }) => key.id === '100')?.kind).toBe('changed');
});
