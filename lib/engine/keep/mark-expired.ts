import { CHANGES_FOLDER } from '../archive/changes/change-keys.ts';
import { sourcesWithChanges } from '../archive/changes/epochs.ts';
import { manifestKey } from '../archive/keys.ts';
import {
  type ListOptions,
  listBackups,
  momentOf,
  nameOfBackup,
  type SealedBackup,
  type VaultListing,
} from '../archive/listing.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { ObjectMissingError, type ObjectStore } from '../storage/object-store.ts';
import type { Anchor } from './anchors.ts';
import { type KeptChangesDays, lookAtChanges, type SourceOfChanges } from './changes/keep-changes.ts';
import { markChanges } from './changes/mark-changes.ts';
import { unreadableChanges } from './changes/unneeded-changes.ts';
import { isDue, type KeptDays } from './expiry.ts';
import type { ExpiryMarks } from './expiry-marks.ts';
import { findAnchor } from './find-anchors.ts';
import { markOrphanedScrubs } from './orphaned-scrubs.ts';
import { sweepFolder } from './sweep-folder.ts';

export interface KeepRequest {
  readonly store: ObjectStore;
  readonly marks: ExpiryMarks;
  readonly days: KeptDays;
  /** Sources that nobody drills: of them a newer sealed backup counts, too. */
  readonly undrilled: readonly string[];
  /** @default that of the setting's default, for every source that has captured changes */
  readonly changesDays?: KeptChangesDays;
  readonly signal?: AbortSignal;
  /** This machine's time; the vault's is told from it. @default the system's */
  readonly clock?: () => Date;
}

export interface KeepReport {
  /** Backups whose manifest was marked in this run. */
  readonly expiring: readonly string[];
  /** Folders whose manifest is gone, and how many of their objects were marked in this run. */
  readonly swept: ReadonlyArray<{ readonly folder: string; readonly objects: number }>;
  /** Backups that would expire, but are on hold. */
  readonly held: readonly string[];
  /** Backups that would expire, but whose captured changes lead to moments that are kept. */
  readonly needed: readonly string[];
  /** Sources of which captured changes were marked in this run, and how many objects. */
  readonly changes: ReadonlyArray<{ readonly source: string; readonly objects: number }>;
  /** What in the vault cannot be trusted and therefore stays, a sentence each. */
  readonly problems: readonly string[];
  /** What could not be asked or marked. The run did the rest. */
  readonly failures: readonly LifeboatError[];
}

const SOURCES_AT_ONCE = 4;

/**
 * Marks what has outlived its class while a newer full backup of its source is proven. It deletes nothing: the
 * bucket's rules expire what is marked.
 *
 * The manifest goes first and alone. The rest of the folder is marked by a later run, when the manifest is gone: at no
 * moment does the vault show a backup that lacks a part. A run that dies leaves nothing half done, and the next one
 * finds the same work, the oldest first.
 */
export async function markExpired(request: KeepRequest): Promise<KeepReport> {
  const { store, clock = () => new Date() } = request;
  const options = request.signal ? { signal: request.signal } : {};
  const listing = await listBackups(store, {}, options);
  // S3's time, from the answers to the listing: a machine whose clock is wrong must not find everything old.
  const now = new Date(clock().getTime() - (store.clockAheadMs ?? 0));
  const run: Run = {
    ...{ request, options, now },
    ...{ expiring: [], swept: [], held: [], needed: [], problems: [], failures: [] },
  };
  const changes = await changesOf(run, listing);
  const anchors = await findAnchors(run, listing);
  // The listing is sorted with the newest first.
  for (const backup of listing.backups.toReversed()) {
    await unlessFailing(run, () => markManifest(run, backup, anchors, changes));
  }
  const { unfinished, manifestGone, remnants, rowsCopies } = listing;
  // Safety copies of rows among them: they have no manifest, and the days of their class.
  for (const place of [...unfinished, ...manifestGone, ...remnants, ...rowsCopies].toReversed()) {
    await unlessFailing(run, async () => {
      const { days, marks } = request;
      const swept = await sweepFolder({ store, marks, place, days, anchors, now, options });
      if (swept === 'held') run.held.push(nameOfBackup(place));
      else if (swept > 0) run.swept.push({ folder: nameOfBackup(place), objects: swept });
    });
  }
  await unlessFailing(run, () => markOrphanedScrubs(store, request.marks, listing, options));
  const marked: Array<KeepReport['changes'][number]> = [];
  for (const [source, look] of changes) {
    if (look === 'unknown' || look === 'unreadable') continue;
    await unlessFailing(run, async () => {
      const objects = await markChanges({ store, marks: request.marks, ...look, options });
      if (objects > 0) marked.push({ source, objects });
    });
  }
  const { expiring, swept, held, needed, problems, failures } = run;
  return { expiring, swept, held, needed, changes: marked, problems, failures };
}

