import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Masks } from '../../lib/engine/masking/rules/masks-file.ts';
import { proposalFor } from '../../lib/engine/refresh/proposal.ts';
import { planRefresh, refresh } from '../../lib/engine/refresh/refresh.ts';
import { MASKS, openStagingWorld, type StagingWorld, TABLES } from '../support/staging/staging-world.ts';

let world: StagingWorld;
beforeAll(async () => {
  world = await openStagingWorld();
});
afterAll(() => world?.stop());

const asked: StagingWorld['asked'] = (...args) => world.asked(...args);
const rows: StagingWorld['rows'] = (...args) => world.rows(...args);
const databases = () => world.databases();

describe('a refresh', () => {
  it('makes the database if there is none, and lets a column hold masked values if it is told so', async () => {
    const masks = { ...MASKS, tables: { ...MASKS.tables, 'public.notes': { id: 'keep', body: 'keep' } } };
    const allowed = await refresh(asked('staging', { ...masks, mayHold: ['public.notes.body'] }));
    expect(allowed.outcome).toBe('refreshed');
  });

  it('masks alike with the same key, and keeps the former database if it is asked to', async () => {
    const before = await rows('staging', 'SELECT id, email, name, code FROM users ORDER BY id');
    const report = await refresh({ ...asked('staging'), keepsFormer: true });
    expect(report.former).toBe('staging_lifeboat_old');
    expect(await rows('staging', 'SELECT id, email, name, code FROM users ORDER BY id')).toEqual(before);
    expect(await databases()).toEqual(['staging', 'staging_lifeboat_old']);
  });

  it('goes into the database that is there, if nobody may exchange it', async () => {
    const report = await refresh({ ...asked('staging'), intoExisting: true });
    expect(report.outcome).toBe('refreshed');
    expect(JSON.stringify(await rows('staging', 'SELECT u::text FROM users u')).includes('secret')).toBe(
      false,
    );
  });
});

describe('it refuses', () => {
  const without = (table: string, column: string) => {
    const { [column]: _, ...rest } = TABLES[table] ?? {};
    return { ...MASKS, tables: { ...MASKS.tables, [table]: rest } };
  };
  const withRule = (table: string, column: string, rule: unknown) => ({
    ...MASKS,
    tables: {
      ...MASKS.tables,
      [table]: { ...TABLES[table], [column]: rule },
    },
  });
  it.each<[string, string, unknown, string, RegExp]>([
    [
      'a column that nobody decided about',
      'staging',
      without('public.users', 'code'),
      'masks-undecided',
      /public\.users\.code/,
    ],
    ['the source', 'shop', MASKS, 'target-is-source', /shop/],
    [
      'a database that is called production',
      'shop_production',
      MASKS,
      'refresh-target-is-production',
      /"targets"/,
    ],
    [
      'a target that the masks are not for',
      'staging',
      { ...MASKS, targets: ['other'] },
      'refresh-target-not-listed',
      /other/,
    ],
    [
      'a rule that a unique column does not allow',
      'staging',
      withRule('public.users', 'email', { fixed: 'a@b' }),
      'masks-unfit',
      /users\.email: it is unique/,
    ],
    [
      'a reference that is masked in another way',
      'staging',
      withRule('public.orders', 'email', 'hash'),
      'masks-unfit',
      /needs the rule of/,
    ],
    [
      'NULL for a column that is NOT NULL',
      'staging',
      withRule('public.users', 'email', 'null'),
      'masks-unfit',
      /NOT NULL/,
    ],
    [
      'a rule that a type does not allow',
      'staging',
      withRule('public.users', 'born', { fake: 'email' }),
      'masks-unfit',
      /type date/,
    ],
  ])('%s', async (_, database, masks, code, says) => {
    const failure: unknown = await planRefresh(asked(database, masks)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  it('to begin without a key', async () => {
    await expect(planRefresh({ ...asked('staging'), key: undefined })).rejects.toMatchObject({
      code: 'refresh-key-missing',
    });
  });
});

it('proposes a file that decides about every column, and that works', async () => {
  const masks: Masks = await proposalFor(world.store, world.place, new AbortController().signal);
  expect(masks.tables['public.users']).toMatchObject({ id: 'keep', name: { fake: 'name' } });
  expect(masks.tables).not.toHaveProperty('public.orders_1');
  const plan = await planRefresh(asked('staging', masks));
  expect(plan.columns.masked).toBeGreaterThan(7);
});
