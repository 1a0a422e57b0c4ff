import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CaptureRequest, capture } from '../../lib/engine/capture/capture.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { slotName } from '../../lib/engine/capture/names.ts';
import { watchSlot } from '../../lib/engine/capture/watch-slot.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../lib/engine/storage/s3.ts';
import { messagesOf, readCaptured } from '../support/captured.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { type TestVault, testVault } from '../support/vaults.ts';

const CAPTURE = fileURLToPath(new URL('../support/pitr/capture-process.ts', import.meta.url));
const ROUNDS = 20;
const LEASE_MS = 61_000;

let vault: TestVault;
let s3: S3Server;
let inS3: ObjectStore;
beforeAll(async () => {
  s3 = await startS3Server({ writeOnce: true });
  const { endpoint, region, credentials, bucket } = s3;
  inS3 = openS3Store({ bucket, endpoint, region, credentials, prefix: '' });
});
beforeEach(async () => {
  vault = await testVault();
  return () => vault.remove();
});
afterAll(async () => {
  await inS3?.close();
  await s3?.stop();
});

const ofSource = (server: PostgresServer, store = vault.store) => ({
  settings: connectionSettings(server.url()),
  store,
  source: 'shop',
});
const poll = (server: PostgresServer, options: Partial<CaptureRequest> = {}) =>
  capture({ ...ofSource(server), quietEntryEveryMs: 0, ...options });
const start = (settings: Record<string, string> = {}) =>
  startPostgres({ major: 15, settings: { wal_level: 'logical', ...settings } });

/** The ids of the transactions of each epoch that the vault has, in their order. Checks the chain on the way. */
async function storedXids(store: ObjectStore): Promise<number[][]> {
  const epochs = await readCaptured(store, 'shop');
  return await Promise.all(
    epochs.map(async ({ entries }) =>
      (await messagesOf(store, entries)).filter((one) => one[0] === 0x42).map((one) => one.readUInt32BE(17)),
    ),
  );
}

async function slotOf(server: PostgresServer): Promise<{ confirmed: string; status: string } | undefined> {
  const client = await server.connect();
  const { rows } = await client.query(
    `SELECT confirmed_flush_lsn::text AS confirmed, wal_status AS status FROM pg_replication_slots WHERE slot_name = '${slotName('shop')}'`,
  );
  await client.end();
  return rows[0];
}

describe(`kill -9 of a real process, ${ROUNDS} rounds`, () => {
  const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));

  it.each(['directory', 'S3'])('leaves neither a gap nor anything twice in a vault in %s', async (kind) => {
    const server = await start();
    const store = kind === 'S3' ? inS3 : vault.store;
    const url = kind === 'S3' ? `s3://${s3.bucket}` : `file://${vault.directory}`;
    try {
      await server.run('CREATE TABLE ticks (id int PRIMARY KEY, xid bigint, pad text)');
      await enable(ofSource(server, store));
      const startCapture = (aheadMs: number): ChildProcess =>
        spawn(process.execPath, [CAPTURE, server.url(), url, String(aheadMs)], {
          env: { ...process.env, ...s3.environment() },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      let usualMs = 300;
      let killed = 0;
      let id = 0;
      const write = async () => {
        const client = await server.connect();
        for (let transaction = 0; transaction < 6; transaction += 1) {
          await client.query(
            `INSERT INTO ticks SELECT g, txid_current(), md5(g::text) || md5((-g)::text) FROM generate_series(${id + 1}, ${id + 5000}) g`,
          );
          id += 5000;
        }
        await client.end();
      };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const writing = write();
        // Every third round two captures are at work, and one is killed.
        const children = Array.from({ length: round % 3 === 0 ? 2 : 1 }, () =>
          startCapture(round * LEASE_MS),
        );
        await Promise.all(
          children.map(async (child, number) => {
            const gone = once(child, 'exit');
            await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), gone]);
            const startedAt = performance.now();
            // The moment is the point: a kill is blind.
            const timer =
              number === 0 && round % 5 !== 0
                ? setTimeout(() => child.kill('SIGKILL'), random.below(Math.ceil(usualMs * 1.1)))
                : undefined;
            const [exitCode, signal] = await gone;
            clearTimeout(timer);
            if (signal === 'SIGKILL') killed += 1;
            else expect(exitCode).toBe(0);
            if (signal === null && round % 5 === 0) usualMs = performance.now() - startedAt;
          }),
        );
        await writing;
      }
      expect(killed, `LIFEBOAT_SEED=${random.seed}`).toBeGreaterThan(0);
      const settled = { now: () => new Date(Date.now() + (ROUNDS + 2) * LEASE_MS) };
      // A session that was killed may hold the slot until the server notices.
      await expect
        .poll(async () => (await poll(server, { ...ofSource(server, store), ...settled })).outcome, {
          timeout: 60_000,
        })
        .toBe('captured');
      const client = await server.connect();
      const { rows } = await client.query(
        'SELECT xid::int AS xid, count(*)::int AS rows FROM ticks GROUP BY xid ORDER BY min(id)',
      );
      const [epoch, ...more] = await readCaptured(store, 'shop');
      expect(more).toEqual([]);
      expect(await storedXids(store)).toEqual([rows.map(({ xid }) => xid)]);
      expect(epoch?.messages.match(/I/g)?.length).toBe(id);
      expect((await slotOf(server))?.confirmed).toBe(epoch?.entries.at(-1)?.to);
      console.log(
        `kill -9 into ${kind}: ${killed} killed, ${epoch?.entries.length} entries, LIFEBOAT_SEED=${random.seed}`,
      );
    } finally {
      await server.stop();
    }
  });
});