/**
 * By source: what of its changes is needed. `unreadable`: they are damaged, and all of them stay. `unknown`: they could not
 * be asked for, so that nobody knows which backups they need, and all backups of the source stay as well.
 */
type Changes = ReadonlyMap<string, SourceOfChanges | 'unreadable' | 'unknown'>;

async function changesOf(run: Run, { backups, folders }: VaultListing): Promise<Changes> {
  const { request, options, now, problems } = run;
  const { store, marks, changesDays = {} } = request;
  const found = new Map<string, SourceOfChanges | 'unreadable' | 'unknown'>();
  if (!folders.top.includes(CHANGES_FOLDER.slice(0, -1))) return found;
  for (const source of await sourcesWithChanges(store, options.signal)) {
    found.set(source, 'unknown');
    await unlessFailing(run, async () => {
      try {
        found.set(
          source,
          await lookAtChanges({ store, marks, source, backups, days: changesDays, now, options }),
        );
      } catch (error) {
        if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
        found.set(source, 'unreadable');
        problems.push(unreadableChanges(source, error));
      }
    });
  }
  return found;
}

interface Run {
  readonly request: KeepRequest;
  readonly options: ListOptions;
  readonly now: Date;
  readonly expiring: string[];
  readonly swept: Array<KeepReport['swept'][number]>;
  readonly held: string[];
  readonly needed: string[];
  readonly problems: string[];
  readonly failures: LifeboatError[];
}

/** A source that could not be asked has no anchor, so everything of it stays. */
async function findAnchors(run: Run, { backups }: VaultListing): Promise<Map<string, Anchor>> {
  const { request, options, problems } = run;
  const anchors = new Map<string, Anchor>();
  const sources = [...new Set(backups.map(({ place }) => place.source))];
  await inParallel(sources, SOURCES_AT_ONCE, (source) =>
    unlessFailing(run, async () => {
      const anchor = await findAnchor({
        ...{ store: request.store, marks: request.marks, options },
        backups: backups.filter(({ place }) => place.source === source),
        isUndrilled: request.undrilled.includes(source),
        onProblem: (problem) => problems.push(problem),
      });
      if (anchor) anchors.set(source, anchor);
    }),
  );
  return anchors;
}

async function markManifest(
  run: Run,
  backup: SealedBackup,
  anchors: Map<string, Anchor>,
  changes: Changes,
): Promise<void> {
  const { request, options, now } = run;
  const { store, marks, days } = request;
  const { place, sealedAt } = backup;
  const folder = { ...place, moment: momentOf(place, sealedAt), keptSince: sealedAt };
  if (!isDue(folder, days, anchors, now)) return;
  const ofSource = changes.get(place.source);
  if (ofSource === 'unknown') return;
  if (ofSource !== undefined && ofSource !== 'unreadable' && ofSource.bases.has(nameOfBackup(place))) {
    run.needed.push(nameOfBackup(place));
    return;
  }
  const key = manifestKey(place);
  if (await marks.isMarked(key, options)) return;
  if (await marks.isHeld(key, options)) {
    run.held.push(nameOfBackup(place));
    return;
  }
  try {
    await readManifest(store, place, options);
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    run.problems.push(`${nameOfBackup(place)} stays, because its manifest cannot be trusted: ${error.what}`);
    return;
  }
  await marks.mark(key, options);
  run.expiring.push(nameOfBackup(place));
}

/** Goes on with the rest after a failure. An object that is gone meanwhile is none. */
async function unlessFailing(run: Run, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    run.options.signal?.throwIfAborted();
    if (error instanceof ObjectMissingError) return;
    if (!(error instanceof LifeboatError)) throw error;
    if (error.code === 'backup-unfinished') return;
    run.failures.push(error);
  }
}
