import type { Recipients } from '../age/recipients.ts';
import { headOfLog, writeEntry } from '../archive/changes/change-log.ts';
import {
  CHANGES_FORMAT,
  type Epoch,
  type EpochReason,
  type LogEntry,
} from '../archive/changes/change-records.ts';
import { newestEpoch } from '../archive/changes/epochs.ts';
import { showsCatalogOf } from '../archive/changes/log-proof.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import { readSequences } from '../catalog/sequences.ts';
import { connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { queryRows } from '../connection/query-rows.ts';
import { serverGuards } from '../connection/server-guards.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { formatLsn, parseLsn } from '../pgoutput/lsn.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';
import { beginEpoch } from './begin-epoch.ts';
import {
  isOtherServer,
  noTimeLeft,
  notEnabled,
  otherServer,
  SQLSTATE_IN_USE,
  SQLSTATE_UNDEFINED_OBJECT,
} from './capture-errors.ts';
import { findBase } from './find-base.ts';
import { takeLease } from './lease.ts';
import { type Polled, poll } from './poll.ts';
import { readSourceState, type SourceState } from './source-state.ts';
import { whyEpochEnds } from './why-epoch-ends.ts';

/** What one poll leaves for the next of the same process: it saves requests, and nothing depends on it. */
export interface CaptureMemory {
  /** Its own leases do not hold a process up. */
  readonly holder?: string;
  epoch?: Filed<Epoch> | undefined;
  head?: Filed<LogEntry> | undefined;
  /** The values of the entries so far, by quoted name. */
  sequences?: ReadonlyMap<string, string>;
}

export interface CaptureRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly source: string;
  /** Public keys of age that segments are encrypted to. @default not encrypted */
  readonly recipients?: Recipients | undefined;
  /** A poll ends at the next commit after two thirds of this time, and stops without a trace at its end. @default 10 minutes */
  readonly longestPollMs?: number;
  /** WAL that one segment covers at most, save for its last transaction. @default 1 GiB */
  readonly stepBytes?: number;
  /** While nothing happens, an entry is written this often, and several polls share it. @default 5 minutes */
  readonly quietEntryEveryMs?: number;
  /** Backs the source up when a new epoch needs a base. @default the result says that one is due */
  readonly takeBase?: (epoch: Epoch) => Promise<void>;
  readonly memory?: CaptureMemory;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

export interface CaptureResult {
  /** `quiet`: nothing happened, and no entry was due. `busy`: another capture is at work. */
  readonly outcome: 'captured' | 'quiet' | 'busy';
  readonly epoch: number;
  /** What committed before this moment of the source's clock is in the vault, or did not happen. */
  readonly recoveryPoint: string;
  /** The recovery point that the vault itself shows. */
  readonly storedRecoveryPoint: string;
  readonly transactions: number;
  readonly messages: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly heldWalBytes: number;
  readonly walStatus: string | null;
  /** Nothing of this epoch can be restored before a full backup was made. */
  readonly baseDue: boolean;
  /** The epoch that ended in this poll. */
  readonly ended?: { readonly epoch: number; readonly reason: EpochReason; readonly what: string };
}

const LONGEST_POLL_MS = 10 * 60_000;
const STEP_BYTES = 1024 ** 3;
const QUIET_ENTRY_MS = 5 * 60_000;
/** WAL of others that a quiet slot may hold before it is moved on. */
const QUIET_WAL_BYTES = 64 * 1024 * 1024;

class BusyError extends Error {}

interface Run {
  readonly request: CaptureRequest;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly memory: CaptureMemory;
  readonly now: () => Date;
  readonly isTimeShort: () => boolean;
  readonly tally: { transactions: number; messages: number; rawBytes: number; storedBytes: number };
}

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
        throw session.failure(error, 'Reading the changes');
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
      return await log({ ...run, session: next }, state, polled);
    } finally {
      await next.end();
    }
  }
  return await log(run, state, polled);
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

