import { quoteIdentifier } from '../ground/sql.ts';
import { control, type RowKind } from './classify.ts';
import type { Reference } from './order-tables.ts';
import { candidates, type RowsTable, relationOf, sameKey, work } from './rows-table.ts';
import type { ForeignKey } from './target-table.ts';
import { chosen } from './write-rows.ts';

/** The foreign keys of a table: those that its rows must satisfy. A copy of one in a partition is left out. */
export function keysOf({ target }: RowsTable, all: readonly ForeignKey[]): ForeignKey[] {
  return withoutCopies(all.filter(({ child }) => target.tree.includes(child.oid)));
}

/** The foreign keys by which other rows refer to this table. */
export function keysTo({ target }: RowsTable, all: readonly ForeignKey[]): ForeignKey[] {
  return withoutCopies(all.filter(({ referenced }) => target.tree.includes(referenced.oid)));
}

function withoutCopies(keys: readonly ForeignKey[]): ForeignKey[] {
  const oids = new Set(keys.map(({ oid }) => oid));
  return keys.filter(({ parent }) => !oids.has(parent));
}

/** Which of these tables refer to which, by their numbers. */
export function referencesAmong(tables: readonly RowsTable[], all: readonly ForeignKey[]): Reference[] {
  return tables.flatMap((child) =>
    keysOf(child, all).flatMap(({ referenced }) =>
      tables
        .filter(({ target }) => target.tree.includes(referenced.oid))
        .map((parent) => ({ child: child.number, parent: parent.number })),
    ),
  );
}

const column = quoteIdentifier;

/** `r."id" OPERATOR(pg_catalog.=) t."user_id" AND …`: the referenced row, and the one that refers to it. */
export function refers({ columns }: ForeignKey, referenced: string, child: string): string {
  return columns
    .map((pair) => `${referenced}.${column(pair.referenced)} ${pair.equals} ${child}.${column(pair.child)}`)
    .join(' AND ');
}

/** Whether a row refers to anything: MATCH SIMPLE lets it be null in a part, MATCH FULL only as a whole. */
export function isBound({ columns, matchFull }: ForeignKey, child: string): string {
  const nulls = (is: string) => columns.map((pair) => `${child}.${column(pair.child)} ${is}`);
  return matchFull ? `(${nulls('IS NOT NULL').join(' OR ')})` : nulls('IS NOT NULL').join(' AND ');
}

/**
 * Keeps the rows that written rows refer to from being deleted until the transaction ends, as the trigger of
 * a foreign key would.
 */
export function holdReferenced(key: ForeignKey, table: RowsTable, kinds: readonly RowKind[]): string {
  return `
    SELECT pg_catalog.count(*) FROM (
      SELECT FROM ${relationOf(key.referenced)} r
       WHERE EXISTS (SELECT FROM ${work(table)} w JOIN ${relationOf(key.child)} t ON ${sameKey(table, 't', 'w')}
                      WHERE ${chosen(table, kinds)} AND ${refers(key, 'r', 't')})
         FOR KEY SHARE OF r) held`;
}

/** Written rows that refer to a row which is not there. */
export function dangling(key: ForeignKey, table: RowsTable, kinds: readonly RowKind[]): string {
  const { row, kind } = control(table);
  return `
    SELECT w.${row}::text AS row, w.${kind} AS kind
      FROM ${work(table)} w JOIN ${relationOf(key.child)} t ON ${sameKey(table, 't', 'w')}
     WHERE ${chosen(table, kinds)} AND ${isBound(key, 't')}
       AND NOT EXISTS (SELECT FROM ${relationOf(key.referenced)} r WHERE ${refers(key, 'r', 't')})`;
}

/** Deleted or overwritten rows to which others still refer, though what they refer to is gone. */
export function stillReferenced(key: ForeignKey, table: RowsTable, kinds: readonly RowKind[]): string {
  const { row, kind } = control(table);
  return `
    SELECT w.${row}::text AS row, w.${kind} AS kind FROM ${work(table)} w
     WHERE ${chosen(table, kinds)}
       AND EXISTS (SELECT FROM ${relationOf(key.child)} t WHERE ${refers(key, 'w', 't')})
       AND NOT EXISTS (SELECT FROM ${relationOf(key.referenced)} r WHERE ${same(key, 'r', 'w')})`;
}

/**
 * Rows to be deleted to which others refer. Asked before the deletion when triggers fire, because ON DELETE
 * CASCADE would delete those rows with them.
 */
export function referencedBefore(key: ForeignKey, table: RowsTable): string {
  const { row, kind } = control(table);
  const isOwn = table.target.tree.includes(key.child.oid);
  const alsoDeleted = isOwn
    ? ` AND NOT EXISTS (SELECT FROM ${work(table)} o WHERE o.${kind} = 'added' AND ${sameKey(table, 'o', 't')})`
    : '';
  return `
    SELECT w.${row}::text AS row, w.${kind} AS kind FROM ${work(table)} w
     WHERE ${chosen(table, ['added'])}
       AND EXISTS (SELECT FROM ${relationOf(key.child)} t WHERE ${refers(key, 'w', 't')}${alsoDeleted})`;
}

/**
 * Rows whose referenced values an overwriting would change while others refer to them. Asked before it when
 * triggers fire, because ON UPDATE CASCADE would change those rows with them.
 */
export function referencedChanging(key: ForeignKey, table: RowsTable): string | undefined {
  const fixed = key.columns.every(
    ({ referenced }) =>
      table.key.some(({ name }) => name === referenced) || !table.columns.includes(referenced),
  );
  if (fixed || !key.columns.every(({ referenced }) => table.own.includes(referenced))) return undefined;
  const { row, kind } = control(table);
  const changes = key.columns
    .filter(({ referenced }) => table.columns.includes(referenced))
    .map(({ referenced }) => `w.${column(referenced)} IS DISTINCT FROM c.${column(referenced)}`);
  return `
    SELECT w.${row}::text AS row, w.${kind} AS kind
      FROM ${work(table)} w JOIN ${candidates(table)} c ON c.${row} = w.${row}
     WHERE ${chosen(table, ['changed'])} AND (${changes.join(' OR ')})
       AND EXISTS (SELECT FROM ${relationOf(key.child)} t WHERE ${refers(key, 'w', 't')})`;
}

/**
 * Two rows of the referenced table with the same values in the columns of the key, none of which is null where a row
 * refers to them. IS NOT DISTINCT FROM would say the same, but PostgreSQL neither hashes nor sorts for it: it would
 * compare each row with all others.
 */
function same({ columns }: ForeignKey, a: string, b: string): string {
  return columns
    .map((pair) => `${a}.${column(pair.referenced)} = ${b}.${column(pair.referenced)}`)
    .join(' AND ');
}
