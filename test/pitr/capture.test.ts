import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { whyNoBase } from '../../lib/engine/archive/changes/base.ts';
import { newestEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import { manualBackupId } from '../../lib/engine/archive/keys.ts';
import { backup } from '../../lib/engine/backup/backup.ts';
import { type CaptureMemory, type CaptureRequest, capture } from '../../lib/engine/capture/capture.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import { type EnableRequest, enable } from '../../lib/engine/capture/enable.ts';
import { takeLease } from '../../lib/engine/capture/lease.ts';
import { slotName } from '../../lib/engine/capture/names.ts';
import { readStatus } from '../../lib/engine/capture/status.ts';
import { watchSlot } from '../../lib/engine/capture/watch-slot.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { ObjectExistsError } from '../../lib/engine/storage/object-store.ts';
import { messagesOf, readCaptured } from '../support/captured.ts';
import { intercept } from '../support/intercepted-store.ts';
import { debianBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, testVault } from '../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  const binDirectory = debianBinaries();
  server = await startPostgres({
    major: 15,
    ...(binDirectory ? { binDirectory } : {}),
    settings: { wal_level: 'logical', max_prepared_transactions: '5' },
  });
});
beforeEach(async () => {
  vault = await testVault();
  await server.run('DROP DATABASE IF EXISTS shop WITH (FORCE)');
  await server.run('CREATE DATABASE shop');
  await sql(
    'CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE keyless (id int); CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY)',
  );
});
afterEach(async () => {
  await disable({ settings: settings(), source: 'shop' }).catch(() => {});
  await vault.remove();
});
afterAll(() => server?.stop());

const settings = () => connectionSettings(server.url('shop'));
const sql = (text: string) => server.run(text, 'shop');
const poll = (options: Partial<CaptureRequest> = {}) =>
  capture({ settings: settings(), store: vault.store, source: 'shop', quietEntryEveryMs: 0, ...options });
const switchOn = (options: Partial<EnableRequest> = {}) =>
  enable({ settings: settings(), store: vault.store, source: 'shop', ...options });
const captured = () => readCaptured(vault.store, 'shop');
const takeBase = async () => {
  await backup({
    settings: settings(),
    store: vault.store,
    place: { retentionClass: 'daily', source: 'shop', backupId: manualBackupId(new Date()) },
  });
};

describe('pitr enable', () => {
  it('publishes tables with a key, and nothing that would make the application fail', async () => {
    const { epoch, outcome, advice } = await switchOn();
    expect(outcome).toBe('enabled');
    expect(epoch.tables.map(({ name }) => name)).toEqual(['users']);
    expect(epoch.notCovered.map(({ name, reason }) => [name, reason])).toEqual([
      ['public.fleeting', 'unlogged'],
      ['public.keyless', 'no-key'],
    ]);
    expect(advice.map(({ code }) => code)).toEqual(['limit-advised']);
    await sql('INSERT INTO keyless VALUES (1); UPDATE keyless SET id = 2; DELETE FROM keyless');
    expect((await switchOn()).outcome).toBe('already-enabled');
  });

  it('says everything that is missing, and changes nothing', async () => {
    const plain = await startPostgres({ major: 14 });
    try {
      await plain.run(`CREATE ROLE app LOGIN PASSWORD 'x'`);
      const url = plain.url().replace('postgres:lifeboat-test', 'app:x');
      const failure = await switchOn({ settings: connectionSettings(url) }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'pitr-requirements' });
      expect(String(failure)).toMatch(
        /wal_level is replica.*may not use replication slots.*may not create a publication/s,
      );
      expect(String(failure)).toContain('ALTER ROLE "app" REPLICATION;');
      expect(await newestEpoch(vault.store, 'shop')).toBeUndefined();
    } finally {
      await plain.stop();
    }
  });
});

