import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PrismaPg } from '@prisma/adapter-pg';
import type { ArgType } from '@prisma/driver-adapter-utils';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  checkDatabaseHealth,
  LifeboatError,
  ResilientPool,
  type ResilientPoolOptions,
} from '../../../lib/pool/index.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  await server.run(
    `CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
     INSERT INTO accounts VALUES (1, 0), (2, 0);
     CREATE TABLE notes (id int PRIMARY KEY, body text)`,
  );
});
afterAll(() => server?.stop());

const pools: ResilientPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.shutdown(0).catch(() => {})));
});

interface Heard {
  readonly pool: ResilientPool;
  readonly retries: number[];
  readonly events: string[];
}

function open(
  environment: Record<string, string> = {},
  options: Omit<ResilientPoolOptions, 'environment'> = {},
): Heard {
  const pool = new ResilientPool({
    environment: { DATABASE_URL: server.url(), ...environment },
    firstWaitMs: 20,
    ...options,
  });
  pools.push(pool);
  const retries: number[] = [];
  const events: string[] = [];
  pool.on('retry' as 'error', ((_: unknown, waitMs: number) => retries.push(waitMs)) as never);
  pool.on('unavailable' as 'error', () => events.push('unavailable'));
  pool.on('available' as 'error', () => events.push('available'));
  return { pool, retries, events };
}

/** An address where nothing listens. */
const NOWHERE = { DATABASE_URL: 'postgres://app@127.0.0.1:1/shop' };
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: Error & { code?: string }) => error,
  );

