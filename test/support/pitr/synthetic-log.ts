import { readFileSync } from 'node:fs';
import { newSegmentKey } from '../../../lib/engine/archive/changes/change-keys.ts';
import { writeEntry } from '../../../lib/engine/archive/changes/change-log.ts';
import type { Epoch, LogEntry } from '../../../lib/engine/archive/changes/change-records.ts';
import { writeEpoch } from '../../../lib/engine/archive/changes/epochs.ts';
import type { Filed } from '../../../lib/engine/archive/changes/record-file.ts';
import { storeSegment } from '../../../lib/engine/archive/changes/segments.ts';
import { soFarWith } from '../../../lib/engine/archive/changes/so-far.ts';
import { type BackupPlace, manifestKey } from '../../../lib/engine/archive/keys.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { formatLsn, lsnOf } from '../../../lib/engine/pgoutput/lsn.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { bytesOf } from '../../unit/engine/pgoutput/messages-in-bytes.ts';
import { entryAfter, SAMPLE_EPOCH } from '../sample-changes.ts';

/** A real backup, whose manifest is put into the history of the log. */
const BASE: BackupPlace = {
  retentionClass: 'manual',
  source: 'stamped',
  backupId: '20261129T095045Z-iuqcq3',
};
const MANIFEST = new URL(
  `../archives/stamped/manual/stamped/${BASE.backupId}/manifest.json`,
  import.meta.url,
);
const STARTED_AT = Date.parse('2026-11-29T09:50:00.000Z');
const MINUTE_MS = 60_000;

/** One transaction of an entry. */
export interface Committed {
  readonly xid: number;
  readonly commitLsn: bigint;
  readonly committedAt: Date;
}

export interface SyntheticLog {
  readonly source: string;
  readonly epoch: Filed<Epoch>;
  readonly entries: readonly LogEntry[];
  readonly transactions: readonly Committed[];
}

export interface SyntheticOptions {
  /** Milliseconds that a transaction's commit time differs from the middle of its minute, by the entry's number. */
  readonly skewMs?: (entry: number) => number;
  /** The same in microseconds, below what a Date has. */
  readonly skewMicros?: (entry: number) => number;
  /** As logs were written before they had sums. */
  readonly withoutSums?: boolean;
  /** Changes an entry before it is written. */
  readonly edit?: (entry: LogEntry) => LogEntry;
}

/** A base, and a log of one entry a minute with one transaction each, as a capture writes it. Its second entry is the first after the base. */
export async function syntheticLog(
  store: ObjectStore,
  length: number,
  {
    skewMs = () => 0,
    skewMicros = () => 0,
    withoutSums = false,
    edit = (entry) => entry,
  }: SyntheticOptions = {},
): Promise<SyntheticLog> {
  const { source } = BASE;
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const { systemIdentifier, databaseOid, encoding } = manifest.server;
  const epoch = await writeEpoch(store, {
    ...SAMPLE_EPOCH,
    source,
    startedAt: new Date(STARTED_AT).toISOString(),
    server: { ...SAMPLE_EPOCH.server, systemIdentifier, databaseOid, encoding },
  });
  const { catalogHash } = epoch.record;
  const lsn = formatLsn(lsnOf(SAMPLE_EPOCH.from) + 0x1010n);
  const snapshot = {
    takenAt: new Date(STARTED_AT + 65_000).toISOString(),
    snapshot: '1011:1011:',
    lsn,
    catalogHash,
  };
  await store.put(manifestKey(BASE), formatSealedJson({ ...withoutSeal(manifest), snapshot }));
  const entries: LogEntry[] = [];
  const transactions: Committed[] = [];
  let head: Filed<LogEntry> | undefined;
  for (let number = 1; number <= length; number += 1) {
    const before = head ?? { record: { to: epoch.record.from }, sha256: epoch.sha256 };
    const plain = entryAfter(before, number);
    const clock = new Date(STARTED_AT + number * MINUTE_MS);
    const micros = BigInt((clock.getTime() - MINUTE_MS / 2 + skewMs(number)) * 1000 + skewMicros(number));
    const one = {
      xid: 1000 + number * 10 - 5,
      commitLsn: lsnOf(plain.from) + 0x100n,
      committedAt: new Date(Number(micros / 1000n)),
    };
    const segment = await segmentOf(store, epoch.record, number, one, micros);
    const soFar = withoutSums ? undefined : soFarWith(head?.record, segment);
    const value = { schema: 'public', name: 'numbers', lastValue: String(number), isCalled: true };
    head = await writeEntry(
      store,
      edit({
        ...plain,
        ...{ source, clock: clock.toISOString(), segment },
        lastTransaction: {
          xid: one.xid,
          commitLsn: formatLsn(one.commitLsn),
          committedAt: one.committedAt.toISOString(),
        },
        sequences: [value],
        ...(number % 100 === 0 ? { allSequences: true } : {}),
        ...(soFar ? { soFar } : {}),
      }),
    );
    entries.push(head.record);
    transactions.push(one);
  }
  return { source, epoch, entries, transactions };
}

async function segmentOf(
  store: ObjectStore,
  epoch: Epoch,
  number: number,
  one: Committed,
  committedAtMicros: bigint,
) {
  const { xid, commitLsn } = one;
  const messages = [
    bytesOf({ kind: 'begin', finalLsn: commitLsn, committedAtMicros, xid }),
    bytesOf({ kind: 'commit', commitLsn, endLsn: commitLsn + 0x50n, committedAtMicros }),
  ];
  async function* framed() {
    for (const message of messages) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      yield Buffer.concat([length, message]);
    }
  }
  const key = newSegmentKey(epoch, number, false);
  const stored = await storeSegment(
    { store, key, signal: new AbortController().signal, recipients: undefined },
    framed(),
  );
  if (!stored) throw new Error('a segment without a byte');
  const at = one.committedAt.toISOString();
  return {
    ...stored,
    rawBytes: messages.reduce((sum, { length }) => sum + 4 + length, 0),
    messages: messages.length,
    transactions: 1,
    ...{ earliestCommitAt: at, latestCommitAt: at },
  };
}

function withoutSeal({ sha256: _, ...manifest }: Record<string, unknown>): object {
  return manifest;
}