it('a slot that the server has given up (wal_status lost) ends its epoch, and disable drops it', async () => {
  const server = await start({ max_slot_wal_keep_size: '32MB', max_wal_size: '32MB', min_wal_size: '32MB' });
  const fill = async () => {
    for (let file = 0; file < 8; file += 1)
      await server.run('CREATE TABLE filler (); DROP TABLE filler; SELECT pg_switch_wal()');
    await server.run('CHECKPOINT');
  };
  try {
    await server.run('CREATE TABLE users (id int PRIMARY KEY)');
    await enable(ofSource(server));
    await server.run('INSERT INTO users VALUES (1)');
    await poll(server);
    await server.run('INSERT INTO users VALUES (2)');
    await fill();
    expect((await slotOf(server))?.status).toBe('lost');
    const watched = await watchSlot({ ...ofSource(server), maxHeldWalBytes: 1e12 });
    expect(watched.verdict).toBe('lost');
    expect(await poll(server)).toMatchObject({ epoch: 2, ended: { epoch: 1, reason: 'slot-lost' } });
    await server.run('INSERT INTO users VALUES (3)');
    expect(await poll(server)).toMatchObject({ epoch: 2, transactions: 1, walStatus: 'reserved' });
    await fill();
    expect((await slotOf(server))?.status).toBe('lost');
    expect(await disable(ofSource(server))).toMatchObject({ slotDropped: true, noted: true });
    expect(await slotOf(server)).toBeUndefined();
  } finally {
    await server.stop();
  }
});

it('a clone of the disk does not mix its history with the original’s', async () => {
  const server = await start();
  let clone: PostgresServer | undefined;
  try {
    await server.run('CREATE TABLE users (id int PRIMARY KEY)');
    await enable(ofSource(server));
    await server.run('INSERT INTO users VALUES (1)');
    await poll(server);
    clone = await startPostgres({ major: 15, cloneOf: server, settings: { wal_level: 'logical' } });
    await server.run('INSERT INTO users VALUES (2)');
    await poll(server);
    await clone.run('INSERT INTO users VALUES (102)');
    await clone.run('INSERT INTO users VALUES (103)');
    // Same system identifier, same timeline, same slot: only the history tells.
    expect(await poll(clone)).toMatchObject({ epoch: 2, ended: { epoch: 1, reason: 'history-differs' } });
    await server.run('INSERT INTO users VALUES (3)');
    const back = await poll(server);
    expect(back).toMatchObject({ epoch: 3, ended: { epoch: 2 } });
    const texts = (await readCaptured(vault.store, 'shop')).map(({ texts }) =>
      texts.filter((one) => one.startsWith('I')).map((one) => one.slice(13)),
    );
    expect(texts[0]).toEqual(['1', '2']);
    for (const later of texts.slice(1)) expect(later.filter((one) => one === '2')).toEqual([]);
  } finally {
    await clone?.stop();
    await server.stop();
  }
});

it('a failover to a standby ends the epoch, and the new primary begins another', async () => {
  const server = await start();
  const standby = await startPostgres({
    major: 15,
    standbyOf: server,
    settings: { wal_level: 'logical' },
  });
  try {
    await server.run('CREATE TABLE users (id int PRIMARY KEY)');
    await enable(ofSource(server));
    await server.run('INSERT INTO users VALUES (1)');
    await poll(server);
    // A standby that is not promoted holds no slot and no publication of its own.
    await expect(poll(standby)).rejects.toMatchObject({ kind: 'source' });
    const client = await standby.connect();
    await expect
      .poll(async () => {
        const { rows } = await client.query(`SELECT to_regclass('users') IS NOT NULL AS there`);
        return rows[0]?.there;
      })
      .toBe(true);
    await client.query('SELECT pg_promote()');
    await client.query('INSERT INTO users VALUES (2)');
    expect(await poll(standby)).toMatchObject({
      epoch: 2,
      ended: { epoch: 1, reason: 'timeline-changed' },
      baseDue: true,
    });
    await client.query('INSERT INTO users VALUES (3)');
    expect(await poll(standby)).toMatchObject({ epoch: 2, transactions: 1 });
    expect((await readCaptured(vault.store, 'shop')).map(({ messages }) => messages)).toEqual([
      'BRIC',
      'BRIC',
    ]);
  } finally {
    await standby.stop();
    await server.stop();
  }
});

it('the watchdog drops the slot under a capture that reads it, which leaves nothing half', async () => {
  const server = await start();
  try {
    await server.run('CREATE TABLE users (id int PRIMARY KEY, pad text)');
    await enable(ofSource(server));
    await server.run(
      `INSERT INTO users SELECT g, md5(g::text) || md5((-g)::text) FROM generate_series(1, 400000) g`,
    );
    const client = await server.connect();
    const reading = expect(poll(server)).rejects.toMatchObject({ kind: 'source' });
    await expect
      .poll(
        async () =>
          (await client.query('SELECT FROM pg_replication_slots WHERE active_pid IS NOT NULL')).rowCount,
        { interval: 5, timeout: 60_000 },
      )
      .toBe(1);
    const watched = await watchSlot({ ...ofSource(server), maxHeldWalBytes: 1 });
    expect(watched.verdict).toBe('dropped');
    await reading;
    expect(await slotOf(server)).toBeUndefined();
    expect((await readCaptured(vault.store, 'shop')).map(({ entries }) => entries.length)).toEqual([0]);
    expect(vault.files().filter((key) => key.includes('/segments/'))).toEqual([]);
    const later = { now: () => new Date(Date.now() + LEASE_MS) };
    expect(await poll(server, later)).toMatchObject({ epoch: 2, ended: { reason: 'slot-lost' } });
  } finally {
    await server.stop();
  }
});
