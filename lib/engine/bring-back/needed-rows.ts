import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { control, finishWork, type RowKind } from './classify.ts';
import { keysOf } from './references.ts';
import { candidates, type RowsTable, work } from './rows-table.ts';
import type { ForeignKey } from './target-table.ts';

/**
 * Of the rows that are there only because others may refer to them, keeps those that are missing and that a
 * row to be written does refer to, directly or through another such row. The rest is taken out.
 */
export async function keepNeeded({
  session,
  tables,
  foreignKeys,
  kinds,
}: {
  readonly session: ServerTarget;
  readonly tables: readonly RowsTable[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly kinds: readonly RowKind[];
}): Promise<void> {
  const list = kinds.map((kind) => `'${kind}'`).join(', ');
  for (let found = 1; found > 0; ) {
    found = 0;
    for (const parent of tables) {
      const p = control(parent);
      for (const child of tables) {
        const c = control(child);
        const keys = keysOf(child, foreignKeys).filter(
          ({ referenced, columns }) =>
            parent.target.tree.includes(referenced.oid) &&
            columns.every(
              (pair) => parent.columns.includes(pair.referenced) && child.columns.includes(pair.child),
            ),
        );
        for (const key of keys) {
          const { tag } = await session.execute(
            `UPDATE ${work(parent)} w SET ${p.support} = false FROM ${candidates(parent)} r
              WHERE w.${p.row} = r.${p.row} AND w.${p.support} AND w.${p.kind} = 'missing'
                AND EXISTS (SELECT FROM ${candidates(child)} o JOIN ${work(child)} v ON v.${c.row} = o.${c.row}
                             WHERE NOT v.${c.support} AND v.${c.kind} IN (${list}) AND ${key.columns
                               .map(
                                 (pair) =>
                                   `r.${quoteIdentifier(pair.referenced)} ${pair.equals} o.${quoteIdentifier(pair.child)}`,
                               )
                               .join(' AND ')})`,
          );
          found += Number(/\d+$/.exec(tag)?.[0] ?? 0);
        }
      }
    }
  }
  for (const table of tables) {
    const { support } = control(table);
    const { tag } = await session.execute(`DELETE FROM ${work(table)} WHERE ${support}`);
    if (tag !== 'DELETE 0') await finishWork(session, table);
  }
}
