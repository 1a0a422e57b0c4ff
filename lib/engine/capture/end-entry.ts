import { CHANGES_FORMAT, type Epoch, type LogEntry } from '../archive/changes/change-records.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { catalogOf, slotOf, soFarOf } from './entry-parts.ts';
import type { SourceState } from './source-state.ts';

/** An entry that ends an epoch and brings nothing. */
export function endEntry(
  epoch: Filed<Epoch>,
  head: Filed<LogEntry> | undefined,
  state: SourceState,
  { end, writtenAt }: { readonly end: NonNullable<LogEntry['end']>; readonly writtenAt: Date },
): LogEntry {
  const to = head?.record.to ?? epoch.record.from;
  return {
    format: CHANGES_FORMAT,
    source: epoch.record.source,
    epoch: epoch.record.epoch,
    number: (head?.record.number ?? 0) + 1,
    previousSha256: head?.sha256 ?? epoch.sha256,
    ...{ from: to, to, upto: to },
    // What happened since the entry before is not in the vault.
    clock: head?.record.clock ?? epoch.record.startedAt,
    writtenAt: writtenAt.toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
    nextXid: state.nextXid,
    nextXidAfter: state.nextXid,
    before: catalogOf(state),
    after: catalogOf(state),
    ...(head?.record.lastTransaction ? { lastTransaction: head.record.lastTransaction } : {}),
    sequences: [],
    ...soFarOf(head?.record, undefined),
    slot: slotOf(state),
    ...(head?.record.base === undefined ? {} : { base: head.record.base }),
    end,
  };
}
