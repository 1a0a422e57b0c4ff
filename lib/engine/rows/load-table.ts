import { extensionOf } from '../target/apply/extension-of.ts';
import { newerSourceReasonOfRows } from '../target/apply/newer-source.ts';
import { orderRefusalOfRows } from '../target/apply/order-refusal.ts';
import type { SchemaContext } from '../target/apply/schema-context.ts';
import type { CopyDestination, StatementOptions, Target } from '../target/target.ts';
import { TargetStatementError } from '../target/target.ts';
import { type BareTableOptions, bareTable } from './bare-table.ts';

/** undefined_table, and invalid_schema_name: an extension may have a schema of its own. */
const MISSING: ReadonlySet<string> = new Set(['42P01', '3F000']);

export interface LoadedTable {
  readonly rows: number;
  /** Where the rows are: the table itself, or a bare one. */
  readonly table: CopyDestination;
  /** Why they are not in the table itself. */
  readonly elsewhere?: string;
}

/**
 * Loads a table's rows: into itself, or, where it was left out or refuses them only because text sorts differently here or
 * a newer source's values are not understood, into a bare table, so that they are proven all the same. `body` is asked for
 * once more then. Other refusals are thrown.
 */
export async function loadTable(
  target: Target,
  context: SchemaContext,
  destination: CopyDestination,
  body: () => AsyncIterable<Uint8Array>,
  statementOptions?: StatementOptions,
): Promise<LoadedTable> {
  const { schema, table: name } = destination;
  const leftOut = context.leftOut.get('table', `${schema}.${name}`);
  if (leftOut !== undefined) return loadBare(leftOut);
  try {
    return { rows: await target.copyIn(destination, body(), statementOptions), table: destination };
  } catch (error) {
    if (!(error instanceof TargetStatementError)) {
      const cause = await target.revive?.(error);
      if (cause === undefined) throw error;
      return loadBare(`the embedded server ${cause}: a function of its constraints or columns, most likely`);
    }
    const reason =
      extensionTable(context, `${schema}.${name}`, error) ??
      (await orderRefusalOfRows(target, context.order, error));
    if (reason !== undefined) return loadBare(reason);
    const ofVersions = context.newerSource && newerSourceReasonOfRows(context.newerSource, error);
    if (ofVersions === undefined) throw error;
    return loadBare(ofVersions, { asText: true });
  }

  async function loadBare(reason: string, options: BareTableOptions = {}): Promise<LoadedTable> {
    const table = await bareTable(target, destination, options);
    context.emptied.add({ kind: 'table', schema, name }, reason);
    return { rows: await target.copyIn(table, body(), statementOptions), table, elsewhere: reason };
  }
}

/** An extension's own table, its configuration say, when the extension is not available. */
function extensionTable(
  context: SchemaContext,
  table: string,
  error: TargetStatementError,
): string | undefined {
  if (!MISSING.has(error.sqlState) || context.made.has('table', table)) return undefined;
  const extension = extensionOf({ space: 'relation', name: table }, { ...context, otherVersions: [] });
  return extension === undefined ? undefined : `it is ${extension}`;
}
