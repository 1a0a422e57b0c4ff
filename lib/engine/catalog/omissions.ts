import type { Manifest } from '../archive/manifest.ts';
import type { RowsLeftOut } from './seeds.ts';

/**
 * The objects that a backup leaves out: on request, because they belong to the host, or because they depend
 * on others left out.
 */
export interface Omissions {
  /** OIDs by catalog: `pg_class` → those of tables, indexes, sequences … */
  readonly rows: ReadonlyMap<string, ReadonlySet<number>>;
  readonly schemas: readonly string[];
  /** Relations that are not in these schemas. */
  readonly relations: ReadonlyArray<{ readonly schema: string; readonly name: string }>;
  readonly extensions: readonly string[];
  readonly withoutRows: readonly RowsLeftOut[];
  /** Why large objects are left out; absent if they are not. */
  readonly largeObjects?: string;
  /** For the manifest. Tables that are kept without their rows are not in it: their own entries say so. */
  readonly leftOut: Manifest['leftOut'];
}

export const NOTHING_OMITTED: Omissions = {
  rows: new Map(),
  schemas: [],
  relations: [],
  extensions: [],
  withoutRows: [],
  leftOut: [],
};

/** An SQL condition: this row of the catalog is kept. `oid` is an SQL expression. */
export function isKept({ rows }: Pick<Omissions, 'rows'>, catalog: string, oid: string): string {
  const omitted = rows.get(catalog);
  return omitted === undefined || omitted.size === 0
    ? 'true'
    : `NOT (${oid} = ANY ('{${[...omitted].join(',')}}'::pg_catalog.oid[]))`;
}

/** An SQL condition: the backup reads rows of this relation, or locks it because of its definition. */
export function isRead(omissions: Pick<Omissions, 'rows' | 'withoutRows'>, oid: string): string {
  const hidden = omissions.withoutRows.filter(({ ofExtension }) => ofExtension);
  const rows = new Map([
    ['pg_class', new Set([...(omissions.rows.get('pg_class') ?? []), ...hidden.map((one) => one.oid)])],
  ]);
  return isKept({ rows }, 'pg_class', oid);
}

/** Arguments with which pg_dump skips omitted objects, so that it does not lock them. */
export function pgDumpArguments({ schemas, relations, extensions }: Omissions): string[] {
  const bySchema = Map.groupBy(relations, ({ schema }) => schema);
  return [
    ...inPieces(schemas).map((names) => `--exclude-schema=${alternatives(names)}`),
    ...[...bySchema].flatMap(([schema, inside]) =>
      inPieces(inside.map(({ name }) => name)).map(
        (names) => `--exclude-table=${quoted(schema)}.${alternatives(names)}`,
      ),
    ),
    ...inPieces(extensions).map((names) => `--exclude-extension=${alternatives(names)}`),
  ];
}

const NAMES_PER_PATTERN = 200;

function inPieces(names: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(names.length / NAMES_PER_PATTERN) }, (_, piece) =>
    names.slice(piece * NAMES_PER_PATTERN, (piece + 1) * NAMES_PER_PATTERN),
  );
}

/**
 * A pattern for several names. pg_dump reads it as a regular expression, but literally inside double quotes.
 */
function alternatives(names: readonly string[]): string {
  return names.map(quoted).join('|');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
