import type { Manifest } from '../archive/manifest.ts';
import type { RowsLeftOut } from './seeds.ts';

/** What a backup leaves out of its source: by wish, by the host's nature, or because it cannot be without the other. */
export interface Omissions {
  /** OIDs by catalog: `pg_class` → those of tables, indexes, sequences … */
  readonly rows: ReadonlyMap<string, ReadonlySet<number>>;
  readonly schemas: readonly string[];
  /** Outside of these schemas. */
  readonly relations: ReadonlyArray<{ readonly schema: string; readonly name: string }>;
  readonly extensions: readonly string[];
  readonly withoutRows: readonly RowsLeftOut[];
  /** Why large objects are left out, where they are. */
  readonly largeObjects?: string;
  /** For the manifest; rows that were left out of tables that are kept, the tables say themselves. */
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

/** An SQL condition: rows of this relation are read, or a lock on it is wanted for the sake of its definition. */
export function isRead(omissions: Pick<Omissions, 'rows' | 'withoutRows'>, oid: string): string {
  const hidden = omissions.withoutRows.filter(({ ofExtension }) => ofExtension);
  const rows = new Map([
    ['pg_class', new Set([...(omissions.rows.get('pg_class') ?? []), ...hidden.map((one) => one.oid)])],
  ]);
  return isKept({ rows }, 'pg_class', oid);
}

/** Arguments by which pg_dump passes over what is left out, so that it locks none of it. */
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

/** A pattern is a regular expression outside of double quotes, and what it says inside of them. */
function alternatives(names: readonly string[]): string {
  return names.map(quoted).join('|');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
