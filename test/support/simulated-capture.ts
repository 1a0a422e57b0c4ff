import * as v from 'valibot';
import {
  type EpochPlace,
  entryKey,
  epochKey,
  leaseKey,
} from '../../lib/engine/archive/changes/change-keys.ts';
import {
  type Epoch,
  entrySchema,
  epochSchema,
  type LogEntry,
} from '../../lib/engine/archive/changes/change-records.ts';
import { formatSealedJson } from '../../lib/engine/archive/sealed-json.ts';
import { formatLsn } from '../../lib/engine/pgoutput/lsn.ts';
import { entryAfter, SAMPLE_EPOCH } from './sample-changes.ts';

const MINUTE_MS = 60_000;
/** The oldest transaction that runs beside a backup began so long before it. */
const LONG_TRANSACTION_MS = 120 * MINUTE_MS;
const HOLD = 'k3f9aqxz';

/** Where a simulated capture writes: keys with bytes, each with its date. */
export interface DatedKeys {
  readonly objects: ReadonlyMap<string, Buffer>;
  write(key: string, bytes: Buffer, at: Date): void;
}

interface Captured extends EpochPlace {
  readonly number: number;
  readonly at: Date;
  readonly keys: readonly string[];
}

interface SimulatedEpoch {
  readonly record: Epoch;
  readonly from: Date;
  readonly entries: Captured[];
  until?: Date;
}

/**
 * The changes of a source, as a capture leaves them in a vault: an epoch, entries with leases and segments. Transaction ids
 * and places in the WAL follow from the clock, so that it can be told which moment needs which entry.
 */
export class SimulatedCapture {
  readonly #vault: DatedKeys;
  readonly #source: string;
  readonly #epochs: SimulatedEpoch[] = [];

  constructor(vault: DatedKeys, source: string) {
    this.#vault = vault;
    this.#source = source;
  }

  begin(at: Date): void {
    const last = this.#epochs.at(-1);
    if (last) this.#end(last, at);
    const epoch = this.#epochs.length + 1;
    const record = v.parse(epochSchema, {
      ...SAMPLE_EPOCH,
      ...{ source: this.#source, epoch, startedAt: at.toISOString(), from: lsnAt(at), nextXid: xidAt(at) },
      ...{ catalogHash: hashOf(epoch), reason: last ? 'schema-changed' : 'enabled' },
    });
    this.#epochs.push({ record, from: at, entries: [] });
    this.#vault.write(epochKey(record), formatSealedJson(record), at);
  }

  poll(at: Date): void {
    const epoch = this.#epochs.at(-1);
    if (epoch) this.#entry(epoch, at);
  }

  /** Switches the capture off. */
  stop(at: Date): void {
    const epoch = this.#epochs.at(-1);
    if (epoch && !epoch.until) this.#end(epoch, at);
  }

  /** What the manifest of a backup says that was taken at this moment. */
  wal(at: Date) {
    const { server, catalogHash } = this.#epochs.at(-1)?.record ?? SAMPLE_EPOCH;
    const [xmin, xmax] = [xidAt(new Date(at.getTime() - LONG_TRANSACTION_MS)), xidAt(at)];
    return {
      server: { databaseOid: server.databaseOid, systemIdentifier: server.systemIdentifier, standby: false },
      snapshot: { takenAt: at.toISOString(), lsn: lsnAt(at), snapshot: `${xmin}:${xmax}:`, catalogHash },
    };
  }

  /** The numbers of entries in the vault, by epoch. */
  left(): number[][] {
    return this.#epochs.map(({ entries }) =>
      entries.flatMap(({ number, keys: [entry = ''] }) => (this.#vault.objects.has(entry) ? [number] : [])),
    );
  }

  /** Everything of the changes that is in the vault. */
  objects(): string[] {
    return [...this.#vault.objects.keys()].filter((key) => key.startsWith(`changes/${this.#source}/`));
  }

  /** Whether a moment can be restored from one of the backups that were taken then. */
  restores(moment: Date, takenAt: readonly Date[]): boolean {
    const epoch = this.#epochs.findLast(({ from }) => from <= moment);
    if (!epoch || !this.#vault.objects.has(epochKey(epoch.record))) return false;
    const last = firstAt(epoch.entries, moment);
    return takenAt
      .toSorted((a, b) => b.getTime() - a.getTime())
      .some((at) => {
        if (last === epoch.entries.length || at > moment || at < epoch.from) return false;
        const oldest = new Date(at.getTime() - LONG_TRANSACTION_MS);
        // The last entry that is not younger than the oldest transaction.
        const first = Math.max(0, firstAt(epoch.entries, new Date(oldest.getTime() + 1)) - 1);
        return epoch.entries
          .slice(first, last + 1)
          .every(({ keys: [entry = '', , segment = ''] }) =>
            [entry, segment].every((key) => this.#vault.objects.has(key)),
          );
      });
  }

  /** Whether a moment could be restored if nothing had expired. */
  isCaptured(moment: Date, takenAt: readonly Date[]): boolean {
    const epoch = this.#epochs.findLast(({ from }) => from <= moment);
    if (!epoch || (epoch.until && epoch.until <= moment)) return false;
    if (firstAt(epoch.entries, moment) === epoch.entries.length) return false;
    return takenAt.some((at) => at >= new Date(epoch.from.getTime() + LONG_TRANSACTION_MS) && at <= moment);
  }

  #end(epoch: SimulatedEpoch, at: Date): void {
    this.#entry(epoch, at, { reason: 'schema-changed', what: 'The schema changed.' });
    epoch.until = at;
  }

  #entry({ record, entries, until }: SimulatedEpoch, at: Date, end?: LogEntry['end']): void {
    if (until) return;
    const number = entries.length + 1;
    const place = { source: this.#source, epoch: record.epoch };
    const before = entries.at(-1)?.at ?? new Date(record.startedAt);
    const segment = `changes/${this.#source}/segments/${pad(record.epoch, 6)}/${pad(Math.floor(number / 1000), 6)}/${pad(number, 9)}-${HOLD}.pgoutput.zst`;
    const entry = v.parse(entrySchema, {
      ...entryAfter({ record: { to: lsnAt(before) }, sha256: 'a'.repeat(64) }, number),
      ...{ ...place, to: lsnAt(at), upto: lsnAt(at), clock: at.toISOString(), writtenAt: at.toISOString() },
      ...{ nextXid: xidAt(at), nextXidAfter: xidAt(at), ...(end && { end }) },
    });
    const keys = [entryKey(place, number), leaseKey(place, number, 0), segment];
    this.#vault.write(segment, Buffer.from('x'), at);
    this.#vault.write(leaseKey(place, number, 0), Buffer.from('{}'), at);
    this.#vault.write(entryKey(place, number), formatSealedJson(entry), at);
    entries.push({ ...place, number, at, keys });
  }
}

/** The place of the first entry that is not older than the moment. */
function firstAt(entries: readonly Captured[], moment: Date): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((entries[middle] as Captured).at < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function minuteOf(at: Date): bigint {
  return BigInt(Math.floor(at.getTime() / MINUTE_MS));
}

function xidAt(at: Date): string {
  return String(minuteOf(at));
}

function lsnAt(at: Date): string {
  return formatLsn(minuteOf(at) * 4096n);
}

function hashOf(epoch: number): string {
  return pad(epoch, 32);
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
