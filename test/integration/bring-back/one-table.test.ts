import { afterAll, beforeAll, expect, it } from 'vitest';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { intercept } from '../../support/intercepted-store.ts';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld();
});
afterAll(() => world?.stop());

const USERS = `
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE, n int NOT NULL DEFAULT 0,
    twice int GENERATED ALWAYS AS (n * 2) STORED);
  INSERT INTO users (email, n) SELECT 'u' || g || '@example.com', g FROM generate_series(1, 1000) g;`;

it('inserts missing rows and leaves changed and added ones alone', async () => {
  const night = await world.night(USERS);
  await night.run(
    "DELETE FROM users WHERE id % 10 = 0; UPDATE users SET n = -1 WHERE id = 5; INSERT INTO users (email) VALUES ('new')",
  );
  const result = await night.bringBack(['users']);
  expect(result).toMatchObject({ outcome: 'restored', triggers: 'off', conflicts: [], sequences: [] });
  expect(result.tables).toEqual([
    expect.objectContaining({
      missing: 100,
      inserted: 100,
      changed: 1,
      overwritten: 0,
      added: 1,
      deleted: 0,
      altered: 0,
    }),
  ]);
  expect(result.tables[0]?.examples).toMatchObject({
    missing: expect.arrayContaining([{ id: '10' }, { id: '100' }]),
    changed: [{ id: '5' }],
    added: [{ id: '1001' }],
  });
  expect(await night.rows('SELECT count(*)::int, sum(twice)::int FROM users')).toEqual([[1001, 1_000_988]]);
});

it('overwrites changed rows and deletes added ones when it is told to, and undoes both', async () => {
  const night = await world.night(USERS);
  const before = await night.hash('users');
  await night.run(
    "DELETE FROM users WHERE id % 10 = 0; UPDATE users SET n = -1 WHERE id % 10 = 1; INSERT INTO users (email) VALUES ('a'), ('b')",
  );
  const damaged = await night.hash('users');
  const result = await night.bringBack(['users'], { overwrite: true, deleteAdded: true });
  expect(done(result)).toEqual({ 'public.users': [100, 100, 2, 0] });
  expect(await night.hash('users')).toBe(before);
  const undone = await night.undo(result);
  expect(done(undone)).toEqual({ 'public.users': [2, 100, 100, 0] });
  expect(await night.hash('users')).toBe(damaged);
  expect((await night.undo(result)).outcome).toBe('nothing');
  expect(done(await night.undo(undone))).toEqual({ 'public.users': [100, 100, 2, 0] });
  expect(await night.hash('users')).toBe(before);
});

it('promises in a dry run what the run does, and changes nothing', async () => {
  const night = await world.night(USERS);
  await night.run('DELETE FROM users WHERE id <= 3; UPDATE users SET n = 7');
  const damaged = await night.hash('users');
  const dry = await night.bringBack(['users'], { overwrite: true, dryRun: true });
  expect(await night.hash('users')).toBe(damaged);
  expect(dry).toMatchObject({ outcome: 'restored', safetyCopy: null, dryRun: true });
  const real = await night.bringBack(['users'], { overwrite: true });
  expect(done(real)).toEqual(done(dry));
});

it('lists conflicts with newer rows by their keys, changes nothing, and does the rest only when told to', async () => {
  const night = await world.night(USERS);
  await night.run(
    "DELETE FROM users WHERE id <= 20; INSERT INTO users (email) VALUES ('u7@example.com'), ('u9@example.com')",
  );
  const damaged = await night.hash('users');
  const refused = await night.bringBack(['users']);
  expect(refused).toMatchObject({ outcome: 'refused', safetyCopy: null });
  expect(refused.conflicts.map(({ key, reason }) => [key.id, reason])).toEqual([
    ['7', 'another row has the same values in the unique key users_email_key'],
    ['9', 'another row has the same values in the unique key users_email_key'],
  ]);
  expect(refused.conflicts[0]?.other).toEqual({ table: 'public.users', key: { id: '1001' } });
  expect(await night.hash('users')).toBe(damaged);
  const partial = await night.bringBack(['users'], { skipConflicts: true });
  expect(partial.outcome).toBe('partial');
  expect(done(partial)).toEqual({ 'public.users': [18, 0, 0, 2] });
  expect(await night.rows('SELECT count(*)::int FROM users WHERE id <= 20')).toEqual([18]);
  const all = await night.bringBack(['users'], { deleteAdded: true });
  expect(done(all)).toEqual({ 'public.users': [2, 0, 2, 0] });
});

it('lets values change places between rows, although the unique key refuses each step', async () => {
  const night = await world.night(
    'CREATE TABLE places (id int PRIMARY KEY, place int UNIQUE, note text); INSERT INTO places SELECT g, g, g FROM generate_series(1, 50) g',
  );
  const before = await night.hash('places');
  await night.run(
    'UPDATE places SET place = -place; UPDATE places SET place = 51 + place; ALTER TABLE places ADD fresh int DEFAULT 3',
  );
  const result = await night.bringBack(['places'], { overwrite: true });
  expect(result.outcome).toBe('restored');
  await night.run('ALTER TABLE places DROP fresh');
  expect(await night.hash('places')).toBe(before);
});

