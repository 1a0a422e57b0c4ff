import { afterAll, beforeAll, expect, it } from 'vitest';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { type Interceptions, intercept } from '../../support/intercepted-store.ts';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld();
});
afterAll(() => world?.stop());

const ACCOUNTS = `
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, note text);
  CREATE TABLE postings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL REFERENCES accounts, amount int);
  INSERT INTO accounts SELECT g, 100, 'as it was' FROM generate_series(1, 5000) g;
  INSERT INTO postings (account, amount) SELECT g, 1 FROM generate_series(1, 5000) g;`;

it('lets clients read and write all the time, and keeps what they write', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run(
    "UPDATE accounts SET note = 'bad update' WHERE id <= 4000; DELETE FROM postings WHERE id <= 1000; INSERT INTO accounts SELECT g, 100, 'newer' FROM generate_series(6001, 7000) g",
  );
  const stop = new AbortController();
  let statements = 0;
  const clients = [1, 2, 3, 4, 5].map(async (number) => {
    const client = await world.server.connect(night.database);
    try {
      // Fails a client that waits for a lock of ours.
      await client.query("SET lock_timeout = '1s'");
      for (let turn = 0; !stop.signal.aborted; turn += 1) {
        // Rows that the run leaves alone. What it overwrites is locked until the end, and so is what a client changes
        // before it is compared.
        const account = 6001 + ((turn * 5 + number) % 1000);
        await client.query('INSERT INTO postings (account, amount) VALUES ($1, 7)', [account]);
        await client.query('UPDATE accounts SET balance = balance + 7 WHERE id = $1', [account]);
        await client.query('SELECT count(*) FROM accounts');
        statements += 3;
      }
    } finally {
      await client.end();
    }
  });
  const result = await night.bringBack(['accounts', 'postings'], { overwrite: true, trial: false });
  stop.abort();
  await Promise.all(clients);
  expect(result.outcome).toBe('restored');
  expect(done(result)['public.postings']?.[0]).toBe(1000);
  expect(result.tables.find(({ name }) => name === 'public.accounts')?.overwritten).toBeGreaterThanOrEqual(
    4000,
  );
  expect(statements).toBeGreaterThan(0);
  expect(await night.rows("SELECT count(*)::int FROM accounts WHERE note = 'bad update'")).toEqual([0]);
});

it('lets clients add rows that refer to rows which are being overwritten', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run("UPDATE accounts SET note = 'bad update'");
  let added = 0;
  const client = await world.server.connect(night.database);
  const adding = intercept(world.vault.store, {
    // The rows are locked, and not committed.
    beforePut: async (key) => {
      if (!key.endsWith('rows.json')) return;
      await client.query("SET lock_timeout = '1s'");
      await client.query('INSERT INTO postings (account, amount) VALUES (5, 7)');
      added += 1;
    },
  });
  const result = await night.bringBack(['accounts'], { overwrite: true, store: adding } as object);
  await client.end();
  expect(done(result)).toEqual({ 'public.accounts': [0, 5000, 0, 0] });
  expect(added).toBe(1);
});

it('overwrites what a row is now, not what it was when it was compared, and keeps that for an undo', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run("UPDATE accounts SET note = 'bad' WHERE id = 1");
  const result = await night.bringBack(['accounts'], {
    overwrite: true,
    // After the rows were compared, and tried.
    confirm: () => night.run("UPDATE accounts SET note = 'worse', balance = 5 WHERE id IN (1, 3)"),
  });
  expect(done(result)).toEqual({ 'public.accounts': [0, 1, 0, 0] });
  expect(await night.rows('SELECT id, balance, note FROM accounts WHERE id IN (1, 3) ORDER BY id')).toEqual([
    [1, 100, 'as it was'],
    [3, 5, 'worse'],
  ]);
  await night.undo(result);
  expect(await night.rows('SELECT balance, note FROM accounts WHERE id = 1')).toEqual([[5, 'worse']]);
});

