import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRestore } from '../../../lib/engine/restore/restore.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld();
  await world.target.run('CREATE ROLE company_app; CREATE ROLE company_owner');
});
afterAll(() => world?.stop());

const there = (database: string, what: string) =>
  oneValue(world.target, database, `SELECT to_regclass('${what}') IS NOT NULL`);

describe('one table', () => {
  it('comes with its type, sequence, keys, policies and grants, and with nothing else', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, { tables: ['auth.users'] });
    expect(problemsOf(report)).toEqual([]);
    expect(report.totals).toMatchObject({ tables: 1, rows: 500 });
    expect(await objectsIn(world.target, database)).toEqual([
      'auth.users',
      'auth.users p users_pkey',
      'auth.users u users_email_key',
      'auth.users_email_key',
      'auth.users_id_seq',
      'auth.users_pkey',
    ]);
    expect(await hashOf(world.target, database, 'auth.users')).toBe(
      await hashOf(world.source, 'company', 'auth.users'),
    );
    expect(await oneValue(world.target, database, "SELECT nextval('auth.users_id_seq')")).toBe('501');
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM pg_policies')).toBe('1');
    expect(
      await oneValue(world.target, database, "SELECT relrowsecurity FROM pg_class WHERE relname = 'users'"),
    ).toBe(true);
    expect(
      await oneValue(world.target, database, 'SELECT tgname FROM pg_trigger WHERE NOT tgisinternal'),
    ).toBe('touched');
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT has_table_privilege('company_app', 'auth.users', 'SELECT')",
      ),
    ).toBe(true);
  });

  it('tells of a reference to a table that is not restored, before and after', async () => {
    const database = await world.newDatabase();
    const request = world.request(database, { tables: ['orders'] });
    const plan = await planRestore(request);
    expect(plan.outsideReferences).toEqual([
      { name: 'orders_user_id_fkey on app.orders', table: 'auth.users', isThere: false },
    ]);
    expect(plan.notes.join()).toContain('cannot be created: auth.users is not restored');
    const report = await world.restore(database, { tables: ['orders'] });
    expect(report.outcome).toBe('restored');
    expect(problemsOf(report)).toEqual([
      expect.stringMatching(
        /^skipped statement constraint orders_user_id_fkey on app\.orders.*auth\.users.*was not asked for/,
      ),
    ]);
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.orders')).toBe('3000');
  });

  it('makes that reference where the table is there, and its rows allow it', async () => {
    const database = await world.newDatabase();
    await world.restore(database, { tables: ['users'] });
    const report = await world.restore(database, {
      tables: ['orders'],
      intoExisting: true,
      safetyBackup: false,
    });
    expect(problemsOf(report)).toEqual([]);
    expect(report.kept).toContain('schema app');
    await world.target.run('DROP TABLE app.orders CASCADE; DELETE FROM auth.users WHERE id = 7', database);
    const refused = await world.restore(database, {
      tables: ['orders'],
      intoExisting: true,
      safetyBackup: false,
    });
    expect(refused.outcome).toBe('restored with failures');
    expect(problemsOf(refused)).toEqual([
      expect.stringMatching(
        /^differs statement constraint orders_user_id_fkey on app\.orders: .*violates foreign key.*it is NOT VALID here/,
      ),
    ]);
    // It holds for new rows, and says itself that nobody may believe it of the others.
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT string_agg(conname || ' ' || convalidated, ', ') FROM pg_constraint WHERE contype = 'f'",
      ),
    ).toBe('orders_user_id_fkey false');
  });

  it('brings its partitions, and their rows where another partition takes them here', async () => {
    const database = await world.newDatabase();
    // An enum made first shifts the numbers by which the values of another one are hashed.
    await world.target.run("CREATE TYPE public.shift AS ENUM ('a', 'b', 'c', 'd', 'e')", database);
    const report = await world.restore(database, {
      tables: ['app.events', 'app.hashed'],
      intoExisting: true,
      safetyBackup: false,
    });
    expect(problemsOf(report)).toEqual([]);
    for (const table of ['app.events', 'app.hashed', 'app.events_2024']) {
      expect(await hashOf(world.target, database, table)).toBe(await hashOf(world.source, 'company', table));
    }
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM pg_index WHERE NOT indisvalid')).toBe(
      '0',
    );
  });

  it('is refused by name when the backup has none, or two, of that name', async () => {
    const database = await world.newDatabase();
    await expect(world.restore(database, { tables: ['app.user'] })).rejects.toMatchObject({
      code: 'table-unknown',
    });
    await expect(world.restore(database, { schemas: ['public2'] })).rejects.toMatchObject({
      code: 'schema-unknown',
    });
    expect(await objectsIn(world.target, database)).toEqual([]);
  });
});

