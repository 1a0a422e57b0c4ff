import type { Epoch, LogEntry } from '../archive/changes/change-records.ts';
import { lsnOf } from '../pgoutput/lsn.ts';
import type { Polled } from './poll.ts';
import type { SourceState } from './source-state.ts';

type End = NonNullable<LogEntry['end']>;

/** Why the stream cannot go on from the vault's last entry. Undefined if it can. The server itself is the same. */
export function whyEpochEnds(epoch: Epoch, head: LogEntry | undefined, state: SourceState): End | undefined {
  const { slot, server } = state;
  const to = head?.to ?? epoch.from;
  if (server.databaseOid !== epoch.server.databaseOid)
    return end(
      'database-replaced',
      `The database ${server.database} was replaced by another one of its server.`,
    );
  if (server.timeline !== epoch.server.timeline)
    return end(
      'timeline-changed',
      `The server is on timeline ${server.timeline} and was on ${epoch.server.timeline}: a standby became the primary, or the server was restored. The last transactions in the vault may be missing on it.`,
    );
  if (!slot)
    return end(
      'slot-lost',
      `The slot ${epoch.slot.name} is gone: somebody dropped it, or a failover lost it.`,
    );
  if (slot.databaseOid !== epoch.server.databaseOid)
    return end('slot-lost', `The slot ${epoch.slot.name} belongs to another database.`);
  if (slot.walStatus === 'lost' || slot.confirmed === null)
    return end(
      'slot-lost',
      `PostgreSQL has invalidated the slot ${epoch.slot.name} (wal_status ${slot.walStatus}).`,
    );
  if (!state.publicationExists)
    return end('publication-changed', `The publication ${epoch.publication} is gone.`);
  if (lsnOf(slot.confirmed) > lsnOf(to))
    return end(
      'slot-ahead',
      `The slot ${epoch.slot.name} is at ${slot.confirmed}, and the vault has the changes up to ${to}: somebody else has moved it on.`,
    );
  if (state.insertLsn < lsnOf(to))
    return end(
      'history-differs',
      `The source's WAL ends before ${to}, up to which the vault has its changes: it was restored to an earlier moment.`,
    );
  return undefined;
}

/** A slot that was restored to an earlier place must show the last known transaction again, and no other in its place. */
export function whyHistoryDiffers(
  head: LogEntry | undefined,
  { slot }: SourceState,
  { stream }: Polled,
): End | undefined {
  const last = head?.lastTransaction;
  if (!last || !slot?.confirmed) return undefined;
  const commitLsn = lsnOf(last.commitLsn);
  const seen = stream.repeated.get(commitLsn);
  if (seen === last.xid || (seen === undefined && lsnOf(slot.confirmed) > commitLsn)) return undefined;
  return {
    reason: 'history-differs',
    what: `The source does not have the transaction ${last.xid}, which committed at ${last.commitLsn} and is in the vault: it was restored to an earlier moment.`,
  };
}

/** Which of the two catalogs is not the epoch's any more. */
export function whySchemaEnds(epoch: Epoch, seen: SourceState): End {
  return seen.catalogHash === epoch.catalogHash
    ? { reason: 'publication-changed', what: 'The publication was changed.' }
    : { reason: 'schema-changed', what: 'The schema was changed.' };
}

function end(reason: End['reason'], what: string): End {
  return { reason, what };
}
