import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import type { BackupPlace } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { HeapDirectory } from '../diff/heap-directory.ts';
import { withSourceSnapshot } from '../diff/source-snapshot.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { RowsPlan, RowsResult } from './bring-back-report.ts';
import { sendDifferences } from './candidates.ts';
import type { RowKind } from './classify.ts';
import { type Matched, matchTables, type RowChanges } from './match-tables.ts';
import { withRowsTarget } from './rows-target.ts';
import { inOrder, runChanges } from './run-changes.ts';
import { analyzeWorkingTables, makeWorkingTables } from './working-tables.ts';

export type { RowsPlan, RowsReport, RowsResult } from './bring-back-report.ts';

export interface BringBackRequest extends RowChanges {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  /** The database into which rows are brought back. */
  readonly settings: ConnectionSettings;
  /** Names of tables; at least one table or schema. */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** Does the rest if some rows conflict with others. @default false: nothing is changed then */
  readonly skipConflicts?: boolean | undefined;
  /** Lets triggers fire. @default they are switched off, if the role may do that */
  readonly firesTriggers?: boolean | undefined;
  /** Keys to show of each kind for each table. @default 10 */
  readonly limit?: number;
  /** Does everything in a transaction that is rolled back. */
  readonly dryRun?: boolean | undefined;
  /** Whether {@link confirm} shows the result of a trial to a person. @default true */
  readonly trial?: boolean;
  /** Asks the person to agree; throws if they do not. Gets the result of the trial, if there was one. */
  readonly confirm?: (plan: RowsPlan) => Promise<void> | void;
  /** Parent of the directory for rows that do not fit into memory. @default the system's temporary directory */
  readonly directory?: string;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

const EXAMPLES = 10;

/**
 * Brings rows of a backup back into tables that are there: compare by key → try in a transaction that is
 * rolled back → confirm → lock the rows, write them, keep what they were → commit. Everything or nothing, in
 * one transaction. Rows that are equal are neither sent nor locked.
 */
export async function bringBack(request: BringBackRequest): Promise<RowsResult> {
  const { store, place } = request;
  const signal = request.signal ?? new AbortController().signal;
  const manifest = await readManifest(store, place, { signal });
  const wanted = findTables(manifest, request);
  if (wanted.length === 0) throw noTables();
  const kinds = kindsOf(request);
  return await withRowsTarget({ ...request, signal, encoding: manifest.server.encoding }, async (target) => {
    const matched = await matchTables(target.session, manifest, wanted, request);
    const ordered = inOrder(matched);
    for (const table of matched.tables) await makeWorkingTables(target.session, table);
    await compareTables(matched, wanted, target.session, { ...request, manifest, signal });
    for (const table of matched.tables) await analyzeWorkingTables(target.session, table);
    return await runChanges({
      ...request,
      target,
      signal,
      ...ordered,
      kinds,
      of: { name: nameOfBackup(place), takenAt: manifest.snapshot.takenAt, server: manifest.server },
      knowsAdded: true,
      hasSupport: false,
      limit: request.limit ?? EXAMPLES,
    });
  });
}

export function kindsOf({ overwrite, deleteAdded }: RowChanges): RowKind[] {
  return [
    'missing',
    ...(overwrite ? (['changed'] as const) : []),
    ...(deleteAdded ? (['added'] as const) : []),
  ];
}

interface CompareOptions extends Pick<BringBackRequest, 'store' | 'settings' | 'directory' | 'observer'> {
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
}

/** Reads the target's tables under one snapshot, and sends what differs to it. */
async function compareTables(
  { tables }: Matched,
  wanted: readonly TableData[],
  session: ServerTarget,
  { store, settings, directory, observer, manifest, signal }: CompareOptions,
): Promise<void> {
  const heaps = new HeapDirectory(directory ?? tmpdir());
  const oids = new Set(tables.flatMap(({ target }) => target.tree));
  const expectedBytes = wanted.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  let [rawBytes, tablesDone] = [0, 0];
  const report = () =>
    observer?.onProgress?.({
      phase: 'compare',
      tablesDone,
      tablesTotal: tables.length,
      rawBytes,
      ...(rawBytes <= expectedBytes ? { expectedBytes } : {}),
    });
  try {
    await withSourceSnapshot(settings, { signal, wanted: ({ oid }) => oids.has(oid) }, async (snapshot) => {
      [rawBytes, tablesDone] = [0, 0];
      for (const table of tables) {
        await sendDifferences(table, snapshot, session, {
          store,
          manifest,
          signal,
          heapDirectory: () => heaps.path(),
          onBytes: (bytes) => {
            rawBytes += bytes;
            report();
          },
        });
        tablesDone += 1;
        report();
      }
    });
  } finally {
    await heaps.remove();
  }
}

function noTables(): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-no-table',
    kind: 'usage',
    what: '--rows needs to know the tables.',
    remedy: 'Add --table <name> (repeatable) or --schema <name>. `lifeboat diff` shows which tables differ.',
  });
}
