import type pg from 'pg';
import { writeEntry } from '../archive/changes/change-log.ts';
import { CHANGES_FORMAT, type Epoch, type LogEntry } from '../archive/changes/change-records.ts';
import { showsCatalogOf } from '../archive/changes/log-proof.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import type { SequenceValue } from '../archive/manifest.ts';
import { readSequences } from '../catalog/sequences.ts';
import { queryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import { formatLsn } from '../pgoutput/lsn.ts';
import { ObjectExistsError } from '../storage/object-store.ts';
import { SQLSTATE_IN_USE, sqlStateOf } from './capture-errors.ts';
import { type CaptureResult, forget, type Run, resultOf } from './capture-run.ts';
import { catalogOf, slotOf, soFarOf } from './entry-parts.ts';
import { findBase } from './find-base.ts';
import type { Polled } from './poll.ts';
import { readSourceState, type SourceState } from './source-state.ts';
import { startOver } from './start-over.ts';
import { takeDueBase } from './take-due-base.ts';
import { whySchemaEnds } from './why-epoch-ends.ts';

const QUIET_ENTRY_MS = 5 * 60_000;
/** Entries. */
const ALL_SEQUENCES_EVERY = 100;
/** WAL of others that a quiet slot may hold before it is moved on. */
const QUIET_WAL_BYTES = 64 * 1024 * 1024;

/** fingerprint and sequences → entry → slot */
export async function logPolled(
  run: Run,
  before: SourceState,
  polled: Polled,
): Promise<CaptureResult | undefined> {
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
  const number = (head?.record.number ?? 0) + 1;
  const entry: LogEntry = {
    format: CHANGES_FORMAT,
    source: request.source,
    epoch: epoch.record.epoch,
    number,
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
    ...sequencesOf(sequences, memory.sequences, number),
    ...soFarOf(head?.record, polled.segment),
    slot: slotOf(before),
    ...(base === undefined ? {} : { base }),
    ...(changed ? { end: whySchemaEnds(epoch.record, changed) } : {}),
  };
  try {
    memory.head = await writeEntry(request.store, entry, signal);
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    forget(memory);
    return resultOf(run, 'busy', before);
  }
  memory.sequences = new Map(sequences.map((one) => [nameOf(one), textOfValue(one)]));
  tally.transactions += polled.stream.transactions;
  tally.messages += polled.segment?.messages ?? 0;
  tally.rawBytes += polled.segment?.rawBytes ?? 0;
  tally.storedBytes += polled.segment?.sizeBytes ?? 0;
  if (!(await advanceSlot(session.client, epoch.record.slot.name, entry.to)))
    return resultOf(run, 'captured', before);
  if (entry.end) return await startOver(run, after, entry.end);
  // More is there than one step covers, or the time was short.
  if (polled.cut || (polled.to < before.flushLsn && !run.isTimeShort()))
    return polled.cut ? resultOf(run, 'captured', before) : undefined;
  return await takeDueBase(run, 'captured', after);
}

/** False if somebody else reads the slot just now. The next capture moves it: what it reads again, the log has. */
async function advanceSlot(client: pg.Client, name: string, to: string): Promise<boolean> {
  try {
    await client.query(
      `SELECT pg_catalog.pg_replication_slot_advance(${quoteLiteral(name)}, ${quoteLiteral(to)})`,
    );
    return true;
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE_IN_USE) return false;
    throw error;
  }
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

/** Those that changed; now and then all, so that a plan need not read the whole log. */
function sequencesOf(
  now: readonly SequenceValue[],
  before: ReadonlyMap<string, string> | undefined,
  number: number,
): Pick<LogEntry, 'sequences' | 'allSequences'> {
  if (!before || number % ALL_SEQUENCES_EVERY === 0) return { sequences: [...now], allSequences: true };
  return { sequences: now.filter((one) => before.get(nameOf(one)) !== textOfValue(one)) };
}

function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([schema, name]);
}

function textOfValue({
  lastValue,
  isCalled,
}: {
  readonly lastValue: string;
  readonly isCalled: boolean;
}): string {
  return `${lastValue} ${isCalled}`;
}
