import type { ReportItem } from '../../archive/drill-report.ts';
import type { TableData } from '../../archive/manifest.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { relationKey } from '../archived/relation-key.ts';

/** A foreign key that is in the target already, while rows are loaded into its tables. */
export interface ForeignKey {
  readonly name: string;
  /** Keys of relations. */
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  readonly referenced: readonly string[];
  /** By which each column is compared: `OPERATOR(pg_catalog.=)`. */
  readonly operators: readonly string[];
  /** Whether partitions of it belong to it; children of a plain table do not. */
  readonly isTree: boolean;
}

/** The foreign keys of these tables. */
export async function foreignKeysOf(
  session: ServerTarget,
  tables: readonly TableData[],
): Promise<ForeignKey[]> {
  const names = (numbers: string, relation: string) => `
    (SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)::text
       FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY k(number, place)
       JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number)`;
  const { rows } = await session.execute(`
    SELECT c.conname AS name, r.relkind = 'p' AS tree,
           (SELECT pg_catalog.json_agg(pg_catalog.format('OPERATOR(%I.%s)', o.nspname, o.oprname) ORDER BY o.place)::text
              FROM (SELECT k.place, s.nspname, p.oprname FROM pg_catalog.unnest(c.conpfeqop) WITH ORDINALITY k(oid, place)
                      JOIN pg_catalog.pg_operator p ON p.oid = k.oid
                      JOIN pg_catalog.pg_namespace s ON s.oid = p.oprnamespace) o) AS operators,
           n.nspname AS schema, r.relname AS relation, fn.nspname AS other_schema, f.relname AS other,
           ${names('c.conkey', 'c.conrelid')} AS columns, ${names('c.confkey', 'c.confrelid')} AS referenced
      FROM pg_catalog.pg_constraint c
      JOIN pg_catalog.pg_class r ON r.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
      JOIN pg_catalog.pg_class f ON f.oid = c.confrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
     WHERE c.contype = 'f' AND c.convalidated AND c.conparentid = 0
       -- Of periods, 18 and later.
       AND pg_catalog.to_jsonb(c) ->> 'conperiod' IS DISTINCT FROM 'true' ORDER BY n.nspname, r.relname, c.conname`);
  const loaded = new Set(
    tables.flatMap(({ schema, name, partitionRoot: root }) => [
      relationKey(schema, name),
      ...(root ? [relationKey(root.schema, root.name)] : []),
    ]),
  );
  return rows
    .map((row) => ({
      name: String(row.name),
      from: relationKey(String(row.schema), String(row.relation)),
      to: relationKey(String(row.other_schema), String(row.other)),
      columns: JSON.parse(row.columns ?? '[]') as string[],
      referenced: JSON.parse(row.referenced ?? '[]') as string[],
      operators: JSON.parse(row.operators ?? '[]') as string[],
      isTree: row.tree === 't',
    }))
    .filter(({ from, to }) => loaded.has(from) || loaded.has(to));
}

/** Tables in waves: those of one refer to none but those of earlier ones. A circle stays together, in the last. */
export function inReferenceOrder(
  tables: readonly TableData[],
  foreignKeys: ReadonlyArray<Pick<ForeignKey, 'from' | 'to'>>,
): TableData[][] {
  const keyOf = ({ schema, name, partitionRoot: root }: TableData) =>
    root ? relationKey(root.schema, root.name) : relationKey(schema, name);
  const waves: TableData[][] = [];
  let left = [...tables];
  while (left.length > 0) {
    const waiting = new Set(left.map(keyOf));
    const mustWait = new Set(
      foreignKeys.filter(({ from, to }) => from !== to && waiting.has(to)).map(({ from }) => from),
    );
    const free = left.filter((table) => !mustWait.has(keyOf(table)));
    const wave = free.length > 0 ? free : left;
    waves.push(wave);
    left = left.filter((table) => !wave.includes(table));
  }
  return waves;
}

/** Looks for rows without the row that they refer to: nothing watched over that while they were loaded. */
export async function checkForeignKeys(
  session: ServerTarget,
  foreignKeys: readonly ForeignKey[],
): Promise<ReportItem[]> {
  const items: ReportItem[] = [];
  for (const { name, from, to, columns, referenced, operators, isTree } of foreignKeys) {
    const column = (alias: string, one: string | undefined) => `${alias}.${quoteIdentifier(one ?? '')}`;
    const isSet = columns.map((one) => `${column('c', one)} IS NOT NULL`).join(' AND ');
    const fits = columns
      .map((one, at) => `${column('p', referenced[at])} ${operators[at]} ${column('c', one)}`)
      .join(' AND ');
    const { rows } = await session.execute(`
      SELECT pg_catalog.count(*)::text AS orphans FROM ${isTree ? '' : 'ONLY '}${from} c
       WHERE ${isSet} AND NOT EXISTS (SELECT FROM ${to} p WHERE ${fits})`);
    const orphans = Number(rows[0]?.orphans);
    const item = { kind: 'foreign-key' as const, name: `${name} on ${from}` };
    items.push(
      orphans === 0
        ? { ...item, verdict: 'match' }
        : {
            ...item,
            verdict: 'differs',
            reason: `${orphans} rows refer to rows of ${to} that are not there`,
          },
    );
  }
  return items;
}
