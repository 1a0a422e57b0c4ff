import { tmpdir } from 'node:os';
import { sourcesWithChanges } from '../archive/changes/epochs.ts';
import { findTables } from '../archive/find-tables.ts';
import { type BackupFilter, listBackups, nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { idsOf, isInWindow, type TimeWindow } from '../archive/time-window.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { Observer } from '../ground/progress.ts';
import { type Outlook, type OutlookRequest, readOutlooks } from '../keep/outlook.ts';
import { pruneOutlooks } from '../keep/prune-outlook.ts';
import { type Interval, readIntervals } from '../replay/plan/intervals.ts';
import type { NamedRelation } from '../sql-script/key-statements.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { BackupSearch, type Searched } from './search-backup.ts';
import { type FoundInChanges, searchChanges } from './search-changes.ts';

export interface FindRequest {
  readonly store: ObjectStore;
  readonly table: string;
  /** An SQL condition on the table's rows. */
  readonly where: string;
  readonly filter: BackupFilter;
  readonly window?: TimeWindow | undefined;
  readonly directory?: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/** One backup that was searched. */
export interface FoundIn {
  readonly name: string;
  readonly takenAt: string | null;
  /** `unreadable`: nobody knows whether the rows are in it. */
  readonly state: Searched['state'] | 'unreadable';
  readonly rows: number;
  readonly digest: string | null;
  /** Tables that inherit from the one that was searched: their rows were not. */
  readonly heirs: readonly string[];
  readonly problem: string | null;
  readonly outlook: Outlook | undefined;
  readonly manifest: Manifest | undefined;
}

export interface FindReport {
  /** Newest first. */
  readonly backups: readonly FoundIn[];
  readonly searchedBytes: number;
  /** Bytes of equal chunks that were not read again. */
  readonly reusedBytes: number;
  /** What captured changes hold of such rows, oldest first. */
  readonly changes: readonly FoundInChanges[];
  /** Sources whose captured changes were not searched, because a server would be needed for the condition. */
  readonly changesOf: readonly string[];
  /** The stretches of time of which changes are captured, and were not searched; those that the vault does not say are left out. */
  readonly intervals: readonly Interval[];
}

/** Searches that read and decompress at the same time. */
const BACKUPS_AT_ONCE = 4;

/** Finds the backups that hold rows, and says when each of them will be gone. Reads only. Throws `find-no-backups`. */
export async function findRows(request: FindRequest): Promise<FindReport> {
  const { store, table, where, filter, window, signal, observer } = request;
  const ids = window && !window.at ? { ids: idsOf(window) } : {};
  const listed = await listBackups(store, { ...filter, ...ids }, { signal });
  let searchedBytes = 0;
  let done = 0;
  const report = () =>
    observer?.onProgress?.({
      ...{ phase: 'search', tablesDone: done, tablesTotal: listed.backups.length, rawBytes: searchedBytes },
    });
  const search = new BackupSearch({
    ...{ store, table, where, signal },
    directory: request.directory ?? tmpdir(),
    onBytes: (bytes) => {
      searchedBytes += bytes;
      report();
    },
  });
  const found = await inParallel(listed.backups, BACKUPS_AT_ONCE, async (backup) => {
    const one = await searchOne(backup, search, request);
    done += 1;
    report();
    return one;
  });
  const backups = found.filter((one) => one !== undefined);
  if (backups.length === 0) throw noBackups(store.url);
  if (backups.every(({ state }) => state === 'no-table')) throw noTable(table);
  if (backups.every(({ state }) => state === 'no-table' || state === 'no-column')) throw noColumn(backups);
  const outlooks = await outlooksOf(request, listed.backups, backups);
  const captured = (await sourcesWithChanges(store, signal)).filter(
    (source) => filter.source === undefined || source === filter.source,
  );
  const changes: FoundInChanges[] = [];
  const changesOf: string[] = [];
  for (const source of captured) {
    const { equalities } = search;
    const relations = relationsOf(source, backups, table);
    if (!equalities || relations.length === 0) changesOf.push(source);
    else {
      const onBytes = (bytes: number) => {
        searchedBytes += bytes;
        report();
      };
      changes.push(...(await searchChanges({ store, source, relations, equalities, onBytes, signal })));
    }
  }
  return {
    backups: backups.map((one) => ({ ...one, outlook: outlooks?.get(one.name) })),
    ...{ searchedBytes, reusedBytes: search.reusedBytes },
    ...{ changes, changesOf },
    intervals: changesOf.length === 0 ? [] : await intervalsOf(request),
  };

  /** Undefined if the backup lies outside of the window. */
  async function searchOne(
    { place, sealedAt }: SealedBackup,
    by: BackupSearch,
    options: FindRequest,
  ): Promise<FoundIn | undefined> {
    const name = nameOfBackup(place);
    let manifest: Manifest | undefined;
    try {
      manifest = await readManifest(options.store, place, { signal });
      const { takenAt } = manifest.snapshot;
      if (window && !isInWindow(Date.parse(takenAt), window)) return undefined;
      const { state, rows, digest = null, heirs = [], problem = null } = await by.search(manifest);
      return { name, takenAt, state, rows, digest, heirs, problem, outlook: undefined, manifest };
    } catch (error) {
      signal.throwIfAborted();
      // A wrong condition, or a missing key, is wrong for every backup.
      if (!(error instanceof LifeboatError) || !['verification', 'drill'].includes(error.kind)) throw error;
      const takenAt = manifest?.snapshot.takenAt ?? null;
      if (window && !isInWindow(Date.parse(takenAt ?? sealedAt.toISOString()), window)) return undefined;
      return {
        ...{ name, takenAt, state: 'unreadable', rows: 0, digest: null, heirs: [], problem: error.what },
        ...{ outlook: undefined, manifest },
      };
    }
  }
}

/** The table, under the names that changes of a source may have for it: its own, and those of its partitions. */
function relationsOf(source: string, backups: readonly FoundIn[], table: string): NamedRelation[] {
  const relations = new Map<string, NamedRelation>();
  for (const { manifest, state } of backups) {
    if (manifest?.source !== source || state === 'no-table') continue;
    for (const { schema, name, partitionRoot } of findTables(manifest, { tables: [table] }))
      for (const one of [{ schema, name }, ...(partitionRoot ? [partitionRoot] : [])])
        relations.set(JSON.stringify([one.schema, one.name]), one);
  }
  return [...relations.values()];
}

/** None if the vault does not say: the sources are named all the same. */
async function intervalsOf({ store, filter, signal }: FindRequest): Promise<readonly Interval[]> {
  try {
    return await readIntervals(store, filter.source, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return [];
    throw error;
  }
}

/** Undefined if the vault does not say: where the rows are matters more than when they go. */
async function outlooksOf(
  { store, filter, now, signal }: FindRequest,
  all: readonly SealedBackup[],
  found: readonly FoundIn[],
): Promise<ReadonlyMap<string, Outlook> | undefined> {
  const named = new Set(found.map(({ name }) => name));
  const damaged = new Set(found.flatMap((one) => (one.state === 'unreadable' ? [one.name] : [])));
  const asked: OutlookRequest = {
    ...{ store, filter, now, options: { signal } },
    backups: all.filter(({ place }) => named.has(nameOfBackup(place))),
    isReadable: ({ place }) => !damaged.has(nameOfBackup(place)),
  };
  try {
    return (await readOutlooks(asked)) ?? (await pruneOutlooks(asked));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}

/** The tables that inherit from the searched one in any backup, and were not searched. */
export function heirsIn(backups: readonly FoundIn[]): string[] {
  return [...new Set(backups.flatMap(({ heirs }) => heirs))].toSorted();
}

/** When the last of the rows will be gone: a day, or the backups that no day is known of. */
export function lastExpiry(
  backups: readonly FoundIn[],
): { readonly at: Date } | { readonly kept: readonly FoundIn[] } | undefined {
  const holding = backups.filter(({ rows, state }) => rows > 0 || state === 'unreadable');
  if (holding.length === 0) return undefined;
  const kept = holding.filter(({ outlook }) => outlook === undefined || outlook.state === 'kept');
  if (kept.length > 0) return { kept };
  const days = holding.flatMap(({ outlook }) => (outlook && 'at' in outlook ? [outlook.at.getTime()] : []));
  return { at: new Date(Math.max(...days)) };
}

function noBackups(vault: string): LifeboatError {
  return new LifeboatError({
    code: 'find-no-backups',
    kind: 'usage',
    what: `${vault} has no backup to search.`,
    remedy: '`lifeboat list` shows the backups. Leave out --name, --class, --since or --before.',
  });
}

function noColumn(backups: readonly FoundIn[]): LifeboatError {
  const { problem } = backups.find(({ state }) => state === 'no-column') ?? {};
  return new LifeboatError({
    code: 'find-column-unknown',
    kind: 'usage',
    what: `None of the backups has such a column: ${problem ?? ''}`,
    remedy: '`lifeboat show <backup>` lists tables and columns. Names with capitals need double quotes.',
  });
}

function noTable(table: string): LifeboatError {
  return new LifeboatError({
    code: 'table-unknown',
    kind: 'usage',
    what: `None of the backups has a table ${table}.`,
    remedy: '`lifeboat show` lists the tables of a backup.',
  });
}
