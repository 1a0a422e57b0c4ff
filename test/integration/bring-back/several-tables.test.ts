import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld(18);
});
afterAll(() => world?.stop());

const SHOP = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text);
  CREATE TABLE orders (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants ON DELETE CASCADE, total int);
  CREATE TABLE items (order_id int REFERENCES orders ON DELETE CASCADE, line int, price int, PRIMARY KEY (order_id, line));
  INSERT INTO tenants SELECT g, 't' || g FROM generate_series(1, 10) g;
  INSERT INTO orders SELECT g, 1 + g % 10, g FROM generate_series(1, 200) g;
  INSERT INTO items SELECT o, l, o * l FROM generate_series(1, 200) o, generate_series(1, 3) l;
  CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO public.audit (what) VALUES (TG_OP); IF TG_OP <> 'DELETE' THEN NEW.total := NEW.total + 1000; RETURN NEW; END IF; RETURN OLD; END $$;
  CREATE TRIGGER noted BEFORE INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();`;

const hashes = async (night: Awaited<ReturnType<RowsWorld['night']>>) => [
  await night.hash('tenants'),
  await night.hash('orders'),
  await night.hash('items'),
];

it('brings parents and children back in one transaction, without firing triggers', async () => {
  const night = await world.night(SHOP);
  const before = await hashes(night);
  await night.run('DELETE FROM tenants WHERE id IN (3, 4)');
  await night.run('TRUNCATE audit');
  const result = await night.bringBack(['items', 'orders', 'tenants']);
  expect(done(result)).toEqual({
    'public.tenants': [2, 0, 0, 0],
    'public.orders': [40, 0, 0, 0],
    'public.items': [120, 0, 0, 0],
  });
  expect(result.notes).toEqual(['triggers do not fire (noted on public.orders)']);
  expect(await hashes(night)).toEqual(before);
  expect(await night.rows('SELECT count(*)::int FROM audit')).toEqual([0]);
  const undone = await night.undo(result);
  expect(done(undone)['public.items']).toEqual([0, 0, 120, 0]);
  expect(await night.rows('SELECT count(*)::int FROM items')).toEqual([480]);
});

it('refuses rows whose parents are gone, for no trigger checks their foreign keys', async () => {
  const night = await world.night(SHOP);
  await night.run('DELETE FROM tenants WHERE id = 3');
  const refused = await night.bringBack(['orders', 'items']);
  expect(refused.outcome).toBe('refused');
  expect(refused.tables.find(({ name }) => name === 'public.orders')?.conflicts).toBe(20);
  expect(refused.conflicts[0]).toMatchObject({
    table: 'public.orders',
    kind: 'missing',
    reason: 'the row of public.tenants that it refers to is not there (orders_tenant_id_fkey)',
  });
  // With the orders go their items, round by round.
  const skipped = await night.bringBack(['orders', 'items'], { skipConflicts: true });
  expect(skipped.tables.map(({ inserted }) => inserted)).toEqual([0, 0]);
  expect(skipped).toMatchObject({ outcome: 'partial', safetyCopy: null });
  expect(await night.rows('SELECT count(*)::int FROM orders')).toEqual([180]);
});

it('deletes added rows of children first, and no row to which others still refer', async () => {
  const night = await world.night(SHOP);
  const before = await hashes(night);
  await night.run(
    "INSERT INTO tenants VALUES (11, 'new'); INSERT INTO orders VALUES (300, 11, 5), (301, 2, 5); INSERT INTO items VALUES (300, 1, 1), (301, 1, 1)",
  );
  const damaged = await hashes(night);
  const refused = await night.bringBack(['tenants'], { deleteAdded: true });
  expect(refused.conflicts).toEqual([
    expect.objectContaining({
      key: { id: '11' },
      reason: 'rows of public.orders refer to it (orders_tenant_id_fkey)',
    }),
  ]);
  expect(await hashes(night)).toEqual(damaged);
  const all = await night.bringBack(['tenants', 'orders', 'items'], { deleteAdded: true });
  expect(done(all)).toEqual({
    'public.tenants': [0, 0, 1, 0],
    'public.orders': [0, 0, 2, 0],
    'public.items': [0, 0, 2, 0],
  });
  expect(await hashes(night)).toEqual(before);
  await night.undo(all);
  expect(await hashes(night)).toEqual(damaged);
});

it('says that triggers fire for a role that may not switch them off, and what they altered', async () => {
  const night = await world.night(SHOP);
  await world.server.run("DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN PASSWORD 'clerk'");
  await night.run('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk');
  await night.run('DELETE FROM tenants WHERE id = 3');
  const all = ['tenants', 'orders', 'items'];
  const otherwise = await night.bringBack(all, {}, 'clerk');
  expect(otherwise).toMatchObject({ outcome: 'refused', triggers: 'fired', conflictCount: 20 });
  expect(otherwise.conflicts[0]?.reason).toBe(
    'a trigger gives it other values than the backup has, in total (--allow-altered)',
  );
  expect(await night.rows('SELECT count(*)::int FROM orders')).toEqual([180]);
  const result = await night.bringBack(all, { allowsAltered: true }, 'clerk');
  expect(result).toMatchObject({ outcome: 'partial', triggers: 'fired' });
  expect(result.notes).toEqual([
    'triggers fire (noted on public.orders), because this role may not set session_replication_role',
  ]);
  expect(result.tables.find(({ name }) => name === 'public.orders')).toMatchObject({
    inserted: 20,
    altered: 20,
  });
  // Nothing cascades unnoticed: the children of what is deleted would not be in the safety copy.
  await night.run("INSERT INTO tenants VALUES (12, 'new'); INSERT INTO orders VALUES (400, 12, 1)");
  const refused = await night.bringBack(['tenants'], { deleteAdded: true }, 'clerk');
  expect(refused.conflicts).toEqual([
    expect.objectContaining({
      key: { id: '12' },
      reason: 'rows of public.orders refer to it (orders_tenant_id_fkey)',
    }),
  ]);
  expect(await night.rows('SELECT count(*)::int FROM orders WHERE id = 400')).toEqual([1]);
  // Nor does anything cascade where an overwritten row would have to go for a moment.
  await night.run('ALTER TABLE tenants ADD UNIQUE (name)');
  await night.run(
    "UPDATE tenants SET name = 't' || (11 - id) || 'x' WHERE id <= 10; UPDATE tenants SET name = rtrim(name, 'x')",
  );
  const places = await night.bringBack(['tenants'], { overwrite: true }, 'clerk');
  expect(places.outcome).toBe('refused');
  expect(await night.rows('SELECT count(*)::int FROM orders')).toEqual([201]);
  const fired = await night.bringBack(['orders'], { overwrite: true, firesTriggers: true, dryRun: true });
  expect(fired.triggers).toBe('fired');
});

it('refuses a role from which row-level security hides rows, and one that lacks a right', async () => {
  const night = await world.night(SHOP);
  await world.server.run("DROP ROLE IF EXISTS narrow; CREATE ROLE narrow LOGIN PASSWORD 'narrow'");
  await night.run(
    'GRANT SELECT, INSERT ON tenants, orders TO narrow; ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON tenants USING (id < 5)',
  );
  await expect(night.bringBack(['tenants'], {}, 'narrow')).rejects.toMatchObject({
    code: 'restore-rows-row-security',
  });
  await expect(night.bringBack(['orders'], { overwrite: true }, 'narrow')).rejects.toMatchObject({
    code: 'restore-rows-not-permitted',
    remedy: expect.stringContaining('GRANT UPDATE ON "public"."orders"'),
  });
});

it('brings back rows of tables that refer to each other in a circle', async () => {
  const night = await world.night(`
    CREATE TABLE teams (id int PRIMARY KEY, lead int);
    CREATE TABLE people (id int PRIMARY KEY, team int REFERENCES teams, boss int REFERENCES people);
    ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES people DEFERRABLE;
    INSERT INTO teams SELECT g FROM generate_series(1, 5) g; INSERT INTO people SELECT g, 1 + g % 5, NULLIF(g - 1, 0) FROM generate_series(1, 50) g;
    UPDATE teams SET lead = id * 3;`);
  const before = [await night.hash('teams'), await night.hash('people')];
  await night.run(
    'ALTER TABLE people DISABLE TRIGGER ALL; ALTER TABLE teams DISABLE TRIGGER ALL; DELETE FROM teams; DELETE FROM people WHERE id < 40; ALTER TABLE people ENABLE TRIGGER ALL; ALTER TABLE teams ENABLE TRIGGER ALL',
  );
  const result = await night.bringBack(['people', 'teams']);
  expect(result.outcome).toBe('restored');
  expect([await night.hash('teams'), await night.hash('people')]).toEqual(before);
  expect(result.notes.join()).toContain('refer to each other in a circle');
});

it('reaches partitions through their table, however it is partitioned by now', async () => {
  const night = await world.night(`
    CREATE TABLE events (id int, day date, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE events_b PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
    INSERT INTO events SELECT g, date '2026-01-01' + g % 50, 'n' || g FROM generate_series(1, 500) g;`);
  const before = await night.hash('events');
  await night.run(`DELETE FROM events WHERE id % 7 = 0; UPDATE events SET note = 'x' WHERE id % 7 = 1;
    CREATE TABLE both_months (LIKE events); INSERT INTO both_months SELECT * FROM events; DROP TABLE events_a, events_b;
    ALTER TABLE events ATTACH PARTITION both_months FOR VALUES FROM ('2026-01-01') TO ('2026-03-01');`);
  const result = await night.bringBack(['events'], { overwrite: true, deleteAdded: true });
  expect(done(result)).toEqual({ 'public.events': [71, 72, 0, 0] });
  expect(await night.hash('events')).toBe(before);
});

it('leaves out columns that are gone, and keeps those that came since', async () => {
  const night = await world.night(`
    CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE pair AS (x int, y text); CREATE DOMAIN small AS int CHECK (VALUE < 100) NOT NULL;
    CREATE TABLE "Odd table" ("Key ä" text PRIMARY KEY, old text, m mood, p pair, s small, list text[], n smallint, j json);
    INSERT INTO "Odd table" SELECT 'k' || E'\\t' || g, 'o', 'a', ('(' || g || ',y)')::pair, g, ARRAY['a,b', NULL, 'c"'], g, '{"a": 1}' FROM generate_series(1, 20) g;`);
  await night.run(`ALTER TABLE "Odd table" DROP old, ADD fresh int DEFAULT 7, ALTER n TYPE text;
    DELETE FROM "Odd table" WHERE s <= 3; UPDATE "Odd table" SET fresh = 9, m = 'b' WHERE s = 10`);
  const result = await night.bringBack(['public.Odd table'], { overwrite: true });
  expect(done(result)).toEqual({ 'public.Odd table': [3, 1, 0, 0] });
  expect(result.tables[0]?.notes).toEqual([
    'left out, because the table no longer has the column: old',
    'the backup has no such column, so it keeps its value or gets its default: fresh',
  ]);
  expect(
    await night.rows('SELECT s::int, fresh, m::text, n FROM "Odd table" WHERE s IN (3, 10) ORDER BY s'),
  ).toEqual([
    [3, 7, 'a', '3'],
    [10, 9, 'a', '10'],
  ]);
});

it('advances a sequence that would hand out a key again, and turns none back', async () => {
  const night = await world.night(`
    CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a SELECT FROM generate_series(1, 10);
    CREATE TABLE b (id serial PRIMARY KEY); INSERT INTO b SELECT FROM generate_series(1, 10);`);
  await night.run(
    "DELETE FROM a; SELECT setval('a_id_seq', 1, false); DELETE FROM b; SELECT setval('b_id_seq', 99)",
  );
  const dry = await night.bringBack(['a', 'b'], { dryRun: true });
  expect(dry.sequences).toEqual([]);
  const result = await night.bringBack(['a', 'b']);
  expect(result.sequences).toEqual([{ name: 'public.a_id_seq', value: '10' }]);
  expect(
    await night.rows("SELECT nextval('a_id_seq')::int UNION ALL SELECT nextval('b_id_seq')::int"),
  ).toEqual([11, 100]);
});

it('does not let a foreign key carry a change on to rows that are in no safety copy', async () => {
  const night = await world.night(`
    CREATE TABLE codes (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE uses (id int PRIMARY KEY, code text REFERENCES codes (code) ON UPDATE CASCADE);
    INSERT INTO codes VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO uses VALUES (1, 'a'), (2, 'a'), (3, 'b');`);
  await night.run("UPDATE codes SET code = code || '!' WHERE id <> 2");
  const alone = await night.bringBack(['codes'], { overwrite: true, firesTriggers: true });
  expect(alone.conflicts.map(({ key, reason }) => [key.id, reason])).toEqual([
    ['1', 'rows of public.uses refer to values that would change (uses_code_fkey)'],
  ]);
  // Without triggers nothing is carried on, and the check finds the rows that would be left alone.
  expect((await night.bringBack(['codes'], { overwrite: true })).outcome).toBe('refused');
  const both = await night.bringBack(['codes', 'uses'], { overwrite: true });
  expect(done(both)).toEqual({ 'public.codes': [0, 2, 0, 0], 'public.uses': [0, 2, 0, 0] });
});

it('takes a whole schema, and leaves out what cannot be matched by a key', async () => {
  const night = await world.night(`
    CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY); CREATE TABLE app.gone (id int PRIMARY KEY); CREATE TABLE app.log (line text);
    INSERT INTO app.a VALUES (1), (2); INSERT INTO app.log VALUES ('x');`);
  await night.run('DELETE FROM app.a; DROP TABLE app.gone; DELETE FROM app.log');
  const result = await night.bringBack([], { schemas: ['app'] });
  expect(done(result)).toEqual({ 'app.a': [2, 0, 0, 0] });
  expect(result.notes.filter((note) => note.startsWith('left out')).sort()).toEqual([
    'left out: The database has no table app.gone',
    'left out: app.log has neither a primary key nor a unique key whose columns are all NOT NULL',
  ]);
  await expect(night.bringBack(['app.log'], { schemas: ['app'] })).rejects.toMatchObject({
    code: 'restore-rows-no-key',
  });
  const chosen = await night.bringBack([], { schemas: ['app'], where: 'true', dryRun: true });
  expect(chosen.outcome).toBe('nothing');
});

it('lets one run at a time work in a database', async () => {
  const night = await world.night(SHOP);
  await night.run('DELETE FROM items');
  const other = () => expect(night.bringBack(['items'])).rejects.toMatchObject({ code: 'restore-running' });
  const result = await night.bringBack(['items'], { confirm: other });
  expect(done(result)).toEqual({ 'public.items': [600, 0, 0, 0] });
});
