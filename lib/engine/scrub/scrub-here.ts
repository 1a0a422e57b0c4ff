import { checkArrived } from '../archive/arrival.ts';
import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { lastScrubs } from '../archive/last-scrubs.ts';
import { type BackupFilter, listBackups, nameOfBackup } from '../archive/listing.ts';
import { type ScrubProblem, writeScrubRecord } from '../archive/scrub-record.ts';
import { type ScrubTotals, writeScrubSummary } from '../archive/scrub-summary.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type VerificationProgress, type VerificationReport, verifyBackup } from '../verify/verify.ts';
import type { JudgedBackup } from './judge-backups.ts';
import { totalsOf } from './total-scrub.ts';

export interface ScrubHereRequest {
  readonly store: ObjectStore;
  readonly filter: BackupFilter;
  /** Objects that are read at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** Whether a record of each backup is written into the vault. @default false */
  readonly record?: boolean;
  /** Leaves out backups that have a record of being intact which is younger. @default - none */
  readonly unlessReadSince?: Date | undefined;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called after each object; backups count from 1. It must be quick and must not throw. */
  readonly onProgress?: (
    backup: string,
    number: number,
    backups: number,
    progress: VerificationProgress,
  ) => void;
  /** Called when a backup has been read. */
  readonly onBackup?: (backup: ScrubbedBackup) => void;
  /** Called when a record of this backup could not be written. */
  readonly onNotRecorded?: (backup: string, failure: LifeboatError) => void;
}

export interface ScrubbedBackup extends JudgedBackup {
  /** Undefined if it could not even be begun. */
  readonly report: VerificationReport | undefined;
}

export interface ScrubReport {
  readonly backups: readonly ScrubbedBackup[];
  /** Backups that were left out, because they had been read before. */
  readonly skipped: readonly string[];
  /** Backups that expired meanwhile, and those that are still arriving in a replica. */
  readonly passedOver: readonly string[];
  /** Why not every record could be written: the first failure. What was read counts without a record, too. */
  readonly notRecorded: LifeboatError | undefined;
  readonly totals: ScrubTotals;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

/** After this many backups in a row of which the vault returns nothing, it counts as unavailable. */
const UNREADABLE_IN_A_ROW = 3;

/**
 * Reads every object of every sealed backup on this machine, one backup after the other, the newest first. What is wrong
 * with one does not hide the others. (No two backups share an object: each attempt has a folder of its own.) Throws the
 * store's error if the vault is unavailable, `identity-does-not-fit`, and the signal's reason: records that were written
 * until then stay, so `unlessReadSince` goes on where it was.
 */
export async function scrubHere(request: ScrubHereRequest): Promise<ScrubReport> {
  const { store, filter, signal, now, record = false } = request;
  const startedAt = now();
  const places = (await listBackups(store, filter, { signal })).backups.map(({ place }) => place);
  const done = await readBefore(request, places);
  const due = places.filter((place) => !done.has(nameOfBackup(place)));
  const backups: ScrubbedBackup[] = [];
  const passedOver: string[] = [];
  let refused = 0;
  let notRecorded: LifeboatError | undefined;
  for (const [index, place] of due.entries()) {
    signal.throwIfAborted();
    const found = await scrubOne(request, place, index + 1, due.length);
    if (found instanceof LifeboatError) {
      refused += 1;
      if (refused >= UNREADABLE_IN_A_ROW) throw found;
      backups.push(unreadable(place, found));
      continue;
    }
    refused = 0;
    if (found === 'passed over') {
      passedOver.push(nameOfBackup(place));
      continue;
    }
    backups.push(found);
    request.onBackup?.(found);
    const failure = record ? await writeRecord(request, found, startedAt) : undefined;
    if (failure) request.onNotRecorded?.(nameOfBackup(place), failure);
    notRecorded ??= failure;
  }
  const totals = totalsOf(backups, passedOver.length);
  const endedAt = now();
  const isWhole = done.size === 0 && filter.source === undefined && filter.retentionClass === undefined;
  if (record && isWhole && !notRecorded) {
    notRecorded = await failureOf(
      writeScrubSummary(store, { startedAt, endedAt }, totals, { signal }),
      signal,
    );
  }
  return { backups, skipped: [...done], passedOver, notRecorded, totals, startedAt, endedAt };
}

/** A store's error is a result, because the next backup may be readable. */
async function scrubOne(
  { store, jobs, signal, onProgress }: ScrubHereRequest,
  place: BackupPlace,
  number: number,
  backups: number,
): Promise<ScrubbedBackup | 'passed over' | LifeboatError> {
  try {
    const report = await verifyBackup(store, place, {
      signal,
      ...(jobs === undefined ? {} : { concurrency: jobs }),
      onProgress: (progress) => onProgress?.(nameOfBackup(place), number, backups, progress),
    });
    if (report.verdict !== 'intact') {
      if (await isGone(store, place, signal)) return 'passed over';
      await checkArrived(store, place, { signal }).catch((error: unknown) => {
        if (error instanceof LifeboatError && error.code === 'backup-arriving') throw error;
      });
    }
    return judgedOf(report);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError) || error.kind === 'usage') throw error;
    if (error.code === 'backup-unfinished' || error.code === 'backup-arriving') return 'passed over';
    return error;
  }
}

