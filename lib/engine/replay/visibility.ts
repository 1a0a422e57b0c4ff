import { LifeboatError } from '../ground/errors.ts';

/** A snapshot as pg_current_snapshot() prints it: `xmin:xmax:xip,xip,…`, in transaction ids of 64 bits. */
export interface SnapshotXids {
  /** Everything below was over when the snapshot was taken. */
  readonly xmin: bigint;
  /** Nothing from here on had begun. */
  readonly xmax: bigint;
  readonly inProgress: ReadonlySet<bigint>;
}

const PRINTED = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/;
const EPOCH = 1n << 32n;
const HALF_EPOCH = EPOCH >> 1n;

/** Throws `snapshot-unreadable` for a text that is no snapshot. */
export function parseSnapshot(text: string): SnapshotXids {
  const [, xmin = '', xmax = '', list = ''] = PRINTED.exec(text) ?? [];
  const snapshot = {
    xmin: BigInt(xmin || 0),
    xmax: BigInt(xmax || 0),
    inProgress: new Set(list === '' ? [] : list.split(',').map(BigInt)),
  };
  const isWithin = (xid: bigint) => xid >= snapshot.xmin && xid < snapshot.xmax;
  if (xmin !== '' && snapshot.xmin <= snapshot.xmax && [...snapshot.inProgress].every(isWithin))
    return snapshot;
  throw new LifeboatError({
    code: 'snapshot-unreadable',
    kind: 'verification',
    what: `${JSON.stringify(text)} is not a snapshot of PostgreSQL.`,
    meaning: 'It cannot be told which changes the backup already has, so none can be added to it.',
    remedy: 'Use another backup; `lifeboat list` shows them.',
  });
}

/**
 * Whether the rows of a snapshot have what the transaction did. Transactions are compared by their ids, and never by
 * the place of their commit: a commit can be in the WAL, and so in the stream, before its transaction counts as
 * over, for as long as a synchronous standby does not answer. The snapshot then lacks it, although its own place in
 * the WAL is behind the commit.
 */
export function isVisible({ xmin, xmax, inProgress }: SnapshotXids, xid: bigint): boolean {
  return xid < xmin || (xid < xmax && !inProgress.has(xid));
}

/**
 * The id in 64 bits of which a stream shows the lower 32: the one that is nearest to `near`. It is right for ids that are
 * less than 2^31 apart, and PostgreSQL itself keeps no older ones.
 */
export function widenXid(xid: number, near: bigint): bigint {
  const sameEpoch = (near & ~(EPOCH - 1n)) | BigInt(xid);
  const distance = sameEpoch - near;
  if (distance > HALF_EPOCH && sameEpoch >= EPOCH) return sameEpoch - EPOCH;
  return distance < -HALF_EPOCH ? sameEpoch + EPOCH : sameEpoch;
}

/** Tells of a transaction of the stream whether a snapshot's rows have it. */
export function visibleIn(snapshot: SnapshotXids): (transaction: { readonly xid: number }) => boolean {
  return ({ xid }) => isVisible(snapshot, widenXid(xid, snapshot.xmax));
}
