import { tmpdir } from 'node:os';
import { findTables } from '../archive/find-tables.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { readScript } from '../archive/read-script.ts';
import { HeapDirectory } from '../diff/heap-directory.ts';
import { withSourceSnapshot } from '../diff/source-snapshot.ts';
import type { Erasing } from '../erasures/erasing.ts';
import { LifeboatError } from '../ground/errors.ts';
import { erasedIn, findErased } from '../restore/leave-out-erased.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { BringBackOptions } from './bring-back-options.ts';
import type { RowsResult } from './bring-back-report.ts';
import { sendDifferences } from './candidates.ts';
import type { RowKind } from './classify.ts';
import { type Matched, matchTables, type RowChanges, refuseWithoutRows } from './match-tables.ts';
import { withRowsTarget } from './rows-target.ts';
import { inOrder, runChanges } from './run-changes.ts';
import { sendChosenRows } from './send-chosen-rows.ts';
import type { Unread } from './send-typed.ts';
import { analyzeWorkingTables, makeWorkingTables } from './working-tables.ts';

export type { BringBackOptions as BringBackRequest } from './bring-back-options.ts';
export type { RowsPlan, RowsReport, RowsResult } from './bring-back-report.ts';

const EXAMPLES = 10;

/**
 * Brings rows of a backup back into tables that are there: compare by key → try in a transaction that is
 * rolled back → confirm → lock the rows, write them, keep what they were → commit. Everything or nothing, in
 * one transaction. Rows that are equal are neither sent nor locked.
 */
export async function bringBack(request: BringBackOptions): Promise<RowsResult> {
  const { store, place } = request;
  const since = performance.now();
  const signal = request.signal ?? new AbortController().signal;
  const manifest = await readManifest(store, place, { signal });
  const wanted = findTables(manifest, request);
  if (wanted.length === 0) throw noTables();
  // A schema may hold tables that cannot take rows one by one; they are left out, and named.
  const named = findTables(manifest, { tables: request.tables ?? [] });
  refuseWithoutRows(named);
  if (request.batchRows !== undefined && request.follow) throw followedInBatches();
  const isChosen = request.where !== undefined || request.follow === true;
  const { server } = manifest;
  const erasures = await findErased({
    ...{ store, signal, moment: undefined, hasRows: true, keepErased: request.keepErased },
    backup: { place, manifest, postData: (await readScript(store, manifest, 'post-data', signal)) ?? '' },
  });
  const { erasing } = erasures;
  // Keys of chosen rows are compared as UTF-8, so these rows are also sent in it.
  const encoding = isChosen ? 'UTF8' : server.encoding;
  return await withRowsTarget({ ...request, signal, encoding }, async (target) => {
    const options = { ...request, manifest, named, signal, ...(erasing ? { erasing } : {}) };
    const matched = await (isChosen
      ? sendChosenRows(wanted, target.session, options)
      : sendAllDifferences(wanted, target.session, options));
    const notes = erasedNotes(erasures, wanted);
    for (const table of matched.tables) await analyzeWorkingTables(target.session, table);
    return await runChanges({
      ...request,
      target,
      signal,
      since,
      ...inOrder({ ...matched, notes: [...(matched.notes ?? []), ...notes] }),
      kinds: kindsOf(request),
      of: { name: nameOfBackup(place), takenAt: manifest.snapshot.takenAt, server },
      ...(manifest.encryption ? { recipients: manifest.encryption.recipients } : {}),
      knowsAdded: !isChosen || request.deleteAdded === true,
      hasSupport: request.follow === true,
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

type CompareOptions = BringBackOptions & {
  readonly manifest: Manifest;
  readonly named: readonly TableData[];
  readonly signal: AbortSignal;
  readonly erasing?: Erasing;
};

/** Reads the target's tables under one snapshot, and sends what differs to it. */
async function sendAllDifferences(
  wanted: readonly TableData[],
  session: ServerTarget,
  options: CompareOptions,
): Promise<Matched> {
  const { store, settings, directory, observer, signal, erasing } = options;
  const manifest = erasing?.manifest(options.manifest) ?? options.manifest;
  const places = new Set(wanted.map((table) => options.manifest.tables.indexOf(table)));
  const left = manifest.tables.filter((_, at) => places.has(at));
  const named = new Set(
    options.named.map((table) => manifest.tables[options.manifest.tables.indexOf(table)] ?? table),
  );
  const matched = await matchTables(session, manifest, left, options, named);
  const { tables } = matched;
  const heaps = new HeapDirectory(directory ?? tmpdir());
  const oids = new Set(tables.flatMap(({ target }) => target.tree));
  const expectedBytes = wanted.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  const unread = new Map<number, Unread>();
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
        // Once more from the start, if the catalog changed while rows were read.
        await makeWorkingTables(session, table);
        const found = await sendDifferences(table, snapshot, session, {
          store,
          manifest,
          signal,
          ...(erasing ? { erasing } : {}),
          heapDirectory: () => heaps.path(),
          onBytes: (bytes) => {
            rawBytes += bytes;
            report();
          },
        });
        unread.set(table.number, found);
        tablesDone += 1;
        report();
      }
    });
  } finally {
    await heaps.remove();
  }
  return { ...matched, unread };
}

/** Foreign keys of the target refuse what refers to a row that is not there, so nothing else is refused here. */
function erasedNotes(
  { erasing, notes }: Awaited<ReturnType<typeof findErased>>,
  wanted: readonly TableData[],
) {
  return erasedIn({ ...(erasing ? { erasing } : {}), notes, mayRefer: true }, wanted).notes;
}

function followedInBatches(): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-options',
    kind: 'usage',
    what: '--batch-rows and --follow cannot be used together.',
    meaning: 'Rows that refer to each other come back together or not at all.',
    remedy: 'Leave out one of them.',
  });
}

function noTables(): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-no-table',
    kind: 'usage',
    what: '--rows needs to know the tables.',
    remedy: 'Add --table <name> (repeatable) or --schema <name>. `lifeboat diff` shows which tables differ.',
  });
}
