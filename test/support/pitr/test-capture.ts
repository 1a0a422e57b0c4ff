import { createHash } from 'node:crypto';
import type pg from 'pg';
import { newSegmentKey } from '../../../lib/engine/archive/changes/change-keys.ts';
import { headOfLog, writeEntry } from '../../../lib/engine/archive/changes/change-log.ts';
import type { Epoch, LogEntry } from '../../../lib/engine/archive/changes/change-records.ts';
import { newestEpoch, writeEpoch } from '../../../lib/engine/archive/changes/epochs.ts';
import { storeSegment } from '../../../lib/engine/archive/changes/segments.ts';
import { soFarWith } from '../../../lib/engine/archive/changes/so-far.ts';
import { readCatalogHash } from '../../../lib/engine/catalog/catalog-hash.ts';
import { readDatabaseFacts } from '../../../lib/engine/catalog/database.ts';
import { readSequences } from '../../../lib/engine/catalog/sequences.ts';
import { connect, type Session } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { decodeMessage } from '../../../lib/engine/pgoutput/decode-message.ts';
import { parseLsn } from '../../../lib/engine/pgoutput/lsn.ts';
import type { BeginMessage, CommitMessage } from '../../../lib/engine/pgoutput/messages.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';

/** The steps of a poll after which a capture can die. */
export const CRASHES = ['peeked', 'stored', 'logged'] as const;
export type CrashAfter = (typeof CRASHES)[number];

/** What a capture that died leaves to the next one. */
export class Crash extends Error {}

export interface CaptureOptions {
  readonly store: ObjectStore;
  readonly url: string;
  readonly source: string;
}

