import type { Epoch, LogEntry } from '../../lib/engine/archive/changes/change-records.ts';
import { formatLsn, parseLsn } from '../../lib/engine/pgoutput/lsn.ts';

const HASHES = { catalogHash: 'a'.repeat(32), publicationHash: 'b'.repeat(32) };

export const SAMPLE_EPOCH: Epoch = {
  format: 1,
  source: 'shop',
  epoch: 1,
  lifeboatVersion: '0.1.0',
  startedAt: '2026-11-29T02:00:00.000Z',
  reason: 'enabled',
  server: {
    versionNumber: 150018,
    database: 'shop',
    databaseOid: 16384,
    encoding: 'UTF8',
    systemIdentifier: '7440000000000000001',
    timeline: 1,
  },
  slot: { name: 'lifeboat_shop', failover: false },
  publication: 'lifeboat_shop',
  eventTrigger: false,
  from: '0/1000000',
  nextXid: '1000',
  ...HASHES,
  tables: [{ oid: 16390, schema: 'public', name: 'users', identity: 'primary-key', key: ['id'] }],
  notCovered: [],
};

interface Before {
  readonly record: { readonly to: string };
  readonly sha256: string;
}

/** An entry without a segment that continues another. */
export function entryAfter({ record, sha256 }: Before, number: number): LogEntry {
  const xid = String(1000 + number * 10);
  const to = formatLsn((parseLsn(record.to) ?? 0n) + 0x1000n);
  const clock = new Date(Date.parse(SAMPLE_EPOCH.startedAt) + number * 60_000).toISOString();
  return {
    format: 1,
    source: 'shop',
    epoch: 1,
    number,
    previousSha256: sha256,
    from: record.to,
    to,
    upto: to,
    clock,
    writtenAt: clock,
    lifeboatVersion: '0.1.0',
    nextXid: xid,
    nextXidAfter: xid,
    before: { ...HASHES, xmin: xid },
    after: { ...HASHES, xmin: xid },
    sequences: [],
    slot: { restartLsn: record.to, heldWalBytes: 0, walStatus: 'reserved' },
  };
}
