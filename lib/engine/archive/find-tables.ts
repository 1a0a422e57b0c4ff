import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import { qualifiedName } from '../ground/sql.ts';
import { calledAs, schemaCalled } from '../sql-script/written-name.ts';
import type { Manifest, TableData } from './manifest.ts';

/** The tables and schemas that somebody asks for, as people write their names. */
export interface TableNames {
  /** `users`, `public.users`, `"public"."Users"`. A partitioned table stands for all its partitions. */
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
}

/**
 * Finds tables, in the manifest's order; none without any name. Throws `table-unknown`, `table-ambiguous` or
 * `schema-unknown`.
 */
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
  const names = [...byName.values()].flatMap(([first]) => first?.name ?? []);
  const called = new Set(calledAs(names, written, isCalled));
  const meant = [...byName.values()].filter(([first]) => first && called.has(first.name));
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
      remedy: [didYouMean(nearestTable(tables, written)), '`lifeboat show` lists its tables.'].join(''),
    });
  }
  throw new LifeboatError({
    code: 'table-ambiguous',
    kind: 'usage',
    what: `The backup has several tables called ${written}: ${meant.map(([first]) => first && `${first.name.schema}.${first.name.name}`).join(', ')}.`,
    remedy: 'Write the table with its schema.',
  });
}

/** All tables with this name, and the partitions of a partitioned table with this name. */
export function tablesNamed(tables: readonly TableData[], written: string): readonly TableData[] {
  const names = tables.flatMap((table) => [table, ...(table.partitionRoot ? [table.partitionRoot] : [])]);
  const called = new Set(calledAs(names, written, isCalled));
  return tables.filter(
    (table) => called.has(table) || (table.partitionRoot !== undefined && called.has(table.partitionRoot)),
  );
}

/**
 * `schema.name` of the table that somebody probably meant: it is in another schema, or differs by a letter or
 * two.
 */
export function nearestTable(tables: readonly TableData[], written: string): string | undefined {
  const known = tables.flatMap((table) => [table, ...(table.partitionRoot ? [table.partitionRoot] : [])]);
  const [, schema, name = written] = /^([^.]+)\.(.+)$/s.exec(written) ?? [];
  if (schema === undefined) return onlyOne(known, nearestName(name, namesOf(known)));
  const near = nearestName(schema, new Set(known.map((table) => table.schema)));
  const there = known.filter((table) => table.schema === near);
  return onlyOne(there, nearestName(name, namesOf(there))) ?? onlyOne(known, name);
}

function namesOf(tables: ReadonlyArray<{ readonly name: string }>): Set<string> {
  return new Set(tables.map(({ name }) => name));
}

/** The only candidate; undefined if there are several, in different schemas. */
function onlyOne(
  tables: ReadonlyArray<{ readonly schema: string; readonly name: string }>,
  wanted: string | undefined,
): string | undefined {
  const meant = tables.filter(({ name }) => name === wanted).map(({ schema, name }) => `${schema}.${name}`);
  return new Set(meant).size === 1 ? meant[0] : undefined;
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : `Did you mean ${name}? `;
}

function isCalled({ schema, name }: { schema: string; name: string }, written: string): boolean {
  return [name, `${schema}.${name}`, qualifiedName(schema, name)].includes(written);
}

function tablesIn(tables: readonly TableData[], written: string): readonly TableData[] {
  const called = schemaCalled(written, new Set(tables.map(({ schema }) => schema)));
  const found = tables.filter(({ schema }) => schema === called);
  if (found.length > 0) return found;
  throw new LifeboatError({
    code: 'schema-unknown',
    kind: 'usage',
    what: `The backup has no table in a schema ${written}.`,
    remedy: `${didYouMean(nearestName(written, new Set(tables.map(({ schema }) => schema))))}It has tables in ${[...new Set(tables.map(({ schema }) => schema))].sort().slice(0, 10).join(', ')}.`,
  });
}