/** A small capture of the tests' own, by the rules of the archive: it tells the replay apart from what captures. */
export class TestCapture {
  readonly #options: CaptureOptions;
  readonly #slot: string;
  #session: Session | undefined;
  duplicates = 0;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#slot = `lifeboat_${options.source.replace(/\W/g, '_')}`;
  }

  /** Publication, slot, epoch. `tables`: names of keyed tables, and of those with REPLICA IDENTITY FULL. */
  async enable(tables: readonly string[]): Promise<Epoch> {
    const { store, source } = this.#options;
    const client = await this.#client();
    const number = ((await newestEpoch(store, source))?.record.epoch ?? 0) + 1;
    await client.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${this.#slot}'`,
    );
    await client.query(`DROP PUBLICATION IF EXISTS ${this.#slot}`);
    const names = tables.map((one) => `public.${one}`).join(', ');
    await client.query(`CREATE PUBLICATION ${this.#slot} FOR TABLE ${names}`);
    await client.query(`SELECT pg_create_logical_replication_slot('${this.#slot}', 'pgoutput')`);
    const { rows: covered } = await client.query<{ oid: number; name: string }>(
      'SELECT oid::int, relname AS name FROM pg_class WHERE oid = ANY ($1::regclass[])',
      [tables.map((one) => `public.${one}`)],
    );
    const facts = await readDatabaseFacts(queryRows(client));
    const { rows } = await client.query(
      `SELECT confirmed_flush_lsn::text AS lsn, pg_snapshot_xmax(pg_current_snapshot())::text AS xid, clock_timestamp() AS at
         FROM pg_replication_slots WHERE slot_name = '${this.#slot}'`,
    );
    const epoch: Epoch = {
      format: 1,
      source,
      epoch: number,
      lifeboatVersion: '0.0.0',
      startedAt: rows[0].at.toISOString(),
      reason: number === 1 ? 'enabled' : 'schema-changed',
      server: {
        versionNumber: facts.versionNumber,
        database: facts.database,
        databaseOid: facts.databaseOid ?? 0,
        encoding: facts.encoding,
        systemIdentifier: facts.systemIdentifier,
        timeline: facts.timeline ?? 1,
      },
      slot: { name: this.#slot, failover: false },
      publication: this.#slot,
      eventTrigger: false,
      from: rows[0].lsn,
      nextXid: rows[0].xid,
      catalogHash: (await this.#catalog(client)).catalogHash,
      publicationHash: PUBLICATION,
      tables: covered.map(({ oid, name }) => ({
        oid,
        schema: 'public',
        name,
        identity: 'primary-key',
        key: [],
      })),
      notCovered: [],
    };
    await writeEpoch(store, epoch);
    return epoch;
  }

  /** One poll. Throws {@link Crash} after the step, and the session is gone. `maxBytes`: stops after about so much WAL. */
  async poll({
    crash,
    end,
    walBytes,
  }: {
    crash?: CrashAfter | undefined;
    end?: boolean;
    walBytes?: number;
  } = {}): Promise<LogEntry> {
    const { store, source } = this.#options;
    const client = await this.#client();
    const epoch = await newestEpoch(store, source);
    if (!epoch) throw new Error('not enabled');
    const head = await headOfLog(store, epoch.record);
    const before = await this.#catalog(client);
    const from = head?.record.to ?? epoch.record.from;
    const { rows } = await client.query<{ xid: string; clock: Date; upto: string; confirmed: string }>(
      `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid, clock_timestamp() AS clock, confirmed_flush_lsn::text AS confirmed,
              least(pg_current_wal_flush_lsn(), confirmed_flush_lsn + ${walBytes ?? 2 ** 40}::numeric)::text AS upto
         FROM pg_replication_slots WHERE slot_name = '${this.#slot}'`,
    );
    const [now] = rows;
    if (!now) throw new Error('no slot');
    const peeked = await client.query<{ data: Buffer }>(
      `SELECT data FROM pg_logical_slot_peek_binary_changes('${this.#slot}', '${now.upto}', NULL, 'proto_version', '1', 'publication_names', '${this.#slot}', 'messages', 'true')`,
    );
    const { kept, begun, last } = this.#keep(
      peeked.rows.map(({ data }) => data),
      from,
    );
    await this.#die(crash, 'peeked');
    const after = await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid');
    const number = (head?.record.number ?? 0) + 1;
    const key = newSegmentKey(epoch.record, number, false);
    const stored = await storeSegment({ store, key, signal: new AbortController().signal }, framed(kept));
    await this.#die(crash, 'stored');
    const times = begun.map(({ committedAtMicros }) => committedAtMicros).sort((a, b) => Number(a - b));
    const iso = (micros: bigint | undefined) => new Date(Number((micros ?? 0n) / 1000n)).toISOString();
    const to = last && (parseLsn(last) ?? 0n) > (parseLsn(now.upto) ?? 0n) ? last : now.upto;
    const segment = stored && {
      ...stored,
      rawBytes: kept.reduce((sum, { length }) => sum + length + 4, 0),
      messages: kept.length,
      transactions: begun.length,
      ...(begun.length > 0 ? { earliestCommitAt: iso(times[0]), latestCommitAt: iso(times.at(-1)) } : {}),
    };
    const soFar = soFarWith(head?.record, segment);
    const entry: LogEntry = {
      format: 1,
      source,
      epoch: epoch.record.epoch,
      number,
      previousSha256: head?.sha256 ?? epoch.sha256,
      from,
      to: (parseLsn(to) ?? 0n) < (parseLsn(from) ?? 0n) ? from : to,
      upto: (parseLsn(now.upto) ?? 0n) < (parseLsn(from) ?? 0n) ? from : now.upto,
      clock: now.clock.toISOString(),
      writtenAt: new Date().toISOString(),
      lifeboatVersion: '0.0.0',
      nextXid: now.xid,
      nextXidAfter: after.rows[0].xid,
      before,
      after: await this.#catalog(client),
      ...(segment ? { segment } : {}),
      ...(soFar ? { soFar } : {}),
      sequences: await readSequences(queryRows(client)),
      allSequences: true,
      slot: { restartLsn: null, heldWalBytes: 0, walStatus: 'reserved' },
      ...(end ? { end: { reason: 'schema-changed', what: 'the schema changed' } } : {}),
    };
    await writeEntry(store, entry);
    await this.#die(crash, 'logged');
    if (entry.to !== now.confirmed)
      await client.query(`SELECT pg_replication_slot_advance('${this.#slot}', '${entry.to}')`);
    return entry;
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = undefined;
  }

  /** Drops transactions that the log has already, by the place of their commit. */
  #keep(messages: readonly Buffer[], from: string) {
    const kept: Buffer[] = [];
    const begun: BeginMessage[] = [];
    let last: string | undefined;
    let isKept = true;
    for (const bytes of messages) {
      const kind = String.fromCharCode(bytes[0] ?? 0);
      if (kind === 'B') {
        const begin = decodeMessage(bytes) as BeginMessage;
        isKept = begin.finalLsn >= (parseLsn(from) ?? 0n);
        if (isKept) begun.push(begin);
        else this.duplicates += 1;
      }
      if (isKept || kind === 'R') kept.push(bytes);
      if (kind === 'C') {
        const { endLsn } = decodeMessage(bytes) as CommitMessage;
        last = `${(endLsn >> 32n).toString(16)}/${(endLsn & 0xffff_ffffn).toString(16)}`.toUpperCase();
        isKept = true;
      }
    }
    return { kept, begun, last };
  }

  async #die(crash: CrashAfter | undefined, step: CrashAfter): Promise<void> {
    if (crash !== step) return;
    await this.close();
    throw new Crash(step);
  }

  async #catalog(client: pg.Client) {
    const { rows } = await client.query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
    const catalogHash = String(await readCatalogHash(queryRows(client)));
    return { catalogHash, publicationHash: PUBLICATION, xmin: String(rows[0].xmin) };
  }

  async #client(): Promise<pg.Client> {
    this.#session ??= await connect(connectionSettings(this.#options.url));
    return this.#session.client;
  }
}

const PUBLICATION = createHash('md5').update('publication').digest('hex');

async function* framed(messages: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const message of messages) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    yield Buffer.concat([length, message]);
  }
}
