import type { Manifest, TableData } from '../archive/manifest.ts';
import { BackupCopy } from '../browse/copy/backup-copy.ts';
import { selectRows } from '../catalog/copy-statement.ts';
import type { Observer } from '../ground/progress.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { RowsPlace } from '../replay/replayed-table.ts';
import { touchedTables } from '../replay/touched-tables.ts';
import { digestTable } from '../rows/digest-table.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { copyTextOf } from '../target/embedded/copy-text-of.ts';
import { type ArchivedSide, backupSide } from './archived-rows.ts';
import { keyOf } from './source-snapshot.ts';

export interface MomentSideRequest {
  readonly store: ObjectStore;
  /** Of the moment's base. */
  readonly manifest: Manifest;
  readonly moment: PlannedMoment;
  /** Whether a table will be compared. */
  readonly isWanted: (table: TableData) => boolean;
  /** Parent of the embedded server's data directory. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly observer?: Observer | undefined;
}

/**
 * A moment between two backups. Tables that no change touched since the base are read from there; the others are loaded into an
 * embedded server, and their changes replayed onto them.
 */
export async function openMomentSide(request: MomentSideRequest): Promise<ArchivedSide & AsyncDisposable> {
  const { store, manifest, moment, isWanted, directory, signal, observer } = request;
  const base = backupSide(store, manifest, signal);
  const touched = await touchedTables(store, moment, signal);
  const changed = manifest.tables.filter(
    (table) =>
      isWanted(table) && table.dataLeftOut === undefined && touched.has(`${table.schema}.${table.name}`),
  );
  if (changed.length === 0) return { ...base, async [Symbol.asyncDispose]() {} };
  const copy = await BackupCopy.open({ store, manifest, moment, directory, signal });
  try {
    await copy.load(changed, { signal, ...loadProgress(changed, observer) });
    const loaded = new Map<string, Loaded>();
    for (const table of changed) loaded.set(keyOf(table), await lookAt(copy, table));
    const shown = (table: TableData) => loaded.get(keyOf(table));
    return {
      manifest: {
        ...manifest,
        tables: manifest.tables.map((table) => ({ ...table, ...shown(table)?.content })),
      },
      whyUnknown: (table) => shown(table)?.whyUnknown ?? base.whyUnknown(table),
      // The embedded server knows no other.
      encodingOf: (table) => (shown(table) ? 'UTF8' : base.encodingOf(table)),
      rowsOf(table) {
        const at = shown(table)?.at;
        return at ? copyTextOf(copy.target, selectIn(at, table)) : base.rowsOf(table);
      },
      [Symbol.asyncDispose]: () => copy.close(),
    };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

interface Loaded {
  readonly at?: RowsPlace;
  readonly content?: Pick<TableData, 'rows' | 'rawBytes' | 'digest'>;
  readonly whyUnknown?: string;
}

async function lookAt(copy: BackupCopy, table: TableData): Promise<Loaded> {
  const at = copy.placeOf(table);
  if (!at) return { whyUnknown: 'its rows could not be loaded, so its changes could not be replayed' };
  if (at.isTree)
    return { whyUnknown: 'its rows lie in other partitions here, so they cannot be compared one by one' };
  const { rows, rawBytes, digest } = await digestTable(copy.target, { ...table, ...at });
  return { at, content: { rows, rawBytes, digest } };
}

function selectIn({ schema, name }: RowsPlace, { columns, condition }: TableData): string {
  return selectRows({ schema, name, columns, ...(condition === undefined ? {} : { condition }) });
}

function loadProgress(tables: readonly TableData[], observer: Observer | undefined) {
  const expectedBytes = tables.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  let tablesDone = 0;
  let rawBytes = 0;
  const report = () =>
    observer?.onProgress?.({
      phase: 'replay',
      tablesDone,
      tablesTotal: tables.length,
      rawBytes,
      expectedBytes,
    });
  return {
    onTable: () => {
      tablesDone += 1;
      report();
    },
    onBytes: (more: number) => {
      rawBytes += more;
      report();
    },
    ...(observer?.onNotice ? { onNotice: observer.onNotice } : {}),
  };
}