describe('capture', () => {
  it('stores what committed, in order, and moves the slot only then', async () => {
    await switchOn();
    await sql(`INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob')`);
    await sql('UPDATE users SET id = 3 WHERE id = 2; TRUNCATE users');
    await sql(`BEGIN; INSERT INTO users VALUES (7, 'x'); PREPARE TRANSACTION 'p'`);
    await sql(`SELECT pg_logical_emit_message(false, 'note', 'hello')`);
    expect(await poll()).toMatchObject({ outcome: 'captured', transactions: 2, walStatus: 'reserved' });
    await sql(`COMMIT PREPARED 'p'`);
    await poll();
    const [epoch] = await captured();
    expect(epoch?.messages).toBe('BRIICBURTCMBRIC');
    const [slot] = (
      await (
        await server.connect()
      ).query(`SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots`)
    ).rows;
    expect(slot.lsn).toBe(epoch?.entries.at(-1)?.to);
  });

  it('lets an idle source advance, with several polls in one entry', async () => {
    await switchOn();
    const memory: CaptureMemory = {};
    expect((await poll({ memory })).outcome).toBe('captured');
    await sql('INSERT INTO keyless SELECT generate_series(1, 1000)');
    const quiet = { memory, quietEntryEveryMs: 3_600_000 };
    const first = await poll(quiet);
    expect(first.outcome).toBe('quiet');
    expect(Date.parse(first.recoveryPoint)).toBeGreaterThan(Date.parse(first.storedRecoveryPoint));
    expect((await poll(quiet)).outcome).toBe('quiet');
    expect((await captured())[0]?.entries).toHaveLength(1);
    await poll({ memory });
    const entries = (await captured())[0]?.entries ?? [];
    expect(entries).toHaveLength(2);
    expect(entries[1]?.to).not.toBe(entries[0]?.to);
    expect(entries[1]?.segment).toBeUndefined();
  });

  it('leaves no gap and stores nothing twice, wherever it dies', async () => {
    await switchOn();
    const died = new Error('died');
    // Each finds the lease of the one before run out.
    let minutes = 0;
    const later = () => {
      minutes += 2;
      return new Date(Date.now() + minutes * 60_000);
    };
    const dying = (hooks: Parameters<typeof intercept>[1]) =>
      expect(poll({ store: intercept(vault.store, hooks), now: later })).rejects.toThrow('died');
    const at = (part: string) => (key: string) => {
      if (key.includes(part)) throw died;
    };
    let id = 0;
    const insert = () =>
      sql(
        `INSERT INTO users SELECT g, md5(g::text) FROM generate_series(${++id * 100_000}, ${id * 100_000 + 59_999}) g`,
      );
    await insert();
    await dying({ beforePut: at('/leases/') });
    await dying({ beforeUpload: at('/segments/') });
    await dying({ duringUpload: at('/segments/') });
    await dying({ beforePut: at('/log/') });
    // The entry is written, and the slot stays where it was.
    await expect(
      poll({
        store: {
          ...intercept(vault.store, {}),
          async put(key, body, options) {
            await vault.store.put(key, body, options);
            if (key.includes('/log/')) throw died;
          },
        },
        now: later,
      }),
    ).rejects.toThrow('died');
    await insert();
    await poll({ now: later });
    const [epoch] = await captured();
    const inserts = epoch?.messages.match(/I/g) ?? [];
    expect(inserts).toHaveLength(120_000);
    expect(epoch?.messages.match(/[^IR]/g)?.join('')).toBe('BCBC');
    // Each segment has its own Relation message.
    expect(epoch?.entries.filter(({ segment }) => segment)).toHaveLength(2);
  });

  it('gives way to another capture, by its lease', async () => {
    await switchOn();
    await sql(`INSERT INTO users VALUES (1, 'Ada')`);
    const place = { source: 'shop', epoch: 1 };
    const { signal } = new AbortController();
    const order = { store: vault.store, place, number: 1, now: () => new Date(), signal };
    expect(await takeLease({ ...order, holder: 'other' })).toBe(true);
    expect(await poll()).toMatchObject({ outcome: 'busy', transactions: 0 });
    // Its holder has died.
    expect(await poll({ now: () => new Date(Date.now() + 61_000) })).toMatchObject({
      outcome: 'captured',
      transactions: 1,
    });
    await sql(`INSERT INTO users VALUES (2, 'Bob')`);
    const both = await Promise.all([poll(), poll()]);
    expect(both.map(({ transactions }) => transactions).toSorted()).toEqual([0, 1]);
    expect((await captured())[0]?.messages).toBe('BRICBRIC');
  });

  it('reads the vault anew when another capture went on without it, and ends no epoch for that', async () => {
    await switchOn();
    const memory: CaptureMemory = { holder: 'one' };
    const insert = (id: number) => sql(`INSERT INTO users VALUES (${id}, 'x')`);
    await insert(1);
    await poll({ memory });
    await insert(2);
    await poll({ memory: { holder: 'other' } });
    await insert(3);
    // What it remembers is behind the slot: as if somebody had moved that on.
    expect(await poll({ memory })).toMatchObject({ outcome: 'captured', epoch: 1, transactions: 1 });
    // And behind an epoch that another one has ended.
    await sql('ALTER TABLE users ADD COLUMN more int');
    await poll({ memory: { holder: 'other' } });
    await poll({ memory: { holder: 'other' } });
    await insert(4).catch(() => sql(`INSERT INTO users (id) VALUES (4)`));
    expect(await poll({ memory })).toMatchObject({ outcome: 'captured', epoch: 2, transactions: 1 });
    expect((await captured()).map(({ messages }) => messages.replace(/R/g, ''))).toEqual([
      'BICBICBIC',
      'BIC',
    ]);
  });

  it('says by name that others are always faster', async () => {
    await switchOn();
    await sql(`INSERT INTO users VALUES (1, 'x')`);
    await poll();
    const others = new Set<string>();
    async function* other() {
      yield Buffer.from('of another');
    }
    const store = intercept(vault.store, {
      beforePut: (key) => {
        if (!key.includes('/log/')) return;
        others.add(key);
        throw new ObjectExistsError(key, vault.store.url);
      },
      reading: (key, pieces) => (others.has(key) ? other() : pieces),
    });
    await sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    await expect(poll({ store })).rejects.toMatchObject({ code: 'capture-overtaken', kind: 'vault' });
  });

  it('begins an epoch when the schema changes, publishes new tables, and takes a base at once', async () => {
    await switchOn({ eventTrigger: true });
    expect((await poll({ takeBase })).baseDue).toBe(false);
    await sql(
      `INSERT INTO users VALUES (1, 'Ada'); CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO users VALUES (2, 'Bob')`,
    );
    const result = await poll({ takeBase });
    expect(result).toMatchObject({ epoch: 2, baseDue: false, ended: { epoch: 1, reason: 'schema-changed' } });
    await sql('INSERT INTO orders VALUES (1)');
    await poll();
    const [first, second] = await captured();
    expect(first?.entries.at(-1)).toMatchObject({
      end: { reason: 'schema-changed' },
      ddl: [{ tag: 'CREATE TABLE' }],
    });
    // The publication took the new table in: a schema change, too.
    expect(second?.messages).toBe('BMCBRIC');
    expect(second?.entries[0]?.from).toBe(first?.entries.at(-1)?.to);
    expect(second?.entries.at(-1)?.base).toMatch(/^daily\/shop\//);
  });

  it('takes no notice of what changes no schema', async () => {
    await switchOn();
    await sql('ANALYZE; CREATE TEMP TABLE t (id int PRIMARY KEY); TRUNCATE users');
    await sql('VACUUM FULL users');
    await sql('REINDEX TABLE CONCURRENTLY users');
    expect((await poll()).epoch).toBe(1);
    await sql('ALTER TABLE users ALTER id TYPE bigint; ALTER TABLE users ALTER id TYPE int');
    expect((await poll()).epoch).toBe(2);
  });

  it.each([
    ['slot-lost', (name: string) => server.run(`SELECT pg_drop_replication_slot('${name}')`)],
    [
      'slot-ahead',
      async (name: string) => {
        await sql(`INSERT INTO users VALUES (9, 'lost')`);
        await sql(`SELECT pg_replication_slot_advance('${name}', pg_current_wal_flush_lsn())`);
      },
    ],
    ['publication-changed', (name: string) => sql(`DROP PUBLICATION ${name}`)],
    [
      'publication-changed',
      (name: string) => sql(`DROP PUBLICATION ${name}; CREATE PUBLICATION ${name} FOR TABLE users`),
    ],
  ] as const)('begins anew after %s', async (reason, harm) => {
    await switchOn();
    await poll();
    await harm(slotName('shop'));
    await sql(`INSERT INTO users VALUES (1, 'Ada')`);
    expect(await poll()).toMatchObject({ epoch: 2, ended: { epoch: 1, reason } });
    await sql(`INSERT INTO users VALUES (2, 'Bob')`);
    expect(await poll()).toMatchObject({ epoch: 2, transactions: 1 });
  });

  it('begins anew when the database was replaced by a restored one', async () => {
    await switchOn();
    await poll();
    await server.run('ALTER DATABASE shop RENAME TO shop_old');
    await server.run('CREATE DATABASE shop TEMPLATE shop_old');
    expect(await poll()).toMatchObject({ epoch: 2, ended: { reason: 'database-replaced' } });
    await sql(`INSERT INTO users VALUES (2, 'Bob')`);
    expect(await poll()).toMatchObject({ transactions: 1 });
    await disable({ settings: settings(), source: 'shop', store: vault.store });
    await server.run('DROP DATABASE shop_old');
  });

  it('refuses a server with another system identifier by name', async () => {
    await switchOn();
    const clone = await startPostgres({ major: 14, settings: { wal_level: 'logical' } });
    try {
      await expect(poll({ settings: connectionSettings(clone.url()) })).rejects.toMatchObject({
        code: 'pitr-other-server',
      });
      await expect(switchOn({ settings: connectionSettings(clone.url()) })).rejects.toMatchObject({
        code: 'pitr-other-server',
      });
      const moved = await switchOn({ settings: connectionSettings(clone.url()), newServer: true });
      expect(moved.epoch).toMatchObject({ epoch: 2, reason: 'server-replaced' });
    } finally {
      await clone.stop();
    }
  });

  it('encrypts to recipients, and needs no secret key', async () => {
    await switchOn();
    await sql(`INSERT INTO users VALUES (1, 'a secret name')`);
    const recipients = ['age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'] as const;
    await poll({ recipients });
    const epoch = await newestEpoch(vault.store, 'shop');
    expect(epoch).toBeDefined();
    await expect(captured()).rejects.toMatchObject({ code: 'identity-missing' });
  });

  it('keeps text of any encoding as it is', async () => {
    await server.run('DROP DATABASE shop WITH (FORCE)').catch(() => {});
    await disable({ settings: connectionSettings(server.url()), source: 'shop' });
    await server.run('DROP DATABASE IF EXISTS shop WITH (FORCE)');
    await server.run(`CREATE DATABASE shop ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'`);
    await sql('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await switchOn();
    await sql(`INSERT INTO users VALUES (1, E'\\xff\\xfe')`);
    await poll();
    const [epoch] = await captured();
    expect(
      (await messagesOf(vault.store, epoch?.entries ?? [])).some((one) =>
        one.includes(Buffer.from([0xff, 0xfe])),
      ),
    ).toBe(true);
  });

  it('stops without a trace when its time is over, and goes on later', async () => {
    await switchOn();
    await sql(`INSERT INTO users SELECT g, md5(g::text) FROM generate_series(1, 50000) g`);
    await expect(poll({ longestPollMs: 1 })).rejects.toMatchObject({ code: 'capture-out-of-time' });
    expect(await poll()).toMatchObject({ outcome: 'captured', transactions: 1 });
  });

  it('ends at a commit when its time is short, and the next poll goes on there', async () => {
    await switchOn();
    for (let id = 1; id <= 6; id += 1)
      await sql(
        `INSERT INTO users SELECT g, md5(g::text) FROM generate_series(${id * 10_000}, ${id * 10_000 + 9_000}) g`,
      );
    // Two thirds of the time are over when the lease is taken, however fast the machine is.
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now');
    const slow = intercept(vault.store, {
      beforePut: (key) => {
        if (key.includes('/leases/')) clock.mockImplementation(() => now() + 200_000);
      },
    });
    await poll({ store: slow, longestPollMs: 240_000 });
    clock.mockRestore();
    const [first] = await captured();
    expect(first?.messages.match(/C/g)?.length).toBeLessThan(6);
    await poll({ now: () => new Date(Date.now() + 61_000) });
    const [epoch] = await captured();
    expect(epoch?.messages.match(/[BC]/g)?.join('')).toBe('BC'.repeat(6));
  });
});

describe('a backup', () => {
  it('is a base if it is young enough and of the same schema', async () => {
    const client = await server.connect('shop');
    await takeBase();
    await client.query(`BEGIN; INSERT INTO users VALUES (1, 'Ada')`);
    await client.query('COMMIT');
    const { epoch } = await switchOn();
    expect((await poll()).baseDue).toBe(true);
    await client.query(`BEGIN; INSERT INTO users VALUES (2, 'open')`);
    const result = await backup({
      settings: settings(),
      store: vault.store,
      place: { retentionClass: 'daily', source: 'shop', backupId: manualBackupId(new Date()) },
    });
    await client.query('COMMIT');
    if (result.outcome !== 'sealed') throw new Error(result.outcome);
    const { manifest } = result;
    expect(whyNoBase(epoch, manifest)).toBeUndefined();
    expect(whyNoBase({ ...epoch, nextXid: String(BigInt(epoch.nextXid) + 100n) }, manifest)).toBe(
      'too-early',
    );
    expect(whyNoBase({ ...epoch, catalogHash: '0'.repeat(32) }, manifest)).toBe('other-schema');
    expect(whyNoBase(epoch, { ...manifest, scope: 'partial' })).toBe('not-complete');
    expect((await poll()).baseDue).toBe(false);
  });
});

describe('the watchdog', () => {
  it('drops the slot at its limit, while a capture reads it or not', async () => {
    await switchOn();
    const order = { settings: settings(), source: 'shop' };
    expect((await watchSlot({ ...order, maxHeldWalBytes: 1e9 })).verdict).toBe('fine');
    await server.run(
      `CREATE TABLE filler AS SELECT repeat(md5(g::text), 30) FROM generate_series(1, 20000) g; DROP TABLE filler`,
    );
    expect((await watchSlot({ ...order, maxHeldWalBytes: 40_000_000 })).verdict).toBe('warning');
    expect((await watchSlot({ ...order, maxHeldWalBytes: 1_000_000 })).verdict).toBe('dropped');
    expect((await watchSlot({ ...order, maxHeldWalBytes: 1_000_000 })).verdict).toBe('no-slot');
    expect((await poll()).ended?.reason).toBe('slot-lost');
  });
});

describe('pitr disable', () => {
  it('leaves nothing on the source, half enabled or without a vault', async () => {
    await switchOn({ eventTrigger: true });
    await poll();
    const gone = intercept(vault.store, {});
    const broken = { ...gone, list: () => Promise.reject(new Error('the vault is gone')) };
    const report = await disable({ settings: settings(), source: 'shop', store: broken });
    expect(report).toMatchObject({
      slotDropped: true,
      noted: false,
      notices: [expect.stringContaining('the vault is gone')],
    });
    const client = await server.connect('shop');
    const { rows } = await client.query(
      `SELECT 1 FROM pg_publication UNION ALL SELECT 1 FROM pg_replication_slots UNION ALL SELECT 1 FROM pg_event_trigger UNION ALL SELECT 1 FROM pg_namespace WHERE nspname LIKE 'lifeboat%'`,
    );
    expect(rows).toEqual([]);
    expect(await disable({ settings: settings(), source: 'shop', store: vault.store })).toMatchObject({
      slotDropped: false,
      noted: true,
    });
    await expect(poll()).rejects.toMatchObject({ code: 'pitr-not-enabled' });
    expect((await readStatus({ settings: settings(), store: vault.store, source: 'shop' })).state).toBe(
      'disabled',
    );
    expect((await switchOn()).epoch.epoch).toBe(2);
  });
});

it('says what is captured, since when, and what is not', async () => {
  const status = () => readStatus({ settings: settings(), store: vault.store, source: 'shop' });
  expect((await status()).state).toBe('never-enabled');
  await switchOn();
  await poll();
  expect(await status()).toMatchObject({
    state: 'capturing',
    problem: null,
    epochs: [{ epoch: 1, entries: 1, end: null }],
    slot: { walStatus: 'reserved' },
  });
  await server.run(`SELECT pg_drop_replication_slot('${slotName('shop')}')`);
  expect(await status()).toMatchObject({ state: 'broken', problem: expect.stringContaining('is gone') });
});
