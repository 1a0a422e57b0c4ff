import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import type { ReadyTier } from '../../../lib/engine/restore/restore-into.ts';
import { takeBackup } from '../../support/vaults.ts';
import { hashOf, objectsIn, oneValue, openWorld, problemsOf, type RestoreWorld } from './restore-world.ts';
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

describe('the tiers that a backup was made with', () => {
  let place: BackupPlace;
  const notices: string[] = [];
  beforeAll(async () => {
    const backup = await takeBackup(world.source.url('company'), world.vault, {
      tiers: [
        ['auth', 'gone.table'],
        ['app.events', 'app.orders'],
      ],
      observer: { onNotice: (notice) => notices.push(notice) },
    });
    place = backup.place;
    expect(backup.manifest.tiers).toEqual([
      ['auth', 'gone.table'],
      ['app.events', 'app.orders'],
    ]);
  });
  const tiersOf = async (options: Partial<RestoreRequest> = {}) => {
    const plan = await planRestore({ ...world.request(await world.newDatabase(), options), place });
    return { tiers: plan.tiers.map(({ names }) => names), notes: plan.notes.join() };
  };

  it('are told of at once where a name is not in the database', () => {
    expect(notices).toEqual(['The tiers name gone.table, but the backup has no such table or schema.']);
  });

  it('are those of its restore, unless that is told otherwise', async () => {
    const { tiers, notes } = await tiersOf();
    expect(tiers).toEqual([['auth'], ['app.events', 'app.orders'], []]);
    expect(notes).toContain('--no-tiers');
    expect(notes).toContain('name gone.table, but the backup has no such table');
    expect((await tiersOf({ noTiers: true })).tiers).toEqual([[]]);
    expect((await tiersOf({ tiers: [['app.lines']] })).tiers).toEqual([['app.lines'], []]);
    // Of a part, those that are in it; rows alone and one table beside the other know no order.
    expect((await tiersOf({ tables: ['app.orders'] })).tiers).toEqual([['app.events', 'app.orders'], []]);
    expect((await tiersOf({ tables: ['app.orders'], as: 'other' })).tiers).toEqual([[]]);
  });

  it('are announced one after the other, and gone on with after a cut', async () => {
    const database = await world.newDatabase();
    const stop = new AbortController();
    const announced: string[] = [];
    const request = {
      ...world.request(database),
      place,
      onTier: ({ names }: ReadyTier) => void announced.push(names.join()),
    };
    const cut = restore({
      ...request,
      signal: stop.signal,
      onTier: (tier) => {
        request.onTier(tier);
        stop.abort(new Error('Ctrl-C'));
      },
    });
    await expect(cut).rejects.toThrow('Ctrl-C');
    expect(announced).toEqual(['auth']);
    const report = await restore({ ...request, resume: true });
    expect(problemsOf(report)).toEqual([]);
    expect(announced).toEqual(['auth', 'auth', 'app.events,app.orders', '']);
    expect(await hashOf(world.target, database, 'app.lines')).toBe(
      await hashOf(world.source, 'company', 'app.lines'),
    );
  });
});

it('refuses a tier of what the backup does not have', async () => {
  const database = await world.newDatabase();
  await expect(world.restore(database, { tiers: [['auth'], ['nothing.here']] })).rejects.toMatchObject({
    code: 'table-unknown',
  });
});
