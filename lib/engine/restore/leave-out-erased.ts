import type { TableData } from '../archive/manifest.ts';
import { type ErasedRows, Erasing } from '../erasures/erasing.ts';
import { listErasures } from '../erasures/erasure-entry.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { PlannedMoment } from '../replay/plan/moment.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BackupToRestore } from './archived/read-backup.ts';
import type { RowRewriting } from './archived/row-rewriting.ts';

export interface ErasureOptions {
  /** Restores rows that are on the list of erasures, too. */
  readonly keepErased?: boolean | undefined;
  /** Leaves out rows that refer to erased ones, whatever their foreign key says. */
  readonly eraseFollowers?: boolean | undefined;
}

interface ErasureRequest extends ErasureOptions {
  readonly store: ObjectStore;
  readonly backup: Pick<BackupToRestore, 'place' | 'manifest' | 'postData'>;
  readonly moment: PlannedMoment | undefined;
  readonly hasRows: boolean;
  readonly signal: AbortSignal;
}

export interface FoundErasures {
  readonly erasing?: Erasing;
  /** What a person should know before saying yes. */
  readonly notes: readonly string[];
}

/**
 * Reads the list of erasures of the backup's source and finds their rows in the backup. Throws `erasure-moment` for a moment,
 * because replayed changes could bring erased rows back. A list that may not be read is a note: nobody's restore fails for it.
 */
export async function findErased(request: ErasureRequest): Promise<FoundErasures> {
  const { store, backup, moment, keepErased = false, eraseFollowers = false, hasRows, signal } = request;
  if (!hasRows) return { notes: [] };
  const { source } = backup.place;
  let entries: Awaited<ReturnType<typeof listErasures>>;
  try {
    entries = await listErasures(store, source, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError)) throw error;
    if (keepErased) return { notes: [] };
    if (!error.code.startsWith('vault-')) throw error;
    return {
      notes: [`The list of erasures could not be read, so erased rows may be restored: ${error.what}`],
    };
  }
  if (entries.length === 0) return { notes: [] };
  if (keepErased)
    return {
      notes: ['--keep-erased: rows on the list of erasures are restored. Delete them again afterwards.'],
    };
  if (moment) throw erasedAndMoment(source);
  const erasing = await Erasing.of({
    ...{ store, backup, eraseFollowers, signal },
    entries: entries.map(({ entry }) => entry),
  });
  return {
    erasing,
    notes: [
      ...erasing.unfit.map(
        ({ table, key }) =>
          `The list of erasures names rows of ${table.schema}.${table.name} by ${key.join(', ')}, which this backup's table does not have. Look whether it holds erased rows.`,
      ),
      ...[...new Set(erasing.elsewhere.map(({ table }) => `${table.schema}.${table.name}`))].map(
        (table) =>
          `The list of erasures names rows of ${table}, and this backup has no table of that name. If it had another name then, look whether it holds erased rows.`,
      ),
    ],
  };
}

/** What was found, as far as these tables are restored. Throws `erasure-referenced`. */
export function erasedIn(
  { erasing, notes, mayRefer = false }: FoundErasures & { readonly mayRefer?: boolean },
  tables: readonly TableData[],
): { readonly erased: readonly ErasedRows[]; readonly notes: readonly string[] } {
  if (!mayRefer) erasing?.refuseReferenced(tables);
  const erased = erasing?.erasedIn(tables) ?? [];
  return { erased, notes: [...notes, ...erased.map(inWords)] };
}

function inWords({ table, leftOut, emptied }: ErasedRows): string {
  const parts = [
    ...(leftOut > 0 ? [`${rowsOf(leftOut)} left out`] : []),
    ...(emptied > 0 ? [`${rowsOf(emptied)} without the reference to an erased row`] : []),
  ];
  return `${table}: ${parts.join(', ')}, excused by erasure. The other rows are compared as usual.`;
}

function rowsOf(count: number): string {
  return `${count} row${count === 1 ? '' : 's'}`;
}

/** First the one, then the other. */
export function inTurn(
  first: RowRewriting | undefined,
  second: RowRewriting | undefined,
): RowRewriting | undefined {
  if (!first || !second) return first ?? second;
  return {
    backup: (backup) => second.backup(first.backup(backup)),
    rewrite: (chunk, pieces) => second.rewrite(chunk, first.rewrite(chunk, pieces)),
    unchanged: (table) => second.unchanged(table),
  };
}

function erasedAndMoment(source: string): LifeboatError {
  return new LifeboatError({
    code: 'erasure-moment',
    kind: 'usage',
    what: `${source} has a list of erasures, and a restore of a moment cannot leave rows out: replayed changes could bring them back.`,
    meaning: 'Nothing was changed.',
    remedy:
      'Add --keep-erased, and delete the erased rows again afterwards; `lifeboat erasures list` shows them. Or restore the backup alone, without a moment.',
  });
}
