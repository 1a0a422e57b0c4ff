import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { readDatabaseFacts } from '../catalog/database.ts';
import { isSameDatabase } from '../catalog/same-database.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import type { Observer } from '../ground/progress.ts';
import { momentSummary } from '../replay/moment-summary.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type ArchivedSide, backupSide } from './archived-rows.ts';
import { DiffProgress } from './diff-progress.ts';
import type { DiffReport, TableDiff } from './diff-report.ts';
import { diffSchema } from './diff-schema.ts';
import { diffTables } from './diff-tables.ts';
import { HeapDirectory } from './heap-directory.ts';
import { LeftOut } from './left-out.ts';
import { openMomentSide } from './moment-side.ts';
import { primaryKeys } from './primary-keys.ts';
import { keyOf, type SourceSnapshot, withSourceSnapshot } from './source-snapshot.ts';
import { otherRelations, tableChanges } from './table-changes.ts';
import { matchTables } from './table-pair.ts';

export type { DiffReport } from './diff-report.ts';

export interface DiffRequest {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** Compares this moment, whose base the backup is. */
  readonly moment?: PlannedMoment | undefined;
  readonly settings: ConnectionSettings;
  /** Names of tables. @default all tables */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** Examples of each kind for each table. @default 10 */
  readonly limit?: number;
  /** Shows whole rows, not only their keys. */
  readonly wholeRows?: boolean;
  /**
   * Parent of the directory for rows that do not fit into memory.
   * @default the system's temporary directory
   */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

const EXAMPLES = 10;

/**
 * Compares a backup, or a moment after it, with its source as it is now: rows deleted, added and changed, by primary key. Reads the
 * source under one snapshot, and from the backup only the tables that differ; changes nothing in either.
 */
export async function diff(request: DiffRequest): Promise<DiffReport> {
  const { store, place, settings, observer } = request;
  const signal = request.signal ?? new AbortController().signal;
  const manifest = await readManifest(store, place, { signal });
  const wanted = request.tables || request.schemas ? findTables(manifest, request) : undefined;
  const names = wanted && new Set(wanted.map(keyOf));
  const leftOut = new LeftOut(manifest);
  const heaps = new HeapDirectory(request.directory ?? tmpdir());
  const isWanted = (table: { readonly schema: string; readonly name: string }) =>
    names?.has(keyOf(table)) ?? !leftOut.hasTable(table);
  // Before the source is read: a snapshot of it that stays open holds its vacuum up.
  await using opened = request.moment
    ? await openMomentSide({
        ...{ store, manifest, moment: request.moment, isWanted, signal, observer },
        directory: request.directory ?? tmpdir(),
      })
    : undefined;
  const archived: ArchivedSide = opened ?? backupSide(store, manifest, signal);
  try {
    return await withSourceSnapshot(
      settings,
      {
        signal,
        wanted: isWanted,
        ...(observer?.onRetry ? { onRetry: observer.onRetry } : {}),
      },
      (snapshot) => compareWith(snapshot),
    );
  } finally {
    await heaps.remove();
  }

  async function compareWith(snapshot: SourceSnapshot): Promise<DiffReport> {
    const startedAt = performance.now();
    const facts = await readDatabaseFacts(snapshot.query);
    const [inBackup, inSource] = await bothFingerprints(store, manifest, snapshot, signal);
    const keys = { backup: primaryKeys(inBackup), source: primaryKeys(inSource) };
    const asked = wanted && archived.manifest.tables.filter((table) => isWanted(table));
    const matched = matchTables(archived.manifest, asked, snapshot.tables, keys, {
      changes: tableChanges(inBackup, inSource),
      otherRelations: otherRelations(inSource),
    });
    const progress = new DiffProgress(observer, matched);
    const options = {
      archived,
      snapshot,
      signal,
      limit: request.limit ?? EXAMPLES,
      wholeRows: request.wholeRows ?? false,
      heapDirectory: () => heaps.path(),
      onBytes: (rawBytes: number) => progress.addBytes(rawBytes),
    };
    const tables = await diffTables(matched, options, () => progress.tableDone());
    return {
      backupAt: request.moment ? timeOf(request.moment) : manifest.snapshot.takenAt,
      moment: request.moment ? momentSummary(request.moment) : null,
      sourceAt: snapshot.takenAt.toISOString(),
      durationMs: Math.round(performance.now() - startedAt),
      sameDatabase: isSameDatabase(manifest.server, facts),
      tables,
      unfinished: snapshot.unfinished,
      schema: wanted ? [] : diffSchema(inBackup, inSource, new LeftOut(manifest, snapshot.unfinished)),
      totals: totalsOf(tables),
    };
  }
}

async function bothFingerprints(
  store: ObjectStore,
  manifest: Manifest,
  { query }: SourceSnapshot,
  signal: AbortSignal,
): Promise<[backup: Fingerprint, source: Fingerprint]> {
  const backup = await readArchivedFingerprint(store, manifest, signal);
  return [backup, await readFingerprint(query, { like: backup })];
}

/** When a moment was: as it was asked for, or when its last transaction committed. */
function timeOf({ target, last, base }: PlannedMoment): string {
  if (target.kind === 'time') return target.time.toISOString();
  return last?.committedAt ?? base.manifest.snapshot.takenAt;
}

function totalsOf(tables: readonly TableDiff[]): DiffReport['totals'] {
  const sum = (count: (table: TableDiff) => number | null) =>
    tables.reduce((total, table) => total + (count(table) ?? 0), 0);
  return {
    tables: tables.length,
    same: tables.filter(({ state }) => state === 'same').length,
    deleted: sum(({ deleted }) => deleted),
    added: sum(({ added }) => added),
    changed: sum(({ changed }) => changed),
    unknown: tables.filter(({ state }) => state === 'unknown').length,
  };
}