/** fingerprint and sequences → entry → slot */
async function log(run: Run, before: SourceState, polled: Polled): Promise<CaptureResult | undefined> {
  const { request, session, memory, signal, tally } = run;
  const epoch = memory.epoch as Filed<Epoch>;
  const head = memory.head;
  const query = queryRows(session.client);
  const after = await readSourceState(query, epoch.record.slot.name);
  const base = head?.record.base ?? (await findBase(request.store, epoch.record, signal));
  const changed = [before, after].find((seen) => !showsCatalogOf(epoch.record, seen));
  const isDue =
    polled.segment !== undefined ||
    changed !== undefined ||
    base !== head?.record.base ||
    isQuietEntryDue(run, before);
  if (!isDue) return resultOf(run, 'quiet', before);
  const sequences = await readSequences(query);
  const entry: LogEntry = {
    format: CHANGES_FORMAT,
    source: request.source,
    epoch: epoch.record.epoch,
    number: (head?.record.number ?? 0) + 1,
    previousSha256: head?.sha256 ?? epoch.sha256,
    from: head?.record.to ?? epoch.record.from,
    to: formatLsn(polled.to),
    upto: formatLsn(before.flushLsn < polled.to ? before.flushLsn : polled.to),
    clock: before.clock.toISOString(),
    writtenAt: run.now().toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
    nextXid: before.nextXid,
    nextXidAfter: after.nextXid,
    before: catalogOf(before),
    after: catalogOf(after),
    ...(polled.segment ? { segment: polled.segment } : {}),
    ...lastTransaction(polled, head?.record),
    ...(polled.stream.ddl.length > 0 ? { ddl: polled.stream.ddl } : {}),
    sequences: sequences.filter((one) => memory.sequences?.get(nameOf(one)) !== valueOf(one)),
    slot: {
      restartLsn: before.slot?.restartLsn ?? null,
      heldWalBytes: before.slot?.heldWalBytes ?? 0,
      walStatus: before.slot?.walStatus ?? null,
    },
    ...(base === undefined ? {} : { base }),
    ...(changed ? { end: schemaEnd(epoch.record, changed) } : {}),
  };
  try {
    memory.head = await writeEntry(request.store, entry, signal);
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    forget(memory);
    return resultOf(run, 'busy', before);
  }
  memory.sequences = new Map(sequences.map((one) => [nameOf(one), valueOf(one)]));
  tally.transactions += polled.stream.transactions;
  tally.messages += polled.segment?.messages ?? 0;
  tally.rawBytes += polled.segment?.rawBytes ?? 0;
  tally.storedBytes += polled.segment?.sizeBytes ?? 0;
  await session.client.query(
    `SELECT pg_catalog.pg_replication_slot_advance(${quoteLiteral(epoch.record.slot.name)}, ${quoteLiteral(entry.to)})`,
  );
  if (entry.end) return await startOver(run, after, entry.end);
  // More is there than one step covers, or the time was short.
  if (polled.cut || (polled.to < before.flushLsn && !run.isTimeShort()))
    return polled.cut ? resultOf(run, 'captured', before) : undefined;
  return await withBase(run, 'captured', after);
}

/** Ends the epoch, if nobody has, and begins the next. */
async function startOver(
  run: Run,
  state: SourceState,
  end: NonNullable<LogEntry['end']>,
): Promise<CaptureResult> {
  const { request, session, memory, signal } = run;
  const { store, source } = request;
  const old = memory.epoch as Filed<Epoch>;
  if (!memory.head?.record.end) memory.head = await writeEntry(store, endOf(run, state, end), signal);
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
  return { ...(await withBase(run, 'captured', now)), ended: { epoch: old.record.epoch, ...end } };
}

/** An entry that ends an epoch and brings nothing. */
function endOf(
  { request, memory, now }: Run,
  state: SourceState,
  end: NonNullable<LogEntry['end']>,
): LogEntry {
  const epoch = memory.epoch as Filed<Epoch>;
  const head = memory.head;
  const to = head?.record.to ?? epoch.record.from;
  return {
    format: CHANGES_FORMAT,
    source: request.source,
    epoch: epoch.record.epoch,
    number: (head?.record.number ?? 0) + 1,
    previousSha256: head?.sha256 ?? epoch.sha256,
    ...{ from: to, to, upto: to },
    // What happened since the entry before is not in the vault.
    clock: head?.record.clock ?? epoch.record.startedAt,
    writtenAt: now().toISOString(),
    lifeboatVersion: LIFEBOAT_VERSION,
    nextXid: state.nextXid,
    nextXidAfter: state.nextXid,
    before: catalogOf(state),
    after: catalogOf(state),
    ...(head?.record.lastTransaction ? { lastTransaction: head.record.lastTransaction } : {}),
    sequences: [],
    slot: {
      restartLsn: state.slot?.restartLsn ?? null,
      heldWalBytes: state.slot?.heldWalBytes ?? 0,
      walStatus: state.slot?.walStatus ?? null,
    },
    ...(head?.record.base === undefined ? {} : { base: head.record.base }),
    end,
  };
}

