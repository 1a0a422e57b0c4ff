import type { TableData } from '../../archive/manifest.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import type { RowRewriting } from '../archived/row-rewriting.ts';

/** Rows that were changed on their way can be compared by the columns that were not: as if the tables had no others. */
export function asRewritten(
  outcomes: Map<TableData, RowsOutcome>,
  rewriting: RowRewriting | undefined,
): Map<TableData, RowsOutcome> {
  if (!rewriting) return outcomes;
  return new Map(
    [...outcomes].map(([table, outcome]): [TableData, RowsOutcome] => {
      const { columns, content } = rewriting.unchanged(table);
      const narrowed = { ...table, columns: [...columns] };
      if (outcome.state === 'loaded')
        return [narrowed, { ...outcome, at: { ...outcome.at, columns }, expected: content }];
      return [narrowed, outcome.state === 'through-root' ? { ...outcome, expected: content } : outcome];
    }),
  );
}
