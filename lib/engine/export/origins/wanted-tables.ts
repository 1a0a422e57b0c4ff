import { findTables } from '../../archive/find-tables.ts';
import type { Manifest, TableData } from '../../archive/manifest.ts';
import { qualified } from '../../fingerprint/identity.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ExportScope } from './origin.ts';

/** A table that is exported into one file: of a partitioned table, all its partitions. */
export interface WantedTable {
  /** `public.events` */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly parts: readonly TableData[];
}

/**
 * The tables that were named, each once. A partition goes into the file of its partitioned table, unless somebody named the
 * partition itself. Throws what findTables throws, and `export-no-rows`.
 */
export function wantedTables(
  manifest: Pick<Manifest, 'tables'>,
  scope: ExportScope,
  of: 'backup' | 'source' = 'backup',
): WantedTable[] {
  try {
    return found(manifest, scope);
  } catch (error) {
    throw of === 'source' ? inSource(error) : error;
  }
}

function found(manifest: Pick<Manifest, 'tables'>, scope: ExportScope): WantedTable[] {
  const tables = new Map<string, WantedTable>();
  const add = (schema: string, table: string, parts: readonly TableData[]) => {
    const name = qualified(schema, table);
    tables.set(name, { name, schema, table, parts });
  };
  for (const written of scope.tables ?? []) {
    const [first, ...others] = findTables(manifest, { tables: [written] });
    if (!first) continue;
    const root = first.partitionRoot;
    // A name that is not the partition's own is that of its partitioned table.
    if (root && (others.length > 0 || isNamed(root, written)))
      add(root.schema, root.name, [first, ...others]);
    else add(first.schema, first.name, [first]);
  }
  const ofSchemas = findTables(manifest, { schemas: scope.schemas ?? [] });
  for (const table of ofSchemas) {
    const root = table.partitionRoot ?? table;
    add(
      root.schema,
      root.name,
      ofSchemas.filter((one) => (one.partitionRoot ?? one) === root || isSame(one, root)),
    );
  }
  const wanted = [...tables.values()];
  for (const { name, parts } of wanted) {
    const without = parts.find(({ dataLeftOut }) => dataLeftOut !== undefined);
    if (without) throw noRows(name, String(without.dataLeftOut));
  }
  return wanted;
}

/** A note for a table that others inherit from, whose rows a query on it would show. */
export function withoutHeirs(heirs: readonly string[]): string[] {
  if (heirs.length === 0) return [];
  return [
    `without the rows of ${heirs.join(', ')}, which ${heirs.length === 1 ? 'inherits' : 'inherit'} from it: name ${heirs.length === 1 ? 'it' : 'each'}, too, or use --query`,
  ];
}

function isSame(table: TableData, root: { readonly schema: string; readonly name: string }): boolean {
  const own = table.partitionRoot ?? table;
  return own.schema === root.schema && own.name === root.name;
}

function isNamed(
  { schema, name }: { readonly schema: string; readonly name: string },
  written: string,
): boolean {
  return [name, `${schema}.${name}`, qualified(schema, name)].includes(written);
}

/** An error about a backup's tables, for the tables of the source. */
function inSource(error: unknown): unknown {
  if (!(error instanceof LifeboatError) || !/^(?:table|schema)-/.test(error.code)) return error;
  const { code, kind, what } = error;
  return new LifeboatError({
    code,
    kind,
    what: what.replace('The backup has', 'The source has'),
    remedy: 'Write the table as schema.table, as `\\d` of psql shows it.',
  });
}

function noRows(name: string, reason: string): LifeboatError {
  return new LifeboatError({
    code: 'export-no-rows',
    kind: 'usage',
    what: `The backup does not hold the rows of ${name}: ${reason}.`,
    remedy: 'Leave that table out, or export it from the source with --source.',
  });
}