describe('a pool', () => {
  it('survives a restart of the server', async () => {
    const { pool } = open({}, { firstWaitMs: 300 });
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    const restarted = server.restart();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        await new Promise((resolve) => setTimeout(resolve, number * 20));
        const client = await pool.connect();
        client.release();
        return 'connected';
      }),
    );
    await restarted;
    expect(new Set(answers)).toEqual(new Set(['connected']));
    expect((await pool.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('tries again five times, each time after twice the wait', async () => {
    const { pool, retries } = open(NOWHERE);
    expect(await failed(pool.query('SELECT 1'))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(retries).toHaveLength(5);
    for (const [at, waitMs] of retries.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(20 * 2 ** at);
      expect(waitMs).toBeLessThanOrEqual(25 * 2 ** at);
    }
  });

  it.each([
    ['a wrong password', () => ({ DATABASE_URL: server.url().replace(server.password, 'wrong') }), '28P01'],
    ['a database that is not there', () => ({ DATABASE_URL: server.url('nothing') }), '3D000'],
  ])('does not try again with %s, and nobody else is refused for it', async (_, environment, code) => {
    const { pool, retries, events } = open(environment());
    for (let caller = 0; caller < 6; caller += 1)
      expect(await failed(pool.connect())).toMatchObject({ code });
    expect({ retries, events }).toEqual({ retries: [], events: [] });
  });

  it('refuses at once after five callers got no connection, then lets one try, and closes when that succeeds', async () => {
    const { pool, retries, events } = open(NOWHERE, { firstWaitMs: 1, openMs: 300 });
    for (let caller = 0; caller < 5; caller += 1)
      expect(await failed(pool.connect())).toMatchObject({ code: 'ECONNREFUSED' });
    expect(events).toEqual(['unavailable']);
    expect(pool.isUnavailable).toBe(true);
    const tried = retries.length;
    expect(await failed(pool.query('SELECT 1'))).toMatchObject({ code: 'database-unavailable' });
    expect(retries).toHaveLength(tried);
    await expect.poll(() => failed(pool.connect()).then((error) => error?.code)).toBe('ECONNREFUSED');
    expect(retries).toHaveLength(tried);
    expect(await failed(pool.connect())).toMatchObject({ code: 'database-unavailable' });
    const { port } = new URL(server.url());
    Object.assign(pool.options, {
      port: Number(port),
      user: 'postgres',
      password: server.password,
      database: 'postgres',
    });
    await expect
      .poll(() =>
        pool.query('SELECT 1 AS one').then(
          ({ rows }) => rows,
          (error) => error.code,
        ),
      )
      .toEqual([{ one: 1 }]);
    expect(events.at(-1)).toBe('available');
  });

  it('has no more connections than DB_POOL_MAX, and says so to who waits for longer than DB_CONNECTION_TIMEOUT', async () => {
    const { pool, retries } = open({ DB_POOL_MAX: '2', DB_CONNECTION_TIMEOUT: '2s' });
    const held = [await pool.connect(), await pool.connect()];
    expect(await failed(pool.connect())).toMatchObject({
      code: 'pool-exhausted',
      what: 'All 2 connections of the pool were in use for 2000 ms.',
    });
    expect(retries).toEqual([]);
    for (const client of held) client.release();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('repeats a single statement that was rolled back for another one, and no more than that', async () => {
    const { pool, retries } = open({ DB_POOL_MAX: '4' });
    const other = await server.connect();
    await pool.query('UPDATE accounts SET balance = 0');
    // The pool's statement locks 1 and then waits for 2, which the other holds; the other asks for 1: a deadlock. The
    // server ends whoever notices first, which is the pool's.
    await other.query(`SET deadlock_timeout = '1h'; BEGIN; UPDATE accounts SET balance = 5 WHERE id = 2`);
    const statement = pool.query(
      `UPDATE accounts a SET balance = a.balance + 1 FROM (SELECT id FROM accounts ORDER BY id FOR UPDATE) o WHERE a.id = o.id`,
    );
    await expect
      .poll(async () => {
        const { rows } = await server
          .connect()
          .then((client) =>
            client
              .query(
                `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE accounts a%'`,
              )
              .finally(() => client.end()),
          );
        return rows[0]?.n;
      })
      .toBe(1);
    const theirs = other.query('UPDATE accounts SET balance = 5 WHERE id = 1');
    await theirs;
    await other.query('COMMIT');
    await statement;
    await other.end();
    expect(retries.length).toBeGreaterThan(0);
    expect((await pool.query('SELECT id, balance FROM accounts ORDER BY id')).rows).toEqual([
      { id: 1, balance: 6 },
      { id: 2, balance: 6 },
    ]);
    const raises = `DO $$ BEGIN RAISE EXCEPTION 'not again' USING ERRCODE = 'serialization_failure'; END $$`;
    const before = retries.length;
    expect(await failed(pool.query(raises))).toMatchObject({ code: '40001' });
    expect(retries).toHaveLength(before);
  });

  it('gives callbacks what pg.Pool gives them', async () => {
    const { pool } = open();
    const rows = await new Promise((resolve, reject) =>
      pool.query('SELECT $1::int AS n', [7], (error, result) =>
        error ? reject(error) : resolve(result.rows),
      ),
    );
    expect(rows).toEqual([{ n: 7 }]);
    const connected = await new Promise((resolve, reject) =>
      pool.connect((error, client, done) => {
        if (error) return reject(error);
        done();
        resolve(client !== undefined);
      }),
    );
    expect(connected).toBe(true);
    expect(pool.idleCount).toBe(pool.totalCount);
  });
});

describe('the end of a pool', () => {
  it('waits for those who have a connection, and refuses those who wait for one', async () => {
    const { pool } = open({ DB_POOL_MAX: '1' });
    const client = await pool.connect();
    const waiting = failed(pool.connect());
    const stopped = pool.shutdown(60_000);
    expect(await waiting).toMatchObject({ code: 'pool-closed' });
    expect(await failed(pool.query('SELECT 1'))).toMatchObject({ code: 'pool-closed' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    client.release();
    expect(await stopped).toBe(0);
  });

  it('cuts off who does not finish, and the server rolls that back', async () => {
    const { pool } = open();
    const client = await pool.connect();
    client.on('error', () => {});
    await client.query('BEGIN; INSERT INTO notes VALUES (99, $$unfinished$$)');
    expect(await pool.shutdown(50)).toBe(1);
    const reader = open().pool;
    expect((await reader.query('SELECT * FROM notes WHERE id = 99')).rows).toEqual([]);
    // Whoever had it may release it as usual.
    client.release();
  });

  it('comes with a signal, which then ends the process as if nobody had listened', async () => {
    const library = new URL('../../../lib/pool/index.ts', import.meta.url).href;
    const application = `
      const { ResilientPool, shutdownOnSignals } = await import('${library}');
      const pool = new ResilientPool();
      shutdownOnSignals(pool, 60_000);
      const client = await pool.connect();
      await client.query('BEGIN; INSERT INTO notes VALUES (42)');
      console.log('ready');
      setTimeout(async () => { await client.query('COMMIT'); client.release(); console.log('finished'); }, 300);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', application], {
      env: { ...process.env, DATABASE_URL: server.url() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (text.includes('ready')) child.kill('SIGTERM');
    });
    const [, signal] = await once(child, 'close');
    expect(said).toBe('ready\nfinished\n');
    expect(signal).toBe('SIGTERM');
    expect((await open().pool.query('SELECT id FROM notes WHERE id = 42')).rowCount).toBe(1);
  });

  it('does not wait for new tries', async () => {
    const { pool, retries } = open(NOWHERE, { firstWaitMs: 60_000 });
    const waiting = failed(pool.connect());
    await expect.poll(() => retries.length).toBe(1);
    expect(await pool.shutdown()).toBe(0);
    expect(await waiting).toBeInstanceOf(LifeboatError);
  });
});

describe('the health of a database', () => {
  it('is healthy with its latency', async () => {
    expect(await checkDatabaseHealth(open().pool)).toEqual({
      healthy: true,
      latencyMs: expect.any(Number),
      error: null,
    });
  });

  it('says what is wrong, without the password, and within its time', async () => {
    const wrong = open({ DATABASE_URL: server.url().replace(server.password, 'wr0ng-secret') }).pool;
    const { healthy, error } = await checkDatabaseHealth(wrong);
    expect(healthy).toBe(false);
    expect(error).toContain('password authentication failed');
    expect(error).not.toContain('wr0ng-secret');
    const { pool } = open(NOWHERE, { firstWaitMs: 60_000 });
    expect(await checkDatabaseHealth(pool, 100)).toMatchObject({
      healthy: false,
      error: 'no answer within 100 ms',
    });
  });

  it('works with any pg.Pool, and leaves it as it was', async () => {
    const plain = new pg.Pool({ connectionString: server.url(), max: 1 });
    const client = await plain.connect();
    expect(await checkDatabaseHealth(plain, 50)).toMatchObject({ healthy: false });
    client.release();
    expect(await checkDatabaseHealth(plain)).toMatchObject({ healthy: true });
    expect(plain.idleCount).toBe(1);
    await plain.end();
  });
});

describe('an ORM takes the pool as its own', () => {
  it('Drizzle', async () => {
    const notes = pgTable('notes', { id: integer('id').primaryKey(), body: text('body') });
    const database = drizzle({ client: open().pool });
    await database.insert(notes).values({ id: 1, body: 'drizzle' });
    await database
      .transaction(async (transaction) => {
        await transaction.update(notes).set({ body: 'never' }).where(eq(notes.id, 1));
        transaction.rollback();
      })
      .catch(() => {});
    expect(await database.select().from(notes).where(eq(notes.id, 1))).toEqual([{ id: 1, body: 'drizzle' }]);
  });

  it("Prisma's driver adapter", async () => {
    const [INT, TEXT] = (['int', 'string'] as const).map((scalarType) => ({
      scalarType,
      arity: 'scalar' as const,
    })) as [ArgType, ArgType];
    const { pool } = open();
    const adapter = await new PrismaPg(pool).connect();
    const inserted = { sql: 'INSERT INTO notes VALUES ($1, $2)', args: [2, 'prisma'], argTypes: [INT, TEXT] };
    expect(await adapter.executeRaw(inserted)).toBe(1);
    const transaction = await adapter.startTransaction();
    await transaction.executeRaw({ sql: 'DELETE FROM notes', args: [], argTypes: [] });
    // Prisma's client sends this itself, before it tells the adapter.
    await transaction.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] });
    await transaction.rollback();
    const { rows } = await adapter.queryRaw({
      sql: 'SELECT body FROM notes WHERE id = 2',
      args: [],
      argTypes: [],
    });
    expect(rows).toEqual([['prisma']]);
    expect(pool.totalCount).toBeGreaterThan(0);
    await adapter.dispose();
  });
});
