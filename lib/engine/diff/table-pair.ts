import type { Manifest, TableData } from '../archive/manifest.ts';
import type { SourceTable } from '../catalog/tables.ts';
import { qualified } from '../fingerprint/identity.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { RowShape } from './row-reader.ts';

/** A table that both sides have, and the parts of it that can be compared. */
export interface TablePair {
  readonly backup: TableData;
  readonly source: SourceTable;
  /** Columns that both sides have, in the backup's order. */
  readonly columns: readonly string[];
  /** Columns of the primary key; undefined if the two sides do not have the same one. */
  readonly key: readonly string[] | undefined;
  readonly notes: readonly string[];
  /** Changes of the table itself. */
  readonly changes: readonly string[];
}

type Keys = ReadonlyMap<string, readonly string[]>;

export interface Matched {
  readonly pairs: readonly TablePair[];
  /** Tables that only the backup has. */
  readonly gone: readonly GoneTable[];
  /** Tables that only the source has. */
  readonly added: readonly SourceTable[];
}

/** A table that the source no longer has; `now` is the kind of relation that has its name: `view`. */
export interface GoneTable extends TableData {
  readonly now?: string;
}

/** Facts about tables from the fingerprints, by identity. */
export interface TableShapes {
  readonly changes: ReadonlyMap<string, readonly string[]>;
  readonly otherRelations: ReadonlyMap<string, string>;
}

/** Matches the tables of the two sides by name. `wanted`: the backup's tables that were asked for. */
export function matchTables(
  { tables }: Pick<Manifest, 'tables'>,
  wanted: readonly TableData[] | undefined,
  source: readonly SourceTable[],
  keys: { readonly backup: Keys; readonly source: Keys },
  shapes: TableShapes,
): Matched {
  const nameOf = ({ schema, name }: { schema: string; name: string }) => qualifiedName(schema, name);
  const inSource = new Map(source.map((table) => [nameOf(table), table]));
  const inBackup = new Set(tables.map(nameOf));
  const asked = wanted ?? tables;
  return {
    pairs: asked.flatMap((table) => {
      const found = inSource.get(nameOf(table));
      return found ? [pairOf(table, found, keys, shapes)] : [];
    }),
    gone: asked
      .filter((table) => !inSource.has(nameOf(table)))
      .map((table) => {
        const now = shapes.otherRelations.get(qualified(table.schema, table.name));
        return now === undefined ? table : { ...table, now };
      }),
    added: wanted ? [] : source.filter((table) => !inBackup.has(nameOf(table))),
  };
}

function pairOf(
  backup: TableData,
  source: SourceTable,
  keys: { backup: Keys; source: Keys },
  shapes: TableShapes,
): TablePair {
  const identity = qualified(backup.schema, backup.name);
  const columns = backup.columns.filter((column) => source.columns.includes(column));
  const [mine, theirs] = [keys.backup.get(identity) ?? [], keys.source.get(identity) ?? []];
  const isSameKey =
    mine.length > 0 && mine.length === theirs.length && mine.every((column) => theirs.includes(column));
  const key = isSameKey && mine.every((column) => columns.includes(column)) ? mine : undefined;
  return {
    backup,
    source,
    columns,
    key,
    changes: shapes.changes.get(identity) ?? [],
    notes: notesOf(backup, source, columns, mine.length > 0 && key === undefined),
  };
}

function notesOf(
  backup: TableData,
  source: SourceTable,
  columns: readonly string[],
  keyChanged: boolean,
): string[] {
  const dropped = backup.columns.filter((column) => !columns.includes(column));
  const fresh = source.columns.filter((column) => !columns.includes(column));
  return [
    ...(dropped.length > 0
      ? [`not compared, because the source has no such column: ${dropped.join(', ')}`]
      : []),
    ...(fresh.length > 0 ? [`not compared, because the backup has no such column: ${fresh.join(', ')}`] : []),
    ...(keyChanged ? ['the primary key is not the same on both sides, so whole rows were compared'] : []),
  ];
}

/** How lines of both sides are read. The source sends only the common columns. */
export function shapesOf({ backup, columns, key }: TablePair): { backup: RowShape; source: RowShape } {
  const positions = key?.map((column) => columns.indexOf(column));
  const isWhole = columns.length === backup.columns.length;
  return {
    backup: {
      fields: backup.columns.length,
      compared: isWhole ? undefined : columns.map((column) => backup.columns.indexOf(column)),
      key: positions,
    },
    source: { fields: columns.length, compared: undefined, key: positions },
  };
}
