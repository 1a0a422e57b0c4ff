import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { intercept } from '../support/intercepted-store.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';
import { copyTextOf, newPlace, type TestVault, takeBackup, testVault } from '../support/vaults.ts';
import { attempt, expectNextRunFine, expectSourceLeftAlone } from './aftermath.ts';

/** A source that is changed, and restarted, while it is backed up. */
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
const TABLES = Array.from({ length: 20 }, (_, at) => `t${at + 1}`);
const ROWS = 200;

let server: PostgresServer;
let vault: TestVault;
const tally = new Tally();

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  vault = await testVault();
  await server.run(
    `CREATE TABLE moment (n int); INSERT INTO moment VALUES (0);
     ${TABLES.map((t) => `CREATE TABLE ${t} (v int, filler text); INSERT INTO ${t} SELECT 0, repeat('x', 50) FROM generate_series(1, ${ROWS})`).join(';')}`,
  );
});
afterEach(async () => {
  await expectSourceLeftAlone(server);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
  console.log(
    `changing source, LIFEBOAT_SEED=${random.seed}\n${tally.table(['what happened', 'tried', 'survived'])}`,
  );
});

/** What is done to a table before its rows get the next number, all in one transaction. */
const CHANGES: ReadonlyArray<(table: string) => string> = [
  (t) => `TRUNCATE ${t}; INSERT INTO ${t} SELECT -1, repeat('y', 50) FROM generate_series(1, ${ROWS})`,
  (t) => `ALTER TABLE ${t} ALTER v TYPE bigint; ALTER TABLE ${t} ALTER v TYPE int`,
  (t) => `ALTER TABLE ${t} ADD COLUMN extra int DEFAULT 7; ALTER TABLE ${t} DROP COLUMN extra`,
  // Locked, for the other changer's rows would be there twice: a DELETE that waited for it does not see what it inserted.
  (t) =>
    `LOCK TABLE ${t} IN SHARE ROW EXCLUSIVE MODE; DELETE FROM ${t}; INSERT INTO ${t} SELECT -1, repeat('z', 50) FROM generate_series(1, ${ROWS})`,
  (t) => `LOCK TABLE ${t} IN ACCESS EXCLUSIVE MODE`,
  (t) => `CREATE OR REPLACE FUNCTION f_${t}() RETURNS int LANGUAGE sql AS 'SELECT ${random.below(1000)}'`,
];

/** Two tables at a time get the number of the moment; returns what each moment changed. */
async function changer(stop: AbortSignal, moments: Map<number, readonly string[]>): Promise<void> {
  const client: pg.Client = await server.connect();
  while (!stop.aborted) {
    const pair = [random.pick(TABLES), random.pick(TABLES)];
    try {
      if (random.below(8) === 0) await client.query(`VACUUM FULL ${pair[0]}`);
      await client.query(`BEGIN; ${pair.map((table) => random.pick(CHANGES)(table)).join(';')}`);
      const { rows } = await client.query('UPDATE moment SET n = n + 1 RETURNING n');
      await client.query(`${pair.map((table) => `UPDATE ${table} SET v = ${rows[0].n}`).join(';')}`);
      await client.query('COMMIT');
      moments.set(rows[0].n, pair);
    } catch {
      // A deadlock with the other changer, or with nobody's backup: the moment did not happen.
      await client.query('ROLLBACK');
    }
    // Room for the backup to find its locks.
    await delay(random.below(40));
  }
  await client.end();
}

it('changed without pause, it is one moment or it is refused', async () => {
  const moments = new Map<number, readonly string[]>();
  const stop = new AbortController();
  const changers = [changer(stop.signal, moments), changer(stop.signal, moments)];
  const sealed: Awaited<ReturnType<typeof takeBackup>>[] = [];
  try {
    for (let round = 0; round < 8; round += 1) {
      const outcome = await backup({
        settings: connectionSettings(server.url()),
        store: vault.store,
        place: newPlace(),
        coordinatorOptions: { lockPatienceMs: 15_000 },
      }).catch((error: unknown) => error);
      if (outcome instanceof LifeboatError) {
        expect(outcome.kind).toBe('source');
        tally.add(`changed all the time: refused, ${outcome.code}`, true);
      } else {
        expect(outcome).toMatchObject({ outcome: 'sealed' });
        sealed.push(outcome as (typeof sealed)[number]);
      }
    }
  } finally {
    stop.abort();
    await Promise.all(changers);
  }
  for (const { place, manifest } of sealed) {
    expect((await verifyBackup(vault.store, place)).verdict).toBe('intact');
    const valuesOf = async (table: string) => {
      const text = (await copyTextOf(vault, manifest, 'public', table)).toString();
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => Number(line.split('\t')[0]));
    };
    const [n = -1] = await valuesOf('moment');
    for (const table of TABLES) {
      const latest = Math.max(
        0,
        ...[...moments].filter(([m, pair]) => m <= n && pair.includes(table)).map(([m]) => m),
      );
      expect(await valuesOf(table), `${table} at moment ${n}`).toEqual(Array(ROWS).fill(latest));
    }
    tally.add('changed all the time: sealed, equal to one moment', true);
  }
  expect(moments.size, 'the source did change').toBeGreaterThan(10);
});

describe('a migration that waits for our lock', () => {
  it('is not waited for, and succeeds, whichever of 20 tables it wants', async () => {
    const watcher = await server.connect();
    for (const table of TABLES) {
      const migration = await server.connect();
      const { processID } = migration as unknown as { processID: number };
      let altered: Promise<unknown> | undefined;
      const startedAt = performance.now();
      await takeBackup(server.url(), {
        store: intercept(vault.store, {
          // Before anything is written, the rows of the first table or a script, the locks are held.
          beforePut: async (key) => {
            if (altered || !key.includes('.copy.')) return;
            altered = migration.query(`ALTER TABLE ${table} ADD COLUMN later int`);
            await expect
              .poll(
                async () => {
                  const state = `SELECT wait_event_type AS w FROM pg_stat_activity WHERE pid = ${processID}`;
                  return (await watcher.query(state)).rows[0]?.w;
                },
                { interval: 5, timeout: 10_000 },
              )
              .toBe('Lock');
          },
        }),
      });
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect(altered).toBeDefined();
      await altered;
      await migration.query(`ALTER TABLE ${table} DROP COLUMN later`);
      await migration.end();
      tally.add('migration waits for our lock', true);
    }
    await watcher.end();
  });
});

it.each(['pre-data', 't1.', 't20.', 'post-data'])('a server that restarts at %s', async (part) => {
  let restarted: Promise<void> | undefined;
  const restartAt = async (key: string) => {
    if (!key.includes(part)) return;
    restarted ??= server.restart();
    await restarted;
  };
  const store = intercept(vault.store, { beforePut: restartAt, beforeUpload: restartAt });
  const { sealed, error } = await attempt(server.url(), store, { store: vault.store });
  expect(restarted).toBeDefined();
  expect(sealed).toBe(false);
  expect(error).toMatchObject({ kind: 'source' });
  await expectNextRunFine(server, vault.store);
  tally.add('server restarts', true);
});
