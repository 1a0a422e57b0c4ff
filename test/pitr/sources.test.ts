import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Identities } from '../../lib/engine/age/identities.ts';
import type { Recipients } from '../../lib/engine/age/recipients.ts';
import { entryKey } from '../../lib/engine/archive/changes/change-keys.ts';
import { readLog, writeEntry } from '../../lib/engine/archive/changes/change-log.ts';
import { changeProofKey } from '../../lib/engine/archive/changes/change-proof.ts';
import type { Epoch } from '../../lib/engine/archive/changes/change-records.ts';
import { readEpochs } from '../../lib/engine/archive/changes/epochs.ts';
import type { Filed } from '../../lib/engine/archive/changes/record-file.ts';
import { query } from '../../lib/engine/browse/query/query.ts';
import { capture } from '../../lib/engine/capture/capture.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { parseLsn } from '../../lib/engine/pgoutput/lsn.ts';
import { proveChanges } from '../../lib/engine/prove/prove-changes.ts';
import { readIntervals } from '../../lib/engine/replay/plan/intervals.ts';
import { listTransactions } from '../../lib/engine/replay/plan/list-transactions.ts';
import { planMoment } from '../../lib/engine/replay/plan/plan-moment.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { withIdentities } from '../../lib/engine/storage/with-identities.ts';
import { lifeboat } from '../integration/cli/lifeboat.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';

const signal = new AbortController().signal;
let server: PostgresServer;
let vault: TestVault;
let recipients: Recipients;
let identities: Identities;

