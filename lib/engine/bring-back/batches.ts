import type { ServerTarget } from '../target/server/open-server-target.ts';
import type { RowsOutcome, RowsReport, TableRows } from './bring-back-report.ts';
import { control, type RowKind } from './classify.ts';
import { candidates, newer, type RowsTable } from './rows-table.ts';

/** A part of the work that is a transaction of its own. */
export interface Batch {
  readonly table: RowsTable;
  readonly kinds: readonly RowKind[];
  readonly looksAtAdded: boolean;
}

const MOST_LISTED = 100;

/**
 * Cuts the work into parts of so many rows of one table: first what is deleted, children before parents; then what is
 * written, parents before children. `tables` are ordered that way.
 */
export async function cutIntoBatches(
  session: ServerTarget,
  tables: readonly RowsTable[],
  kinds: readonly RowKind[],
  rows: number,
): Promise<Batch[]> {
  const deletes = kinds.includes('added');
  const writes = kinds.filter((kind) => kind !== 'added');
  const batches: Batch[] = [];
  const none = { from: 1, to: 0 };
  for (const table of deletes ? tables.toReversed() : []) {
    for (const range of await ranges(session, table, newer(table), rows)) {
      const part = { ...table, slice: { candidates: none, newer: range } };
      batches.push({ table: part, kinds: ['added'], looksAtAdded: true });
    }
  }
  for (const table of tables) {
    const own = await ranges(session, table, candidates(table), rows);
    for (const [at, range] of (own.length === 0 ? [none] : own).entries()) {
      // Rows that came since are counted once, if they stay.
      const all = { from: 1, to: Number.MAX_SAFE_INTEGER };
      const slice = { candidates: range, newer: !deletes && at === 0 ? all : none };
      batches.push({ table: { ...table, slice }, kinds: writes, looksAtAdded: !deletes });
    }
  }
  return batches;
}

async function ranges(session: ServerTarget, table: RowsTable, temporary: string, rows: number) {
  const { row } = control(table);
  const { rows: found } = await session.execute(
    `SELECT pg_catalog.max(${row})::text AS most FROM ${temporary}`,
  );
  const most = Number(found[0]?.most ?? 0);
  if (most > 0) await session.execute(`CREATE INDEX ON ${temporary} (${row})`);
  return Array.from({ length: Math.ceil(most / rows) }, (_, at) => ({
    from: at * rows + 1,
    to: (at + 1) * rows,
  }));
}

/** The report of two batches, one after the other. */
export function together(a: RowsReport, b: RowsReport, limit: number): RowsReport {
  const names = [...new Set([...a.tables, ...b.tables].map(({ name }) => name))];
  const conflicts = [...a.conflicts, ...b.conflicts].slice(0, MOST_LISTED);
  const conflictCount = a.conflictCount + b.conflictCount;
  return {
    ...b,
    outcome: outcomeOf(a.outcome, b.outcome),
    tables: names.map((name) =>
      [a, b]
        .flatMap(({ tables }) => tables.filter((table) => table.name === name))
        .reduce((one, other) => sumOf(one, other, limit)),
    ),
    conflicts,
    conflictCount,
    conflictsCounted: a.conflictsCounted && b.conflictsCounted,
    moreConflicts: a.moreConflicts || b.moreConflicts || conflictCount > conflicts.length,
    notes: [...new Set([...a.notes, ...b.notes])],
    safetyCopy: b.safetyCopy ?? a.safetyCopy,
    safetyCopies: [...b.safetyCopies, ...a.safetyCopies],
    lockedMs: Math.max(a.lockedMs, b.lockedMs),
  };
}

/** A batch that was refused ends the run, and those before it stay. */
function outcomeOf(a: RowsOutcome, b: RowsOutcome): RowsOutcome {
  if (a === 'nothing') return b;
  if (b === 'nothing') return a;
  return a === b ? a : 'partial';
}

function sumOf(a: TableRows, b: TableRows, limit: number): TableRows {
  const keys = (kind: RowKind) => [...a.examples[kind], ...b.examples[kind]].slice(0, limit);
  return {
    ...a,
    missing: a.missing + b.missing,
    inserted: a.inserted + b.inserted,
    changed: a.changed + b.changed,
    overwritten: a.overwritten + b.overwritten,
    added: a.added === null && b.added === null ? null : (a.added ?? 0) + (b.added ?? 0),
    deleted: a.deleted + b.deleted,
    conflicts: a.conflicts + b.conflicts,
    altered: a.altered + b.altered,
    examples: { missing: keys('missing'), changed: keys('changed'), added: keys('added') },
  };
}
