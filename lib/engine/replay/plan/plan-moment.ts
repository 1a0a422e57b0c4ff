import { whyNoBase } from '../../archive/changes/base.ts';
import { requireEntries } from '../../archive/changes/change-log.ts';
import { proofsOfEpoch } from '../../archive/changes/change-proof.ts';
import type { LogEntry } from '../../archive/changes/change-records.ts';
import { readEpochs } from '../../archive/changes/epochs.ts';
import { provenThrough } from '../../archive/changes/log-proof.ts';
import type { BackupPlace } from '../../archive/keys.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import { commitTime } from '../../pgoutput/commit-time.ts';
import { formatLsn, lsnOf } from '../../pgoutput/lsn.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type Base, basesOf } from './bases.ts';
import { sequencesAt, unprovenEnd } from './entries-backward.ts';
import { type EpochLog, firstNeeded, openLog } from './epoch-log.ts';
import { findEnd } from './find-end.ts';
import { findTransaction } from './find-transaction.ts';
import { microsOf, nameOfEpoch, type PlannedMoment, type Target } from './moment.ts';
import { noChanges, notRestorable } from './refusals.ts';

export interface MomentRequest {
  readonly store: ObjectStore;
  readonly source: string;
  readonly target: Target;
  /** Only this backup. @default the newest that is old enough */
  readonly base?: BackupPlace;
  /** Only this epoch: an LSN alone can mean a place in several histories. */
  readonly epoch?: number;
  readonly signal: AbortSignal;
}

/** What committed so shortly before the source's clock was read may not be in the stream yet. */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * Finds the base and the segments that show a moment, and turns a time into an LSN, once. Refuses by name: a moment that is
 * not captured yet, one before the first base, one in a gap between two epochs.
 */
export async function planMoment(request: MomentRequest): Promise<PlannedMoment> {
  const { store, source, signal } = request;
  const epochs = await readEpochs(store, source, signal);
  const logs: EpochLog[] = [];
  for (const epoch of epochs) {
    if (request.epoch !== undefined && request.epoch !== epoch.record.epoch) continue;
    const log = await openLog(store, epoch, signal);
    if (log) logs.push(log);
  }
  if (logs.length === 0) throw noChanges(source, store.url);
  const target = await withLsn(request, logs);
  const log = epochOf(target, logs, source);
  const notAfter = target.kind === 'time' ? target.time : undefined;
  for await (const base of basesOf(store, source, { signal, notAfter })) {
    if (request.base && nameOfBackup(request.base) !== nameOfBackup(base.place)) continue;
    if (!isEarlyEnough(base, target, log)) continue;
    const planned = await planFrom(base, log, { ...request, target });
    if (planned) return { ...planned, notes: [...planned.notes, ...(await wrongChanges(planned, request))] };
  }
  throw notRestorable(
    'moment-before-base',
    `There is no backup of ${source} from which ${describe(request.target)} could be reached.`,
    `Restore a later moment: the changes of ${nameOfEpoch(log.epoch.record)} begin at ${log.epoch.record.startedAt}, and the next full backup after that is their first base.`,
    'Changes are replayed onto the rows of a full backup that was taken before the moment, in the same epoch.',
  );
}

/** A sentence for each drill that found the changes wrong which this moment is made of. */
async function wrongChanges(
  { log, base, until }: PlannedMoment,
  { store, signal }: MomentRequest,
): Promise<string[]> {
  const proofs = await proofsOfEpoch(store, log.epoch.record, signal);
  return proofs
    .filter(({ verdict }) => verdict === 'failed')
    .filter(({ fromLsn, toLsn }) => lsnOf(fromLsn) < until && lsnOf(toLsn) > base.lsn)
    .map(
      ({ backup, provenAt }) =>
        `A drill found the changes up to ${backup} WRONG (${provenAt}): do not rely on this moment before you have compared it.`,
    );
}