beforeAll(async () => {
  const identity = await generateIdentity();
  recipients = [await identityToRecipient(identity)];
  identities = await Identities.read(identity, 'a test');
  vault = await testVault();
  server = await startPostgres({ major: 15, settings: { wal_level: 'logical' } });
  await server.run(`CREATE ROLE plain LOGIN PASSWORD 'plain'`);
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

const SCHEMA = `
  CREATE EXTENSION ltree SCHEMA public;
  CREATE TABLE "Größen" ("schlüssel" text PRIMARY KEY, "maß" text, "größer" text GENERATED ALWAYS AS ('=' || "maß") STORED);
  CREATE TABLE paths (path public.ltree PRIMARY KEY, value text);
  CREATE TABLE whole (v text); ALTER TABLE whole REPLICA IDENTITY FULL;
  INSERT INTO "Größen" SELECT 'ä' || n, 'ß' || n FROM generate_series(1, 20) n;
  INSERT INTO paths SELECT ('a.b' || n)::public.ltree, 'é' || n FROM generate_series(1, 20) n;
  INSERT INTO whole SELECT 'ü' FROM generate_series(1, 3)`;
const CHANGES = `
  UPDATE "Größen" SET "maß" = 'größer als ' || "maß" WHERE "schlüssel" < 'ä2';
  UPDATE "Größen" SET "schlüssel" = 'Ö' WHERE "schlüssel" = 'ä3';
  UPDATE paths SET value = 'é' WHERE path OPERATOR(public.=) 'a.b1';
  DELETE FROM paths WHERE path OPERATOR(public.=) 'a.b2';
  DELETE FROM whole WHERE ctid = '(0,1)'; INSERT INTO whole VALUES ('ÿ')`;
const SHOWN = `SELECT (SELECT string_agg(t::text, ';' ORDER BY t::text COLLATE "C") FROM "Größen" t) || (SELECT string_agg(p::text, ';' ORDER BY p::text COLLATE "C") FROM paths p)
  || (SELECT string_agg(w::text, ';' ORDER BY w::text COLLATE "C") FROM whole w) AS shown`;

it.each([
  ['LATIN1', 'LATIN1', false],
  ['SQL_ASCII', 'SQL_ASCII', false],
  ['UTF8', 'UTF8 and encrypted', true],
] as const)(
  'shows every change of a source in %s, whose names are not ASCII (%s)',
  async (encoding, _, isEncrypted) => {
    const source = `s_${encoding.toLowerCase()}`;
    const target = `t_${encoding.toLowerCase()}`;
    await server.run(`CREATE DATABASE ${source} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
    const client = await server.connect(source);
    // Without conversion, so that a database in SQL_ASCII has the bytes of UTF-8.
    await client.query(`SET client_encoding = 'UTF8'`);
    await client.query(SCHEMA);
    const settings = connectionSettings(server.url(source));
    const encrypts = isEncrypted ? { recipients } : {};
    const order = { settings, store: vault.store, source, ...encrypts, quietEntryEveryMs: 0 };
    const backup = (backupId: string) =>
      takeBackup(server.url(source), vault, {
        place: { retentionClass: 'manual', source, backupId },
        ...encrypts,
      });
    await enable(order);
    const { place: base } = await backup('20261120T000000Z');
    await client.query(CHANGES);
    const { rows: truth } = await client.query(SHOWN);
    await capture(order);
    const { rows: at } = await client.query('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    const { place: second } = await backup('20261120T000001Z');
    await client.query('SELECT txid_current()');
    await capture(order);
    await client.end();

    const store = withIdentities(vault.store, isEncrypted ? identities : undefined);
    const wanted = { kind: 'lsn', lsn: parseLsn(at[0].lsn) ?? 0n } as const;
    const moment = await planMoment({ store, source, target: wanted, base, signal });
    // Its owner is no superuser.
    await server.run(
      `CREATE DATABASE ${target} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C' OWNER plain`,
    );
    const url = new URL(server.url(target));
    Object.assign(url, { username: 'plain', password: 'plain' });
    const report = await restore({
      store,
      place: moment.base.place,
      moment,
      settings: connectionSettings(url.href),
      unproven: true,
      noOwner: true,
    });
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    const found = await server.connect(target);
    await found.query(`SET client_encoding = 'UTF8'`);
    expect((await found.query(SHOWN)).rows).toEqual(truth);
    await found.end();

    const values: unknown[] = [];
    await query(
      { store, place: moment.base.place, moment, sql: SHOWN, signal },
      { columns: () => {}, row: ([value]) => values.push(String(value)) },
    );
    expect(values).toEqual([truth[0].shown]);
    const listed = await listTransactions({ store, source, signal });
    expect(listed.flatMap(({ tables }) => tables.map(({ name }) => name))).toContain('public.Größen');
    const proof = await proveChanges({ store, place: second, signal });
    expect(proof?.tables.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(proof).toMatchObject({ verdict: 'proven' });
  },
);

it('says so when the changes lead to other rows than the next backup has, and never calls them proven', async () => {
  const source = 's_latin1';
  const { directory, store } = vault;
  const [epoch] = await readEpochs(store, source);
  const entries = await Array.fromAsync(readLog(store, epoch as Filed<Epoch>));
  let previousSha256 = '';
  for (const entry of entries) {
    const inline = entry.segment?.inline;
    let forged = previousSha256 === '' ? entry : { ...entry, previousSha256 };
    if (inline !== undefined && entry.segment) {
      // As many bytes, another value, and every hash fits.
      const text = zstdDecompressSync(Buffer.from(inline, 'base64')).toString('latin1');
      const bytes = zstdCompressSync(
        Buffer.from(text.replace('t\0\0\0\x01\xff', 't\0\0\0\x01\xfe'), 'latin1'),
      );
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const segment = { ...entry.segment, inline: bytes.toString('base64'), sizeBytes: bytes.length, sha256 };
      forged = { ...forged, segment };
    }
    rmSync(join(directory, entryKey(entry, entry.number)));
    previousSha256 = (await writeEntry(store, forged)).sha256;
  }
  rmSync(join(directory, changeProofKey({ source, epoch: 1 }, '20261120T000001Z')));
  const drilled = await lifeboat(['drill', `manual/${source}/20261120T000001Z`, '--vault', directory]);
  expect([drilled.exitCode, drilled.stdout]).toEqual([
    6,
    expect.stringContaining('public.whole: the rows differ'),
  ]);
  expect(drilled.stdout).toContain('The captured changes are WRONG');
  const [interval] = await readIntervals(store, source, signal);
  expect(interval).toMatchObject({ proofs: 0, wrong: [`manual/${source}/20261120T000001Z`] });
  const moment = await planMoment({
    store,
    source,
    target: { kind: 'lsn', lsn: parseLsn(interval?.to.lsn ?? '') ?? 0n },
    base: { retentionClass: 'manual', source, backupId: '20261120T000000Z' },
    signal,
  });
  expect(moment.notes.join()).toContain('WRONG');
});
