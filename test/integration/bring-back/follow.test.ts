import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld();
});
afterAll(() => world?.stop());

const TENANTS = `
  CREATE TABLE regions (id int PRIMARY KEY, name text);
  CREATE TABLE tenants (id int PRIMARY KEY, region int REFERENCES regions);
  CREATE TABLE products (id int PRIMARY KEY, name text);
  CREATE TABLE users (id int PRIMARY KEY, tenant_id int REFERENCES tenants, boss int REFERENCES users, "E-mail ü" text);
  CREATE TABLE orders (tenant_id int REFERENCES tenants, n int, user_id int REFERENCES users, PRIMARY KEY (tenant_id, n));
  CREATE TABLE items (tenant_id int, order_n int, line int, product int REFERENCES products, PRIMARY KEY (tenant_id, order_n, line),
    FOREIGN KEY (tenant_id, order_n) REFERENCES orders);
  CREATE TABLE visits (user_id int REFERENCES users, at date);
  INSERT INTO regions SELECT g, 'r' || g FROM generate_series(1, 5) g;
  INSERT INTO products SELECT g, 'p' || g FROM generate_series(1, 100) g;
  INSERT INTO tenants SELECT g, 1 + g % 5 FROM generate_series(1, 50) g;
  INSERT INTO users SELECT g, 1 + g % 50, CASE WHEN g > 50 THEN g - 50 END, E'a\\tb' || g FROM generate_series(1, 500) g;
  INSERT INTO orders SELECT 1 + g % 50, g, 1 + (g + 499) % 500 FROM generate_series(1, 1000) g;
  INSERT INTO items SELECT 1 + g % 50, g, l, 1 + (g + l) % 100 FROM generate_series(1, 1000) g, generate_series(1, 2) l;
  INSERT INTO visits SELECT 1 + g % 500, '2026-01-01' FROM generate_series(1, 100) g;`;
const HASHED = ['regions', 'tenants', 'products', 'users', 'orders', 'items'];
const hashes = async (night: Awaited<ReturnType<RowsWorld['night']>>) =>
  await Promise.all(HASHED.map((table) => night.hash(table)));
const WITHOUT_KEYS = (sql: string) =>
  `SET session_replication_role = replica; ${sql}; RESET session_replication_role`;

it('brings back one of many tenants with all that belongs to it, and what it refers to if that is missing', async () => {
  const night = await world.night(TENANTS);
  const before = await hashes(night);
  await night.run(
    WITHOUT_KEYS(`DELETE FROM items WHERE tenant_id = 42; DELETE FROM orders WHERE tenant_id = 42; DELETE FROM users WHERE tenant_id = 42; DELETE FROM visits; DELETE FROM visits;
      DELETE FROM tenants WHERE id = 42; DELETE FROM regions WHERE id = 3; DELETE FROM products WHERE id = 44`),
  );
  const dry = await night.bringBack(['tenants'], { where: 'tenants.id = 42', follow: true, dryRun: true });
  const result = await night.bringBack(['tenants'], { where: 'id = 42', follow: true });
  expect(done(dry)).toEqual(done(result));
  expect(done(result)).toMatchObject({
    'public.regions': [1, 0, 0, 0],
    'public.tenants': [1, 0, 0, 0],
    'public.users': [10, 0, 0, 0],
    'public.orders': [20, 0, 0, 0],
    'public.items': [40, 0, 0, 0],
    'public.products': [1, 0, 0, 0],
  });
  expect(result.tables.find(({ name }) => name === 'public.orders')).toMatchObject({
    chosen: 20,
    support: 0,
  });
  expect(result.notes.join('\n')).toContain('left out: public.visits has neither');
  expect(await hashes(night)).toEqual(before);
  // Other tenants refer to the region and the product, so these two may not go away again.
  const undone = await night.undo(result, { skipConflicts: true });
  expect(await night.rows('SELECT count(*)::int FROM users WHERE tenant_id = 42')).toEqual([0]);
  expect(undone.conflicts.map(({ table }) => table).sort()).toEqual(['public.products', 'public.regions']);
});

it('takes no row that is only referred to and is there, even if it changed or others of its kind are missing', async () => {
  const night = await world.night(TENANTS);
  await night.run(
    WITHOUT_KEYS(
      `DELETE FROM items WHERE tenant_id = 7; DELETE FROM products WHERE id > 98; UPDATE products SET name = 'new'`,
    ),
  );
  const result = await night.bringBack(['orders'], { where: 'tenant_id = 7', follow: true, overwrite: true });
  const needed = await night.rows('SELECT DISTINCT product FROM items WHERE tenant_id = 7 AND product > 98');
  expect(done(result)['public.items']).toEqual([40, 0, 0, 0]);
  expect(done(result)['public.products']).toEqual([needed.length, 0, 0, 0]);
  expect(await night.rows("SELECT count(*)::int FROM products WHERE name <> 'new'")).toEqual([needed.length]);
});

