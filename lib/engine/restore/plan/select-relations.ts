import type { Manifest, TableData } from '../../archive/manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ArchivedRelation, ArchivedSchema } from '../archived/archived-schema.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';

/** What of a backup was asked for. */
export interface Selection {
  /** Keys of tables, views, sequences. */
  readonly relations: ReadonlySet<string>;
  /** Schemas whose every object is meant; undefined: those of all that is not left out. */
  readonly schemas: ReadonlySet<string> | undefined;
  readonly excludedSchemas: ReadonlySet<string>;
  /** Whether single tables were named, so that everything else is only there to serve them. */
  readonly onlyNamed: boolean;
}

/** A table or sequence whose rows or value the manifest has. */
export type CarriedRelation = Pick<TableData, 'schema' | 'name'>;

type Relations = ReadonlyMap<string, Pick<ArchivedRelation, 'key' | 'schema' | 'name' | 'root' | 'owner'>>;

/**
 * Finds what is asked for by names. A partitioned table brings its partitions, a table the sequences that its columns own.
 * Throws `table-unknown`, `table-ambiguous`, `schema-unknown` or `restore-nothing-selected`.
 */
export function select(
  archived: Pick<ArchivedSchema, 'relations' | 'entries'>,
  carried: readonly CarriedRelation[],
  scope: RestoreScope,
): Selection {
  const all = withMembersOfExtensions(archived.relations, carried);
  const schemas = new Set([
    ...[...all.values()].map(({ schema }) => schema),
    ...archived.entries.flatMap(
      ({ object }) => object.schema ?? (object.kind === 'schema' ? object.name : []),
    ),
  ]);
  const named = (scope.tables ?? []).map((name) => findRelation(name, all));
  const included = new Set((scope.schemas ?? []).map((name) => checkSchema(name, schemas)));
  const excludedSchemas = new Set((scope.excludeSchemas ?? []).map((name) => checkSchema(name, schemas)));
  const excluded = withDependents(
    (scope.excludeTables ?? []).map((name) => findRelation(name, all)),
    all,
  );
  const everything = named.length === 0 && included.size === 0;
  const wanted = withDependents(named, all);
  const relations = new Set(
    [...all.values()]
      .filter(({ key, schema }) => everything || wanted.has(key) || included.has(schema))
      .filter(({ key, schema }) => !excluded.has(key) && !excludedSchemas.has(schema))
      .map(({ key }) => key),
  );
  if (!everything && relations.size === 0 && included.size === 0) {
    throw new LifeboatError({
      code: 'restore-nothing-selected',
      kind: 'usage',
      what: 'Everything that was asked for was excluded as well.',
      remedy: 'Leave out the one or the other.',
    });
  }
  return {
    relations,
    schemas: everything ? undefined : included,
    excludedSchemas,
    onlyNamed: !everything && included.size === 0,
  };
}

/** The relations of tiers, each with its dependents; a later tier does not repeat an earlier one's. Only what is selected. */
export function selectTiers(
  archived: Pick<ArchivedSchema, 'relations'>,
  carried: readonly CarriedRelation[],
  tiers: ReadonlyArray<readonly string[]>,
  selected: ReadonlySet<string>,
): Array<ReadonlySet<string>> {
  const all = withMembersOfExtensions(archived.relations, carried);
  const schemas = new Set([...all.values()].map(({ schema }) => schema));
  const taken = new Set<string>();
  return tiers.map((names) => {
    const members = names.flatMap((name) =>
      schemas.has(name) && !hasRelation(name, all)
        ? [...all.values()].filter(({ schema }) => schema === name).map(({ key }) => key)
        : [findRelation(name, all)],
    );
    const tier = [...withDependents(members, all)].filter((key) => selected.has(key) && !taken.has(key));
    for (const key of tier) taken.add(key);
    return new Set(tier);
  });
}

/** Those of a backup's own tiers that can be found: a table that is long gone must not stop a restore. */
export function findTiers(
  archived: Pick<ArchivedSchema, 'relations'>,
  carried: readonly CarriedRelation[],
  tiers: ReadonlyArray<readonly string[]>,
): { readonly tiers: ReadonlyArray<readonly string[]>; readonly unknown: readonly string[] } {
  const all = withMembersOfExtensions(archived.relations, carried);
  const schemas = new Set([...all.values()].map(({ schema }) => schema));
  const isFound = (name: string) => schemas.has(name) || foundOnce(name, all) !== undefined;
  return {
    tiers: tiers.map((names) => names.filter(isFound)),
    unknown: tiers.flat().filter((name) => !isFound(name)),
  };
}

/** An extension's configuration tables and sequences have rows and values in a backup, and no CREATE. */
function withMembersOfExtensions(
  relations: ArchivedSchema['relations'],
  carried: readonly CarriedRelation[],
): Relations {
  const all: Map<string, Pick<ArchivedRelation, 'key' | 'schema' | 'name' | 'root' | 'owner'>> = new Map(
    relations,
  );
  for (const { schema, name } of carried) {
    const key = relationKey(schema, name);
    if (!all.has(key)) all.set(key, { key, schema, name });
  }
  return all;
}

function withDependents(keys: readonly string[], all: Relations): Set<string> {
  const tables = new Set(keys);
  for (const { key, root } of all.values()) if (root !== undefined && tables.has(root)) tables.add(key);
  for (const { key, owner } of all.values()) if (owner !== undefined && tables.has(owner)) tables.add(key);
  return tables;
}

function hasRelation(name: string, all: Relations): boolean {
  return [...all.values()].some((relation) => isCalled(relation, name));
}

/** As people write it: with or without the schema, in quotes or not. */
function isCalled(relation: { key: string; schema: string; name: string }, written: string): boolean {
  return [relation.name, `${relation.schema}.${relation.name}`, relation.key].includes(written);
}

/** Written with its schema it is meant, whatever else is called so. */
function foundOnce(written: string, all: Relations): string | undefined {
  const found = [...all.values()].filter((relation) => isCalled(relation, written));
  const whole = found.filter(({ key, schema, name }) => key === written || `${schema}.${name}` === written);
  const [only, ...more] = whole.length === 1 ? whole : found;
  return more.length === 0 ? only?.key : undefined;
}

function findRelation(written: string, all: Relations): string {
  const key = foundOnce(written, all);
  if (key !== undefined) return key;
  const found = [...all.values()].filter((relation) => isCalled(relation, written));
  if (found.length > 0) {
    throw new LifeboatError({
      code: 'table-ambiguous',
      kind: 'usage',
      what: `The backup has several tables called ${written}: ${found.map(({ key }) => key).join(', ')}.`,
      remedy: 'Write it with its schema.',
    });
  }
  const near = [...all.values()].filter(({ name }) => name === written.split('.').at(-1)).slice(0, 5);
  const hint = near.map(({ schema, name }) => `${schema}.${name}`).join(', ');
  throw new LifeboatError({
    code: 'table-unknown',
    kind: 'usage',
    what: `The backup has no table ${written}.`,
    remedy: `${hint === '' ? '' : `It has ${hint}. `}\`lifeboat show\` lists its tables.`,
  });
}

function checkSchema(name: string, schemas: ReadonlySet<string>): string {
  if (schemas.has(name)) return name;
  throw new LifeboatError({
    code: 'schema-unknown',
    kind: 'usage',
    what: `The backup has no schema ${name}.`,
    remedy: `It has ${[...schemas].sort().slice(0, 10).join(', ')}.`,
  });
}

/** Those that a backup carries rows or values of. */
export function carriedBy({ tables, sequences }: Manifest): CarriedRelation[] {
  return [...tables, ...sequences];
}
