import { parseLsn } from '../../pgoutput/lsn.ts';
import type { Manifest } from '../manifest.ts';
import type { Epoch, LogEntry } from './change-records.ts';

/** Why a backup cannot be a base of an epoch. */
export type NoBase =
  /** It was made by an older Lifeboat, of a part of the database, or on a standby. */
  | 'not-complete'
  | 'other-server'
  | 'other-schema'
  /** It is older than the epoch, or transactions were running then that had begun before it. */
  | 'too-early';

type Snapshot = Pick<Manifest['snapshot'], 'snapshot'>;

/** Undefined if the backup is a base of the epoch: the epoch's changes lead on from its snapshot. */
export function whyNoBase(epoch: Epoch, manifest: Manifest): NoBase | undefined {
  const { server, snapshot, scope } = manifest;
  if (scope !== 'full' || server.standby || snapshot.lsn === null || snapshot.catalogHash === undefined)
    return 'not-complete';
  if (server.databaseOid !== epoch.server.databaseOid || !sameSystem(epoch, manifest)) return 'other-server';
  const lsn = parseLsn(snapshot.lsn);
  const from = parseLsn(epoch.from);
  if (lsn === undefined || from === undefined || lsn < from) return 'too-early';
  if (snapshotBounds(snapshot).xmin < BigInt(epoch.nextXid)) return 'too-early';
  return snapshot.catalogHash === epoch.catalogHash ? undefined : 'other-schema';
}

/**
 * The number of the entry from which a base needs the log: the last one with nextXid <= the snapshot's xmin, since
 * every transaction that the snapshot does not show began after it, and commits there or later. 1 if that is the
 * beginning of the epoch. `entries` are in their order.
 */
export function firstEntryFor(
  snapshot: Snapshot,
  entries: Iterable<Pick<LogEntry, 'number' | 'nextXid'>>,
): number {
  const { xmin } = snapshotBounds(snapshot);
  let first = 1;
  for (const { number, nextXid } of entries) {
    if (BigInt(nextXid) > xmin) break;
    first = number;
  }
  return first;
}

/** What pg_current_snapshot() prints begins with: `xmin:xmax:xip,…`. */
export function snapshotBounds({ snapshot }: Snapshot): { readonly xmin: bigint; readonly xmax: bigint } {
  const [xmin, xmax] = snapshot.split(':');
  return { xmin: BigInt(xmin ?? ''), xmax: BigInt(xmax ?? '') };
}

function sameSystem({ server: own }: Epoch, { server }: Manifest): boolean {
  return (
    own.systemIdentifier === null ||
    server.systemIdentifier === null ||
    own.systemIdentifier === server.systemIdentifier
  );
}