it('looks only at rows for which a condition is true in the backup, with a subquery of its own', async () => {
  const night = await world.night(TENANTS);
  await night.run(
    'UPDATE orders SET user_id = NULL; DELETE FROM items; INSERT INTO orders VALUES (42, 5000, 1), (43, 5001, 1)',
  );
  const result = await night.bringBack(['orders', 'items'], {
    where: 'tenant_id IN (SELECT id FROM tenants WHERE id BETWEEN 41 AND 42) -- a comment',
    overwrite: true,
    deleteAdded: true,
  });
  expect(done(result)).toEqual({ 'public.orders': [0, 40, 1, 0], 'public.items': [80, 0, 0, 0] });
  expect(await night.rows('SELECT count(*)::int FROM orders WHERE n >= 5000')).toEqual([1]);
});

it('refuses a condition that is none, that reads elsewhere, or that one of the tables does not know', async () => {
  const night = await world.night(TENANTS);
  for (const where of ['', 'id = 1; DROP TABLE users', 'id = 1) OR (true', "name = 'x", 'tenant_id = ']) {
    await expect(night.bringBack(['users'], { where })).rejects.toMatchObject({
      code: 'restore-rows-condition',
    });
  }
  await expect(night.bringBack(['orders', 'products'], { where: 'tenant_id = 1' })).rejects.toMatchObject({
    code: 'restore-rows-condition',
    remedy: expect.stringContaining('--follow'),
  });
  const volatile = 'id IN (SELECT id FROM orders WHERE clock_timestamp() > now())';
  await expect(night.bringBack(['users'], { where: volatile, dryRun: true })).rejects.toMatchObject({
    code: 'restore-rows-condition',
    what: expect.stringMatching(/^--where calls clock_timestamp\(\)/),
  });
  expect(await night.rows('SELECT count(*)::int FROM users')).toEqual([500]);
});

it('makes a tenant what it was, without the rows that came since by the keys of then and of now', async () => {
  const night = await world.night(TENANTS);
  const before = await hashes(night);
  await night.run(`ALTER TABLE users DROP CONSTRAINT users_tenant_id_fkey; ALTER TABLE items DROP CONSTRAINT items_tenant_id_order_n_fkey;
    ALTER TABLE items ADD FOREIGN KEY (tenant_id) REFERENCES tenants;
    INSERT INTO users VALUES (900, 42, 41, 'new'), (901, 43, 42, 'of another tenant'), (902, 42, 900, 'below the new');
    INSERT INTO orders VALUES (42, 5000, 900), (43, 5001, 901), (43, 5002, 902); INSERT INTO items VALUES (42, 5000, 1, 1), (43, 5001, 1, 1), (42, 41, 9, 1);
    UPDATE users SET "E-mail ü" = 'bad' WHERE tenant_id = 42; DELETE FROM items WHERE tenant_id = 42 AND line = 2;
    CREATE TABLE notes (id int PRIMARY KEY, user_id int REFERENCES users); INSERT INTO notes VALUES (7, 902)`);
  const options = { where: 'id = 42', follow: true, deleteAdded: true, overwrite: true };
  const refused = await night.bringBack(['tenants'], options);
  expect(refused.conflicts.map(({ key, reason, other }) => [key.id, reason, other])).toEqual([
    [
      '902',
      'rows of public.notes refer to it (notes_user_id_fkey)',
      { table: 'public.notes', key: { id: '7' } },
    ],
  ]);
  await night.run('DELETE FROM notes');
  const dry = await night.bringBack(['tenants'], { ...options, dryRun: true });
  const result = await night.bringBack(['tenants'], options);
  expect(done(dry)).toEqual(done(result));
  expect(done(result)).toMatchObject({
    'public.users': [0, 10, 2, 0],
    // The order of another tenant that a new user of this one made goes with that user.
    'public.orders': [0, 0, 2, 0],
    'public.items': [20, 0, 2, 0],
  });
  expect(await night.rows('SELECT id FROM users WHERE id >= 900')).toEqual([901]);
  await night.run(
    'DELETE FROM items WHERE order_n >= 5000; DELETE FROM orders WHERE n >= 5000; DELETE FROM users WHERE id = 901',
  );
  expect(await hashes(night)).toEqual(before);
});

it('evaluates a condition nowhere but in the copy, though it says which added rows are deleted', async () => {
  const night = await world.night(`
    CREATE FUNCTION ours(int) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1 % 2 = 0';
    CREATE TABLE t (id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED); INSERT INTO t SELECT g, g FROM generate_series(1, 10) g;`);
  await night.run(`INSERT INTO t SELECT g, g FROM generate_series(11, 20) g; INSERT INTO t VALUES (21, NULL);
    CREATE OR REPLACE FUNCTION ours(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$`);
  const result = await night.bringBack(['t'], { where: 'ours(n) AND twice > 25', deleteAdded: true });
  expect(done(result)).toEqual({ 'public.t': [0, 0, 4, 0] });
  expect(await night.rows('SELECT id FROM t WHERE id > 10 ORDER BY id')).toEqual([
    11, 12, 13, 15, 17, 19, 21,
  ]);
});