async function withBase(
  run: Run,
  outcome: CaptureResult['outcome'],
  state: SourceState,
): Promise<CaptureResult> {
  const { request, memory, signal } = run;
  const epoch = (memory.epoch as Filed<Epoch>).record;
  if (memory.head?.record.base !== undefined || !request.takeBase) return resultOf(run, outcome, state);
  // A base must not have been taken while transactions ran that are older than the epoch.
  if (BigInt(state.xmin) < BigInt(epoch.nextXid)) return resultOf(run, outcome, state);
  if ((await findBase(request.store, epoch, signal)) === undefined) await request.takeBase(epoch);
  return {
    ...resultOf(run, outcome, state),
    baseDue: (await findBase(request.store, epoch, signal)) === undefined,
  };
}

/** A slot that was restored to an earlier place must show the last known transaction again, and no other in its place. */
function whyHistoryDiffers(
  head: LogEntry | undefined,
  { slot }: SourceState,
  { stream }: Polled,
): NonNullable<LogEntry['end']> | undefined {
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

function schemaEnd(epoch: Epoch, seen: SourceState): NonNullable<LogEntry['end']> {
  return seen.catalogHash === epoch.catalogHash
    ? { reason: 'publication-changed', what: 'The publication was changed.' }
    : { reason: 'schema-changed', what: 'The schema was changed.' };
}

function slotGoesOn({ slot, server }: Epoch, head: LogEntry, state: SourceState): boolean {
  const own = state.slot;
  if (!own?.confirmed || own.walStatus === 'lost' || own.databaseOid !== server.databaseOid) return false;
  return (
    slot.name !== '' && lsnOf(own.confirmed) <= lsnOf(head.to) && state.server.timeline === server.timeline
  );
}

function isQuietEntryDue({ request, memory }: Run, { clock, slot }: SourceState): boolean {
  const last = memory.head?.record.clock;
  if (last === undefined) return true;
  const age = clock.getTime() - Date.parse(last);
  return age >= (request.quietEntryEveryMs ?? QUIET_ENTRY_MS) || (slot?.heldWalBytes ?? 0) > QUIET_WAL_BYTES;
}

function lastTransaction({ stream }: Polled, head: LogEntry | undefined): Pick<LogEntry, 'lastTransaction'> {
  if (stream.last) {
    const { xid, commitLsn, committedAt } = stream.last;
    return {
      lastTransaction: { xid, commitLsn: formatLsn(commitLsn), committedAt: committedAt.toISOString() },
    };
  }
  return head?.lastTransaction ? { lastTransaction: head.lastTransaction } : {};
}

function resultOf(
  { memory, tally }: Run,
  outcome: CaptureResult['outcome'],
  state: SourceState,
): CaptureResult {
  const epoch = (memory.epoch as Filed<Epoch> | undefined)?.record;
  const stored = memory.head?.record.clock ?? epoch?.startedAt ?? state.clock.toISOString();
  return {
    outcome,
    epoch: epoch?.epoch ?? 0,
    recoveryPoint: outcome === 'quiet' ? state.clock.toISOString() : stored,
    storedRecoveryPoint: stored,
    ...tally,
    heldWalBytes: state.slot?.heldWalBytes ?? 0,
    walStatus: state.slot?.walStatus ?? null,
    baseDue: memory.head?.record.base === undefined,
  };
}

function leaseHolder({ holder }: CaptureMemory): { holder?: string } {
  return holder === undefined ? {} : { holder };
}

function catalogOf({ catalogHash, publicationHash, xmin }: SourceState): LogEntry['before'] {
  return { catalogHash, publicationHash, xmin };
}

function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([schema, name]);
}

function valueOf({
  lastValue,
  isCalled,
}: {
  readonly lastValue: string;
  readonly isCalled: boolean;
}): string {
  return `${lastValue} ${isCalled}`;
}

function forget(memory: CaptureMemory): void {
  delete memory.epoch;
  delete memory.head;
  delete memory.sequences;
}

function lsnOf(text: string): bigint {
  return parseLsn(text) ?? 0n;
}

function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof LifeboatError) return sqlStateOf(error.cause);
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
