import { afterAll, beforeAll, expect, it } from 'vitest';
import { restore } from '../../../lib/engine/restore.ts';
import { objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';
import { withObject } from './with-object.ts';

let world: RestoreWorld;
beforeAll(async () => {
  world = await openWorld({ major: 18 });
});
afterAll(() => world?.stop());

it('has a tier usable, whole and protected, and announced, before the next one is loaded', async () => {
  const database = await world.newDatabase();
  // Nothing of the second tier can come before the first one is announced and looked at.
  const looked = Promise.withResolvers<void>();
  const asked: string[] = [];
  const store = withObject(world.vault.store, /\/data\//, async function* (bytes, key) {
    if (!/auth\.users/.test(key)) await looked.promise;
    asked.push(key);
    yield* bytes;
  });
  let seen: Record<string, unknown> = {};
  const restoring = restore({
    ...world.request(database, { tiers: [['auth'], ['app.orders', 'app.lines']] }),
    store,
    onTier: async ({ names }, number) => {
      if (number !== 0) return;
      const see = (sql: string) => oneValue(world.target, database, sql);
      seen = {
        names,
        asked: [...asked].length,
        users: await see('SELECT count(*) FROM auth.users'),
        keys: (await objectsIn(world.target, database)).filter((name) => /^auth\.users [pu] /.test(name)),
        policy: await see("SELECT relrowsecurity FROM pg_class WHERE relname = 'users'"),
        trigger: await see("SELECT count(*) FROM pg_trigger WHERE tgname = 'touched'"),
        counted: await see("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'users'"),
        next: await see("SELECT nextval('auth.users_id_seq')"),
        orders: await see('SELECT count(*) FROM app.orders'),
      };
      looked.resolve();
    },
  });
  const report = await restoring;
  expect(seen).toEqual({
    names: ['auth'],
    asked: 1,
    users: '500',
    keys: ['auth.users p users_pkey', 'auth.users u users_email_key'],
    policy: true,
    trigger: '1',
    counted: true,
    next: '501',
    orders: '0',
  });
  // A number was taken in between, as an application would: what was compared before it was announced still holds.
  expect(problemsOf(report)).toEqual([]);
  expect(report.tiers.map(({ names, tables }) => [names, tables])).toEqual([
    [['auth'], 1],
    [['app.orders', 'app.lines'], 2],
    [[], report.totals.tables - 3],
  ]);
  const after = report.tiers.map(({ readyAfterMs }) => readyAfterMs);
  expect(after).toEqual([...after].sort((a, b) => a - b));
  expect(
    await oneValue(
      world.target,
      database,
      "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated",
    ),
  ).toBe('2');
});

it('refuses a tier of what the backup does not have', async () => {
  const database = await world.newDatabase();
  await expect(world.restore(database, { tiers: [['auth'], ['nothing.here']] })).rejects.toMatchObject({
    code: 'table-unknown',
  });
});