it('changes so many rows in each transaction if it is told to, and each can be undone', async () => {
  const night =
    await world.night(`${USERS} CREATE TABLE notes (id int PRIMARY KEY, user_id bigint REFERENCES users);
    INSERT INTO notes SELECT g, g FROM generate_series(1, 50) g`);
  const before = [await night.hash('users'), await night.hash('notes')];
  await night.run(
    "DELETE FROM notes; DELETE FROM users WHERE id <= 25; UPDATE users SET n = -1 WHERE id > 980; INSERT INTO users (email) VALUES ('a'), ('b'); INSERT INTO notes VALUES (99, 1001)",
  );
  const damaged = [await night.hash('users'), await night.hash('notes')];
  const options = { overwrite: true, deleteAdded: true, batchRows: 20 };
  const dry = await night.bringBack(['users', 'notes'], { ...options, dryRun: true });
  const result = await night.bringBack(['users', 'notes'], options);
  expect([result.outcome, result.safetyCopies.length]).toEqual(['restored', 8]);
  expect(done(result)).toEqual({ 'public.users': [25, 20, 2, 0], 'public.notes': [50, 0, 1, 0] });
  expect(done(dry)).toEqual(done(result));
  expect([await night.hash('users'), await night.hash('notes')]).toEqual(before);
  for (const safetyCopy of result.safetyCopies) await night.undo({ safetyCopy });
  expect([await night.hash('users'), await night.hash('notes')]).toEqual(damaged);
  await night.run("UPDATE users SET email = 'u20@example.com' WHERE email = 'a'");
  let kept = 0;
  const full = intercept(world.vault.store, {
    beforePut: (key) => {
      if (key.endsWith('rows.json') && ++kept > 1)
        throw new LifeboatError({ code: 'full', kind: 'vault', what: 'It is full.' });
    },
  });
  const cut = night.bringBack(['users'], { batchRows: 5, trial: false, store: full } as object);
  await expect(cut).rejects.toMatchObject({
    code: 'restore-safety-backup-failed',
    meaning: 'This batch was rolled back. Those before it were committed and stay: 5 rows.',
    remedy: expect.stringMatching(/in this order: lifeboat restore --undo manual\S+$/),
  });
  expect(await night.rows('SELECT count(*)::int FROM users WHERE id <= 25')).toEqual([5]);
  const stopped = await night.bringBack(['users'], { batchRows: 10, trial: false });
  expect(stopped).toMatchObject({ outcome: 'partial', conflictCount: 1 });
  expect(done(stopped)).toEqual({ 'public.users': [10, 0, 0, 1] });
});

it('refuses in an undo the rows that changed again, and says which', async () => {
  const night = await world.night(USERS);
  await night.run('DELETE FROM users WHERE id <= 5; UPDATE users SET n = -1 WHERE id BETWEEN 11 AND 15');
  const result = await night.bringBack(['users'], { overwrite: true });
  await night.run('UPDATE users SET n = 99 WHERE id IN (2, 12); DELETE FROM users WHERE id IN (3, 13)');
  const between = await night.hash('users');
  const refused = await night.undo(result);
  expect(refused.outcome).toBe('refused');
  expect(refused.conflicts.map(({ key, reason }) => `${key.id} ${reason}`).sort()).toEqual([
    '12 it was changed since',
    '13 it was deleted since',
    '2 it was changed since',
  ]);
  expect(await night.hash('users')).toBe(between);
  const rest = await night.undo(result, { skipConflicts: true });
  expect(done(rest)).toEqual({ 'public.users': [0, 3, 3, 3] });
});

it('undoes nothing in another database, whose rows may have been there before', async () => {
  const night = await world.night(USERS);
  await night.run('DELETE FROM users WHERE id <= 5');
  const result = await night.bringBack(['users']);
  const other = await world.night(USERS);
  const before = await other.hash('users');
  await expect(other.undo(result)).rejects.toMatchObject({ code: 'undo-other-database' });
  expect(await other.hash('users')).toBe(before);
});

it('refuses a table without a key, and one that is gone, with what to do and the likely new name', async () => {
  const night = await world.night(
    `CREATE TABLE log (line text); CREATE TABLE gone (id int PRIMARY KEY); CREATE TABLE called (id int PRIMARY KEY, v text, w int); CREATE TABLE keyed (uid int PRIMARY KEY, v text)`,
  );
  await night.run(
    'DROP TABLE gone; ALTER TABLE called RENAME TO "is Called"; ALTER TABLE keyed RENAME uid TO id',
  );
  await expect(night.bringBack(['log'])).rejects.toMatchObject({ code: 'restore-rows-no-key' });
  await expect(night.bringBack(['gone'])).rejects.toMatchObject({
    code: 'restore-rows-table-gone',
    remedy: expect.stringContaining('Restore the table itself'),
  });
  await expect(night.bringBack(['called'])).rejects.toMatchObject({
    code: 'restore-rows-table-gone',
    remedy: expect.stringContaining('It may be public.is Called now'),
  });
  await expect(night.bringBack(['keyed'])).rejects.toMatchObject({
    code: 'restore-rows-no-key',
    remedy: expect.stringContaining('ALTER TABLE "public"."keyed" RENAME "id" TO "uid"'),
  });
});

it('refuses a database whose sessions are read-only by default, unless it is told to write all the same', async () => {
  const night = await world.night(USERS);
  await night.run(
    `DELETE FROM users WHERE id <= 5; ALTER DATABASE ${night.database} SET default_transaction_read_only = on`,
  );
  for (const dryRun of [true, false]) {
    await expect(night.bringBack(['users'], { dryRun })).rejects.toMatchObject({
      code: 'restore-rows-read-only',
      what: expect.stringContaining(`set for database ${night.database}`),
    });
  }
  const result = await night.bringBack(['users'], { despiteReadOnly: true });
  expect(done(result)).toEqual({ 'public.users': [5, 0, 0, 0] });
});
