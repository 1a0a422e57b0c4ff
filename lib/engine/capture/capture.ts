import { headOfLog } from '../archive/changes/change-log.ts';
import type { Epoch } from '../archive/changes/change-records.ts';
import { newestEpoch } from '../archive/changes/epochs.ts';
import { connect } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { serverGuards } from '../connection/server-guards.ts';
import { lsnOf } from '../pgoutput/lsn.ts';
import { ObjectExistsError } from '../storage/object-store.ts';
import {
  captureFailed,
  isOtherServer,
  noTimeLeft,
  notEnabled,
  otherServer,
  overtaken,
  SQLSTATE_IN_USE,
  SQLSTATE_UNDEFINED_OBJECT,
  sqlStateOf,
} from './capture-errors.ts';
import {
  type CaptureMemory,
  type CaptureRequest,
  type CaptureResult,
  forget,
  type Run,
  resultOf,
} from './capture-run.ts';
import { takeLease } from './lease.ts';
import { logPolled } from './log-polled.ts';
import { type Polled, poll } from './poll.ts';
import { readSourceState, type SourceState } from './source-state.ts';
import { startOver } from './start-over.ts';
import { whyEpochEnds, whyHistoryDiffers } from './why-epoch-ends.ts';

export type { CaptureMemory, CaptureRequest, CaptureResult } from './capture-run.ts';

const LONGEST_POLL_MS = 10 * 60_000;
const STEP_BYTES = 1024 ** 3;
class BusyError extends Error {}

/**
 * Brings the changes since the last poll into the vault, and only then lets the slot go on. It may die at any moment:
 * the next poll reads again what the slot still holds, and leaves out what the log has.
 */
export async function capture(request: CaptureRequest): Promise<CaptureResult> {
  const longestMs = request.longestPollMs ?? LONGEST_POLL_MS;
  const startedAt = performance.now();
  const outOfTime = new AbortController();
  const tally = { transactions: 0, messages: 0, rawBytes: 0, storedBytes: 0 };
  const timer = setTimeout(
    () => outOfTime.abort(noTimeLeft(Math.round(longestMs / 1000), tally.transactions)),
    longestMs,
  );
  const signal = AbortSignal.any([outOfTime.signal, ...(request.signal ? [request.signal] : [])]);
  const memory = request.memory ?? {};
  let isOvertaken = false;
  const isTimeShort = () => performance.now() - startedAt > (longestMs * 2) / 3;
  try {
    for (;;) {
      const session = await connect(request.settings, {
        signal,
        guards: serverGuards(longestMs),
        refusesPools: false,
      });
      const onAbort = () => void session.end();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const run: Run = {
          request,
          session,
          signal,
          memory,
          now: request.now ?? (() => new Date()),
          isTimeShort,
          tally,
        };
        const result = await advance(run);
        if (result) return result;
      } catch (error) {
        signal.throwIfAborted();
        forget(memory);
        // Another capture wrote what this one was about to: what it remembered, or had read, is behind the vault.
        if (error instanceof ObjectExistsError) {
          if (isOvertaken) throw overtaken(request.source, error);
          isOvertaken = true;
          continue;
        }
        throw captureFailed(session.failure(error, 'Reading the changes'));
      } finally {
        signal.removeEventListener('abort', onAbort);
        await session.end();
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until the slot is read to the place where the WAL ended at the beginning. Undefined if the session was used up. */
async function advance(run: Run): Promise<CaptureResult | undefined> {
  const { request, session, memory, signal } = run;
  const { store, source } = request;
  const query = queryRows(session.client);
  memory.epoch ??= await newestEpoch(store, source, signal);
  const epoch = memory.epoch;
  if (!epoch) throw notEnabled(source);
  if (!('head' in memory)) memory.head = await headOfLog(store, epoch.record, signal);
  const state = await readSourceState(query, epoch.record.slot.name);
  if (isOtherServer(epoch.record, state.server)) throw otherServer(epoch.record, state.server);
  const ended = memory.head?.record.end;
  if (ended?.reason === 'disabled') throw notEnabled(source);
  const broken = ended ?? whyEpochEnds(epoch.record, memory.head?.record, state);
  if (broken) return await startOver(run, state, broken);
  let polled: Polled;
  try {
    polled = await pollOnce(run, epoch.record, state);
  } catch (error) {
    if (error instanceof BusyError || sqlStateOf(error) === SQLSTATE_IN_USE)
      return resultOf(run, 'busy', state);
    if (sqlStateOf(error) !== SQLSTATE_UNDEFINED_OBJECT) throw error;
    await session.client.query('ROLLBACK');
    return await startOver(run, state, {
      reason: 'publication-changed',
      what: 'The slot is older than the publication, which was made again.',
    });
  }
  const diverged = whyHistoryDiffers(memory.head?.record, state, polled);
  if (diverged) return await startOver(run, state, diverged);
  if (polled.cut) {
    await session.end();
    const next = await connect(request.settings, { signal, guards: serverGuards(LONGEST_POLL_MS) });
    try {
      return await logPolled({ ...run, session: next }, state, polled);
    } finally {
      await next.end();
    }
  }
  return await logPolled(run, state, polled);
}

async function pollOnce(run: Run, epoch: Epoch, state: SourceState): Promise<Polled> {
  const { request, session, memory, signal, now } = run;
  const number = (memory.head?.record.number ?? 0) + 1;
  const knownTo = lsnOf(memory.head?.record.to ?? epoch.from);
  const limit = knownTo + BigInt(request.stepBytes ?? STEP_BYTES);
  const upto = state.flushLsn < limit ? state.flushLsn : limit;
  return await poll({
    ...{ epoch, number, knownTo, signal },
    client: session.client,
    store: request.store,
    recipients: request.recipients,
    upto: upto > knownTo ? upto : knownTo,
    isTimeShort: run.isTimeShort,
    async beforeStore() {
      if (
        !(await takeLease({
          ...leaseHolder(memory),
          store: request.store,
          place: epoch,
          number,
          now,
          signal,
        }))
      )
        throw new BusyError();
    },
  });
}

function leaseHolder({ holder }: CaptureMemory): { holder?: string } {
  return holder === undefined ? {} : { holder };
}
