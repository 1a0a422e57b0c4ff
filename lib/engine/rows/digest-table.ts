import { selectRows } from '../catalog/copy-statement.ts';
import type { ContentDigest } from '../copy-text/row-digest.ts';
import type { StatementOptions, Target } from '../target/target.ts';

/** As a manifest describes it. */
export interface RestoredTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly condition?: string | undefined;
}

/**
 * Digests a restored table by the very SELECT that read it at the source: the columns that COPY carries, its own rows
 * only, the condition of an extension's configuration table. It streams, so the table is never in memory, and needs no
 * page ranges: measured on the embedded target, 2.2 GB leave within 10 MB of what it held before.
 */
export function digestTable(
  target: Target,
  table: RestoredTable,
  { print, ...options }: StatementOptions & { readonly print?: (column: string) => string } = {},
): Promise<ContentDigest> {
  const { condition, ...relation } = table;
  const rows = condition === undefined ? relation : { ...relation, condition };
  return target.copyOut(selectRows(rows, undefined, print), options);
}