/** Finds the transaction that is named, and returns the place of its commit. */
async function withLsn(
  request: MomentRequest,
  logs: readonly EpochLog[],
): Promise<Target & { epoch?: number }> {
  const { target, store, source, signal } = request;
  if (target.kind !== 'before-transaction') return target;
  let found: { log: EpochLog; lsn: bigint } | undefined;
  for (const log of logs.toReversed()) {
    // Within one history a number is given once; another server, or another timeline, gives it again.
    if (found && isSameHistory(found.log, log)) continue;
    const lsn = await findTransaction(store, log, target.xid, signal);
    if (lsn === undefined) continue;
    if (found) throw ambiguous(`Transaction ${target.xid}`, source, [log, found.log]);
    found = { log, lsn };
  }
  if (found) return { kind: 'lsn', lsn: found.lsn, epoch: found.log.epoch.record.epoch };
  throw notRestorable(
    'transaction-not-captured',
    `The captured changes of ${source} have no transaction ${target.xid}.`,
    'List them around a time: `lifeboat restore --list-transactions "2026-11-29 14:05"`.',
    'It changed no table that is captured, did not commit, or its changes have expired.',
  );
}

function epochOf(target: Target & { epoch?: number }, logs: readonly EpochLog[], source: string): EpochLog {
  const newestFirst = logs.toReversed();
  if (target.kind === 'time') {
    const began = newestFirst.find(({ epoch }) => new Date(epoch.record.startedAt) <= target.time);
    if (!began) {
      const [first] = logs;
      throw notRestorable(
        'moment-before-changes',
        `${describe(target)} is before the first captured change of ${source}.`,
        `They begin at ${first?.epoch.record.startedAt}. --at takes the backup nearest to an earlier time.`,
      );
    }
    return began;
  }
  const { epoch, ...asked } = target;
  const begun = newestFirst.filter(
    ({ epoch: { record } }) =>
      (epoch === undefined || record.epoch === epoch) && lsnAsked(asked) >= lsnOf(record.from),
  );
  // An epoch of another server may have begun at a lower place in the WAL, and not have come so far.
  const reaching = begun.filter(({ head }) => lsnAsked(asked) <= lsnOf(head.to));
  const [found] = reaching.length > 0 ? reaching : begun;
  const other = found && reaching.find((log) => !isSameHistory(log, found));
  if (other) throw ambiguous(describe(target), source, [other, found]);
  if (found) return found;
  throw notRestorable(
    'moment-before-changes',
    `${describe(target)} is before the first captured change of ${source}.`,
    `They begin at ${logs[0]?.epoch.record.from}.`,
  );
}

function isSameHistory(a: EpochLog, b: EpochLog): boolean {
  const [one, other] = [a.epoch.record.server, b.epoch.record.server];
  return one.systemIdentifier === other.systemIdentifier && one.timeline === other.timeline;
}

function ambiguous(what: string, source: string, logs: readonly EpochLog[]) {
  const epochs = logs.map(({ epoch: { record } }) => `${nameOfEpoch(record)}, from ${record.startedAt}`);
  return notRestorable(
    'moment-ambiguous',
    `${what} is in the changes of ${source} more than once: in ${epochs.join(', and in ')}.`,
    'Name the moment by its time: `lifeboat restore --to`. `lifeboat restore --list-transactions` shows the times of commits.',
    'Another server, or another timeline of it, counted from the same numbers.',
  );
}

function lsnAsked(target: Target): bigint {
  return target.kind === 'lsn' ? target.lsn : 0n;
}

function isEarlyEnough({ manifest, lsn }: Base, target: Target, { epoch, head }: EpochLog): boolean {
  if (whyNoBase(epoch.record, manifest) !== undefined) return false;
  if (lsn < lsnOf(epoch.record.from) || lsn > lsnOf(head.to)) return false;
  return target.kind === 'time'
    ? new Date(manifest.snapshot.takenAt) <= target.time
    : lsn <= lsnAsked(target);
}

