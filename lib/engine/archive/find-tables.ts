import { LifeboatError } from '../errors.ts';
import { qualifiedName } from '../sql.ts';
import type { Manifest, TableData } from './manifest.ts';

/** What of a backup somebody asks for, as people write it. */
export interface TableNames {
  /** `users`, `public.users`, `"public"."Users"`; of a partitioned table all partitions. */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
}

/** Throws `table-unknown`, `table-ambiguous` or `schema-unknown`. Without any name: no table. In the manifest's order. */
export function findTables(manifest: Pick<Manifest, 'tables'>, names: TableNames): TableData[] {
  const found = new Set<TableData>();
  for (const name of names.tables ?? [])
    for (const table of tablesCalled(manifest.tables, name)) found.add(table);
  for (const name of names.schemas ?? [])
    for (const table of tablesIn(manifest.tables, name)) found.add(table);
  return manifest.tables.filter((table) => found.has(table));
}

function tablesCalled(tables: readonly TableData[], written: string): readonly TableData[] {
  const byName = Map.groupBy(
    tables.flatMap((table) =>
      [table, ...(table.partitionRoot ? [table.partitionRoot] : [])].map((name) => ({ table, name })),
    ),
    ({ name }) => qualifiedName(name.schema, name.name),
  );
  const meant = [...byName.values()].filter(([first]) => first && isCalled(first.name, written));
  const [only, ...others] = meant;
  if (only && others.length === 0) return only.map(({ table }) => table);
  const [exact, ...more] = meant.filter(
    ([first]) => first && `${first.name.schema}.${first.name.name}` === written,
  );
  if (exact && more.length === 0) return exact.map(({ table }) => table);
  if (!only) {
    throw new LifeboatError({
      code: 'table-unknown',
      kind: 'usage',
      what: `The backup has no table ${written}.`,
      remedy: '`lifeboat show` lists its tables.',
    });
  }
  throw new LifeboatError({
    code: 'table-ambiguous',
    kind: 'usage',
    what: `The backup has several tables called ${written}: ${meant.map(([first]) => first && `${first.name.schema}.${first.name.name}`).join(', ')}.`,
    remedy: 'Write it with its schema.',
  });
}

function isCalled({ schema, name }: { schema: string; name: string }, written: string): boolean {
  return [name, `${schema}.${name}`, qualifiedName(schema, name)].includes(written);
}

function tablesIn(tables: readonly TableData[], written: string): readonly TableData[] {
  const found = tables.filter(({ schema }) => schema === written);
  if (found.length > 0) return found;
  throw new LifeboatError({
    code: 'schema-unknown',
    kind: 'usage',
    what: `The backup has no table in a schema ${written}.`,
    remedy: `It has tables in ${[...new Set(tables.map(({ schema }) => schema))].sort().slice(0, 10).join(', ')}.`,
  });
}