it('gives way while somebody holds a row, and names who holds it in the end', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run("UPDATE accounts SET note = 'bad' WHERE id <= 10");
  const holder = await world.server.connect(night.database);
  await holder.query(
    "SET application_name = 'the holder'; BEGIN; UPDATE accounts SET balance = 1 WHERE id = 5",
  );
  await holder.query("UPDATE accounts SET note = 'top secret' WHERE id = 5");
  const notices: string[] = [];
  const failed = night.bringBack(['accounts'], {
    overwrite: true,
    observer: { onNotice: (notice) => void notices.push(notice) },
  });
  await expect(failed).rejects.toMatchObject({
    code: 'restore-rows-locked',
    what: expect.stringMatching(/locked by pid \d+ \(postgres, the holder, in a transaction since/),
    remedy: expect.stringContaining('pg_terminate_backend('),
  });
  expect(notices.length).toBe(4);
  const told = [...notices, String(await failed.catch((error: unknown) => error))];
  for (const text of told) {
    expect(text).toContain('UPDATE accounts SET note =');
    expect(text).not.toContain('secret');
  }
  const waited = night.bringBack(['accounts'], {
    overwrite: true,
    observer: { onNotice: () => void holder.query('ROLLBACK') },
  });
  expect(done(await waited)).toEqual({ 'public.accounts': [0, 10, 0, 0] });
  await holder.end();
});

it('changes nothing if the safety copy cannot be written, or the run is interrupted before the end', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run('DELETE FROM postings');
  const refusing = intercept(world.vault.store, {
    beforePut: (key) => {
      if (key.endsWith('rows.json'))
        throw new LifeboatError({ code: 'gone', kind: 'vault', what: 'It is gone.' });
    },
  });
  await expect(night.bringBack(['postings'], { store: refusing } as object)).rejects.toMatchObject({
    code: 'restore-safety-backup-failed',
    kind: 'vault',
    remedy: expect.stringContaining('--no-safety-backup'),
  });
  expect(await night.rows('SELECT count(*)::int FROM postings')).toEqual([0]);
  const copies = world.vault.files().filter((file) => file.includes('before-restore')).length;
  const bare = await night.bringBack(['accounts', 'postings'], {
    store: refusing,
    safetyCopyKept: false,
  } as object);
  expect(bare).toMatchObject({ outcome: 'restored', safetyCopy: null });
  expect(await night.rows('SELECT count(*)::int FROM postings')).toEqual([5000]);
  expect(world.vault.files().filter((file) => file.includes('before-restore')).length).toBe(copies);
  await night.run('DELETE FROM postings');
  const stop = new AbortController();
  const cut = intercept(
    world.vault.store,
    whenRowsAreWritten(() => stop.abort(new Error('cut'))),
  );
  await expect(night.bringBack(['postings'], { store: cut, signal: stop.signal } as object)).rejects.toThrow(
    'cut',
  );
  expect(await night.rows('SELECT count(*)::int FROM postings')).toEqual([0]);
  const result = await night.bringBack(['postings']);
  expect(done(result)).toEqual({ 'public.postings': [5000, 0, 0, 0] });
});

it('does an undo that was interrupted as a whole or not at all, and again', async () => {
  const night = await world.night(ACCOUNTS);
  await night.run("UPDATE accounts SET note = 'bad'");
  const damaged = await night.hash('accounts');
  const result = await night.bringBack(['accounts'], { overwrite: true });
  const stop = new AbortController();
  const cut = intercept(
    world.vault.store,
    whenRowsAreWritten(() => stop.abort(new Error('cut'))),
  );
  await expect(night.undo(result, { store: cut, signal: stop.signal })).rejects.toThrow('cut');
  expect(await night.rows("SELECT count(*)::int FROM accounts WHERE note = 'bad'")).toEqual([0]);
  await night.undo(result);
  expect(await night.hash('accounts')).toBe(damaged);
  expect((await night.undo(result)).outcome).toBe('nothing');
});

/** In the middle of the rows of a safety copy, which are put whole if they fit into memory. */
function whenRowsAreWritten(cut: () => void): Interceptions {
  return { duringUpload: cut, beforePut: (key) => (key.includes('.copy.zst') ? cut() : undefined) };
}