/** A network that dies now must not hide the damage that was found before. */
async function isGone(store: ObjectStore, place: BackupPlace, signal: AbortSignal): Promise<boolean> {
  try {
    return (await store.head(manifestKey(place), { signal })) === undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return false;
    throw error;
  }
}

function judgedOf(report: VerificationReport): ScrubbedBackup {
  const { place, verdict, items, encryption, totals } = report;
  const problems = items.flatMap(({ name, verdict: found, problem = '' }): ScrubProblem[] =>
    found === 'match' ? [] : [{ name, verdict: found, problem }],
  );
  return {
    ...{ place, scope: report.scope, verdict, problems, report },
    objects: totals.objects,
    readBytes: totals.readBytes,
    isEncrypted: encryption !== undefined,
  };
}

function unreadable(place: BackupPlace, { what }: LifeboatError): ScrubbedBackup {
  return {
    ...{ place, scope: null, verdict: 'unreadable', objects: 0, readBytes: 0, isEncrypted: false },
    problems: [{ name: nameOfBackup(place), verdict: 'unreadable', problem: `could not be read: ${what}` }],
    report: undefined,
  };
}

async function writeRecord(
  { store, signal, now }: ScrubHereRequest,
  { place, verdict, objects, readBytes, problems, report }: ScrubbedBackup,
  startedAt: Date,
): Promise<LifeboatError | undefined> {
  const times = { startedAt: startedAt.toISOString(), endedAt: now().toISOString() };
  const opened = report?.encryption?.opened ?? null;
  const findings = { ...times, verdict, opened, objects, readBytes, problems };
  return await failureOf(writeScrubRecord(store, place, findings, { signal }), signal);
}

async function failureOf(writing: Promise<void>, signal: AbortSignal): Promise<LifeboatError | undefined> {
  try {
    await writing;
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return error;
    throw error;
  }
}

/** The names of the backups that were found intact since then. */
async function readBefore(
  { store, signal, unlessReadSince, now }: ScrubHereRequest,
  places: readonly BackupPlace[],
): Promise<Set<string>> {
  if (!unlessReadSince) return new Set();
  const records = await lastScrubs(store, places, { signal });
  return new Set(
    [...records].flatMap(([name, { verdict, endedAt }]) =>
      // A record from the future was written by a clock that is wrong.
      verdict === 'intact' && new Date(endedAt) >= unlessReadSince && new Date(endedAt) <= now()
        ? [name]
        : [],
    ),
  );
}