/** Undefined if this base does not reach the moment, and an older one might. */
async function planFrom(
  base: Base,
  log: EpochLog,
  { store, source, target, signal }: MomentRequest,
): Promise<PlannedMoment | undefined> {
  const from = await firstNeeded(store, log, base.snapshot, signal);
  if (from === undefined) return undefined;
  const {
    to = log.head.number,
    until,
    last,
    next,
    changes,
  } = await findEnd({ store, log, target, signal }, base, from);
  refuseBeyondHead(target, until, log, source);
  const exact = until ?? lsnOf(log.head.to);
  if (exact < base.lsn) return undefined;
  const entries = { from, to };
  await requireEntries(store, log.epoch.record, entries, signal);
  const notes = refuseUnclean(exact, await unprovenEnd(store, log, to, signal), log, target);
  return {
    target,
    source,
    base,
    log,
    entries,
    until: exact,
    last,
    next,
    sequences: await sequencesAt(store, log, base, entries, signal),
    changes,
    notes,
  };
}

function refuseBeyondHead(
  target: Target,
  until: bigint | undefined,
  { head, epoch }: EpochLog,
  source: string,
): void {
  const captured = new Date(new Date(head.clock).getTime() - CLOCK_TOLERANCE_MS);
  const isBeyond =
    target.kind === 'time'
      ? until === undefined && target.time > captured
      : until !== undefined && until > lsnOf(head.to);
  if (!isBeyond) return;
  if (head.end) {
    throw notRestorable(
      'moment-in-gap',
      `${describe(target)} is in a gap of the changes of ${source}: ${nameOfEpoch(epoch.record)} ended at ${head.to} (${captured.toISOString()}), because ${head.end.what}.`,
      `Restore ${captured.toISOString()} or earlier, or a moment after the next full backup.`,
      'What committed in the gap is in the next backup, and in no captured change.',
    );
  }
  throw notRestorable(
    'moment-not-captured',
    `${describe(target)} is not captured yet: the changes of ${source} reach ${head.to} (${captured.toISOString()}).`,
    'Wait for the next capture, run `lifeboat capture`, or restore an earlier moment.',
  );
}

function refuseUnclean(
  until: bigint,
  looks: readonly LogEntry[],
  { head, epoch }: EpochLog,
  target: Target,
): string[] {
  const through = provenThrough(epoch.record, looks);
  const proven = lsnOf(looks.find(({ number }) => number === through)?.to ?? epoch.record.from);
  const changes = looks.flatMap(({ ddl = [] }) => ddl.map(({ commitLsn }) => lsnOf(commitLsn)));
  const ddlAt = changes.length === 0 ? undefined : changes.reduce((a, b) => (b < a ? b : a));
  // A transaction that changes the schema begins a new epoch: up to its commit the old one goes on.
  if (ddlAt !== undefined && until <= ddlAt) return [];
  if (until <= proven) return [];
  if (ddlAt !== undefined || head.end?.reason === 'schema-changed') {
    const end = ddlAt ?? proven;
    throw notRestorable(
      'moment-in-gap',
      `${describe(target)} is behind a change of the schema in ${nameOfEpoch(epoch.record)}.`,
      `Restore --to-lsn ${formatLsn(end)} or earlier, or a moment after the next full backup.`,
      'The changes from there on were made to tables as they are not in the base.',
    );
  }
  return [
    `The stream is proven free of schema changes up to ${formatLsn(proven)}, and this moment is behind it, at ${formatLsn(until)}: the next capture proves it.`,
  ];
}

/** A target as people read it. */
export function describe(target: Target): string {
  if (target.kind === 'time') return commitTime(microsOf(target));
  return target.kind === 'lsn'
    ? `LSN ${formatLsn(target.lsn)}`
    : `the moment before transaction ${target.xid}`;
}