describe('under another name', () => {
  it('stands beside the one that is there, with indexes and keys of its own, and touches nothing', async () => {
    const database = await world.newDatabase();
    await world.restore(database);
    await world.target.run(
      "UPDATE auth.users SET secret = 'changed'; DELETE FROM auth.users WHERE id > 490 AND id NOT IN (SELECT user_id FROM app.orders)",
      database,
    );
    const before = await hashOf(world.target, database, 'auth.users');
    const report = await world.restore(database, {
      tables: ['auth.users'],
      as: 'users_restored',
      intoExisting: true,
    });
    expect(problemsOf(report)).toEqual([]);
    expect(report.safetyBackup).toBeNull();
    expect(report.items.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['table auth.users_restored']);
    expect(await hashOf(world.target, database, 'auth.users')).toBe(before);
    expect(await hashOf(world.target, database, 'auth.users_restored')).toBe(
      await hashOf(world.source, 'company', 'auth.users'),
    );
    const restored = (await objectsIn(world.target, database)).filter((name) =>
      name.includes('users_restored'),
    );
    expect(restored).toEqual([
      'auth.users_restored',
      'auth.users_restored p users_restored_pkey',
      'auth.users_restored u users_restored_email_key',
      'auth.users_restored_email_key',
      'auth.users_restored_id_seq',
      'auth.users_restored_pkey',
    ]);
    // As protected as the one beside it; its default counts on a sequence of its own; nothing fires, nothing is referred to.
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT relrowsecurity FROM pg_class WHERE relname = 'users_restored'",
      ),
    ).toBe(true);
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT policyname FROM pg_policies WHERE tablename = 'users_restored'",
      ),
    ).toBe('own');
    expect(
      await oneValue(
        world.target,
        database,
        "INSERT INTO auth.users_restored (email) VALUES ('new@example.com') RETURNING id",
      ),
    ).toBe(501);
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'auth.users_restored'::regclass",
      ),
    ).toBe('0');
    expect(
      await oneValue(
        world.target,
        database,
        "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'lifeboat%'",
      ),
    ).toBe('0');
  });

  it('can be in another schema, which is made, and be a tree of partitions', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, { tables: ['app.events'], as: 'looked_at.old_events' });
    expect(problemsOf(report)).toEqual([]);
    expect((await objectsIn(world.target, database)).filter((name) => !name.includes('pkey'))).toEqual([
      'looked_at.old_events',
      'looked_at.old_events_2024',
      'looked_at.old_events_rest',
    ]);
    expect(await hashOf(world.target, database, 'looked_at.old_events')).toBe(
      await hashOf(world.source, 'company', 'app.events'),
    );
  });

  it('is refused where that name is taken, or where it is not one table', async () => {
    const database = await world.newDatabase();
    await world.target.run('CREATE SCHEMA auth; CREATE TABLE auth.taken ()', database);
    const options = { intoExisting: true, as: 'taken' };
    await expect(world.restore(database, { ...options, tables: ['users'] })).rejects.toMatchObject({
      code: 'target-name-taken',
    });
    await expect(world.restore(database, { ...options, tables: ['users', 'orders'] })).rejects.toMatchObject({
      code: 'restore-as-unusable',
    });
    await expect(world.restore(database, { ...options, schemas: ['auth'] })).rejects.toMatchObject({
      code: 'restore-as-unusable',
    });
  });
});

describe('a schema, exclusions, rows alone, the schema alone', () => {
  it('restores one schema, with what it needs of others', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, { schemas: ['app'] });
    expect(report.outcome).toBe('restored');
    expect(problemsOf(report)).toEqual([expect.stringContaining('orders_user_id_fkey')]);
    expect(await there(database, 'app.paid_total')).toBe(true);
    expect(await there(database, 'auth.users')).toBe(false);
    expect(await hashOf(world.target, database, 'app.statistics')).toBe(
      await hashOf(world.source, 'company', 'app.statistics'),
    );
  });

  it('leaves out what is excluded, and tells of what needed it', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, { excludeTables: ['app.orders'], excludeSchemas: ['auth'] });
    expect(report.outcome).toBe('restored');
    expect(await there(database, 'app.lines')).toBe(true);
    expect(await there(database, 'app.orders')).toBe(false);
    const left = problemsOf(report).join('\n');
    expect(left).toMatch(
      /skipped statement view app\.paid: CREATE VIEW: it needs relation app\.orders, which was left out/,
    );
    expect(left).toMatch(/skipped statement constraint lines_order_id_fkey on app\.lines/);
    expect(left).not.toContain('differs');
  });

  it('restores the schema alone, and then rows alone into it', async () => {
    const database = await world.newDatabase();
    const schema = await world.restore(database, { content: 'schema' });
    expect(schema).toMatchObject({ outcome: 'restored', totals: { rows: 0, tables: 0 } });
    expect(await oneValue(world.target, database, 'SELECT count(*) FROM app.orders')).toBe('0');
    const rows = await world.restore(database, { content: 'data', intoExisting: true, safetyBackup: false });
    expect(problemsOf(rows)).toEqual([]);
    expect(rows.items.filter(({ kind }) => kind === 'foreign-key').length).toBe(2);
    expect(await hashOf(world.target, database, 'app.orders')).toBe(
      await hashOf(world.source, 'company', 'app.orders'),
    );
    expect(await oneValue(world.target, database, "SELECT nextval('app.invoice_number')")).toBe('1002');
  });

  it('finds rows whose references are not there, when it loaded rows alone', async () => {
    const database = await world.newDatabase();
    await world.restore(database);
    await world.target.run(
      'CREATE TABLE keys AS SELECT * FROM auth.users; SET session_replication_role = replica; DELETE FROM auth.users WHERE id = 3',
      database,
    );
    const options = {
      content: 'data' as const,
      tables: ['app.orders'],
      intoExisting: true,
      safetyBackup: false,
    };
    // What refers to it is not part of this restore.
    await expect(world.restore(database, options)).rejects.toMatchObject({ code: 'target-not-replaceable' });
    const report = await world.restore(database, { ...options, tables: ['app.orders', 'app.lines'] });
    expect(problemsOf(report)).toEqual([
      expect.stringMatching(/foreign-key orders_user_id_fkey .*: 6 rows refer to rows/),
    ]);
  });

  it('says which tables are missing when rows alone are to be loaded', async () => {
    const database = await world.newDatabase();
    await expect(world.restore(database, { content: 'data' })).rejects.toMatchObject({
      code: 'target-tables-missing',
    });
  });
});
