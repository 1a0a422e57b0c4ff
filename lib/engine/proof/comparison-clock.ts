import type { TableData } from '../archive/manifest.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { ComparisonEvents } from './compare-tables.ts';
import type { PhaseClock } from './phase-clock.ts';

/** The name under which a clock knows the comparison of a table. */
export function comparisonOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `compare ${qualifiedName(schema, name)}`;
}

/** Tells a clock of comparisons. */
export function tellOf(clock: PhaseClock): ComparisonEvents {
  return {
    begins: (table: TableData) => clock.pieceBegins(comparisonOf(table)),
    reaches: (table, bytes) => {
      if (table.rawBytes > 0) clock.reached(comparisonOf(table), bytes / table.rawBytes);
    },
    ends: (table) => {
      clock.pieceDone(comparisonOf(table));
      clock.tableDone();
    },
  };
}
