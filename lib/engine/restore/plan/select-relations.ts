import type { Manifest, TableData } from '../../archive/manifest.ts';
import { LEDGER_SCHEMA, OWN_MARK } from '../../catalog/own-schemas.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { calledAs, schemaCalled } from '../../sql-script/written-name.ts';
import type { ArchivedRelation, ArchivedSchema } from '../archived/archived-schema.ts';
import { relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';

/** The part of a backup that was asked for. */
export interface Selection {
  /** Keys of tables, views, sequences. */
  readonly relations: ReadonlySet<string>;
  /** Schemas that are restored with every object; undefined: every schema that is not excluded. */
  readonly schemas: ReadonlySet<string> | undefined;
  readonly excludedSchemas: ReadonlySet<string>;
  /** Whether single tables were named. Everything else is then restored only as far as they need it. */
  readonly onlyNamed: boolean;
  /** Steps of entries that are restored besides: see dependents.ts. */
  readonly steps?: ReadonlySet<string>;
}

/** A table or sequence whose rows or value the manifest has. */
export type CarriedRelation = Pick<TableData, 'schema' | 'name'>;

type Relation = Pick<ArchivedRelation, 'key' | 'schema' | 'name' | 'root' | 'owner'>;
type Relations = ReadonlyMap<string, Relation>;

/**
 * Finds relations by the names that were asked for. A partitioned table brings its partitions, and a table
 * brings the sequences that its columns own. Throws `table-unknown`, `table-ambiguous`, `schema-unknown` or
 * `restore-nothing-selected`.
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
  const excludedSchemas = new Set([
    ...(scope.excludeSchemas ?? []).map((name) => checkSchema(name, schemas)),
    ...archived.entries.filter(isLedger).map(({ object }) => object.name),
  ]);
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
      what: 'Everything that was asked for was also excluded.',
      remedy:
        'Leave out one of the options: --table and --schema ask, --exclude-table and --exclude-schema exclude.',
    });
  }
  return {
    relations,
    schemas: everything ? undefined : included,
    excludedSchemas,
    onlyNamed: !everything && included.size === 0,
  };
}

/** The selected relations of each tier, with their dependents. No tier repeats those of an earlier one. */
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

/** The names in a backup's own tiers that it has and lacks: a dropped table must not stop a restore. */
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

/**
 * Whether the entry marks the notes of an unfinished restore. Earlier versions took them into their backups, and this
 * restore keeps notes of its own in a schema of that name.
 */
function isLedger({ type, object, statements }: ArchivedSchema['entries'][number]): boolean {
  return (
    type === 'COMMENT' &&
    object.kind === 'schema' &&
    object.name === LEDGER_SCHEMA &&
    statements.some((statement) => statement.includes(OWN_MARK))
  );
}

/** Adds the extensions' configuration tables and sequences: a backup has their content, but no CREATE. */
function withMembersOfExtensions(
  relations: ArchivedSchema['relations'],
  carried: readonly CarriedRelation[],
): Relations {
  const all: Map<string, Relation> = new Map(relations);
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
  return called(name, all).length > 0;
}

/** Whether `written` is a relation's name: with or without the schema, in quotes or not. */
function isCalled(relation: { key: string; schema: string; name: string }, written: string): boolean {
  return [relation.name, `${relation.schema}.${relation.name}`, relation.key].includes(written);
}

function called(written: string, all: Relations): Relation[] {
  return calledAs([...all.values()], written, isCalled);
}

/** The key of the only relation of that name. A match of schema and name wins over any other. */
function foundOnce(written: string, all: Relations): string | undefined {
  const found = called(written, all);
  const whole = found.filter(({ key, schema, name }) => key === written || `${schema}.${name}` === written);
  const [only, ...more] = whole.length === 1 ? whole : found;
  return more.length === 0 ? only?.key : undefined;
}

function findRelation(written: string, all: Relations): string {
  const key = foundOnce(written, all);
  if (key !== undefined) return key;
  const found = called(written, all);
  if (found.length > 0) {
    throw new LifeboatError({
      code: 'table-ambiguous',
      kind: 'usage',
      what: `The backup has several tables called ${written}: ${found.map(({ key }) => key).join(', ')}.`,
      remedy: 'Write the name with its schema.',
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
  const found = schemaCalled(name, schemas);
  if (found !== undefined) return found;
  throw new LifeboatError({
    code: 'schema-unknown',
    kind: 'usage',
    what: `The backup has no schema ${name}.`,
    remedy: `It has ${[...schemas].sort().slice(0, 10).join(', ')}.`,
  });
}

/** The tables and sequences whose rows or values a backup has. */
export function carriedBy({ tables, sequences }: Manifest): CarriedRelation[] {
  return [...tables, ...sequences];
}
