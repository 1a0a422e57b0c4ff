import { writeEntry } from '../archive/changes/change-log.ts';
import type { Epoch, LogEntry } from '../archive/changes/change-records.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import { queryRows } from '../connection/query-rows.ts';
import { lsnOf } from '../pgoutput/lsn.ts';
import { beginEpoch } from './begin-epoch.ts';
import { type CaptureResult, forget, type Run } from './capture-run.ts';
import { endEntry } from './end-entry.ts';
import { readSourceState, type SourceState } from './source-state.ts';
import { takeDueBase } from './take-due-base.ts';

/** Ends the epoch, if nobody has, and begins the next. */
export async function startOver(
  run: Run,
  state: SourceState,
  end: NonNullable<LogEntry['end']>,
): Promise<CaptureResult> {
  const { request, session, memory, signal } = run;
  const { store, source } = request;
  const old = memory.epoch as Filed<Epoch>;
  if (!memory.head?.record.end) {
    const entry = endEntry(old, memory.head, state, { end, writtenAt: run.now() });
    memory.head = await writeEntry(store, entry, signal);
  }
  const isGoingOn = end.reason === 'schema-changed' && slotGoesOn(old.record, memory.head.record, state);
  request.observer?.onNotice?.(`Epoch ${old.record.epoch} of ${source} ended: ${end.what}`);
  const next = await beginEpoch({
    ...{ session, store, source, signal },
    epoch: old.record.epoch + 1,
    reason: end.reason,
    eventTrigger: old.record.eventTrigger,
    recipients: request.recipients,
    continuesFrom: isGoingOn ? memory.head.record.to : undefined,
  });
  forget(memory);
  memory.epoch = next;
  memory.head = undefined;
  const now = await readSourceState(queryRows(session.client), next.record.slot.name);
  return { ...(await takeDueBase(run, 'captured', now)), ended: { epoch: old.record.epoch, ...end } };
}

function slotGoesOn({ slot, server }: Epoch, head: LogEntry, state: SourceState): boolean {
  const own = state.slot;
  if (!own?.confirmed || own.walStatus === 'lost' || own.databaseOid !== server.databaseOid) return false;
  return (
    slot.name !== '' && lsnOf(own.confirmed) <= lsnOf(head.to) && state.server.timeline === server.timeline
  );
}
