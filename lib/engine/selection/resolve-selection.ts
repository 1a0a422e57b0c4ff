import type { RowsLeftOut, Seed, Seeds } from '../catalog/seeds.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { BackupSelection } from './backup-selection.ts';
import { type RelationPattern, relationPattern, schemaPattern } from './name-pattern.ts';
import type { SelectableRelation, SelectableSchema } from './selectable.ts';

const NOT_ASKED_FOR = 'it was not selected';

/**
 * Finds which of these schemas and relations a selection leaves out. Throws `selection-matches-nothing`,
 * which names the pattern, and `selection-pattern-invalid`.
 */
export function resolveSelection(
  selection: BackupSelection,
  schemas: readonly SelectableSchema[],
  all: readonly SelectableRelation[],
): Seeds {
  const relations = all.filter(({ ofExtension }) => !ofExtension);
  const named = matchingRelations(selection.tables, relations);
  const included = withPartitions(new Map([...named, ...ancestorsOf(named, relations)]), named, relations);
  const includedSchemas = matchingSchemas(selection.schemas, schemas);
  const excludedSchemas = matchingSchemas(selection.excludeSchemas, schemas, 'exclusion');
  const excluded = matchingRelations(selection.excludeTables, relations, 'exclusion');
  const onlySome = [...(selection.schemas ?? []), ...(selection.tables ?? [])].length > 0;

  const seeds: Seed[] = [];
  for (const schema of schemas) {
    const pattern = excludedSchemas.get(schema);
    const inside = relations.filter((relation) => relation.schema === schema.name);
    if (pattern !== undefined) seeds.push(schemaSeed(schema, `it was excluded (${pattern})`));
    else if (onlySome && !includedSchemas.has(schema)) {
      if (!inside.some((relation) => included.has(relation))) seeds.push(schemaSeed(schema, NOT_ASKED_FOR));
      else {
        const others = inside.filter((relation) => !included.has(relation));
        seeds.push(...others.map((relation) => relationSeed(relation, NOT_ASKED_FOR)));
      }
    }
  }
  for (const [relation, pattern] of excluded) {
    seeds.push(relationSeed(relation, `it was excluded (${pattern})`));
  }
  return {
    seeds,
    withoutRows: rowsLeftOut(selection.excludeTableData, all),
    ...(onlySome
      ? { largeObjects: 'they belong to no schema, and only some schemas or tables were selected' }
      : {}),
  };
}

function schemaSeed({ oid, name, holdsExtension }: SelectableSchema, reason: string): Seed {
  return {
    ...{ catalog: 'pg_namespace', oid, what: 'schema', name, reason, origin: 'asked' },
    keepExtensions: holdsExtension,
  };
}

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
};

function relationSeed({ oid, schema, name, kind }: SelectableRelation, reason: string): Seed {
  const what = KINDS[kind] ?? 'relation';
  return {
    ...{ catalog: 'pg_class', oid, what, name: `${schema}.${name}`, reason, origin: 'asked' },
    relation: { schema, name },
  };
}

function rowsLeftOut(
  patterns: readonly string[] | undefined,
  all: readonly SelectableRelation[],
): RowsLeftOut[] {
  const tables = all.filter(({ kind }) => kind === 'r' || kind === 'p');
  const matched = matchingRelations(patterns, tables, 'exclusion');
  return [...withPartitions(matched, matched, tables)]
    .filter(([{ kind }]) => kind === 'r')
    .map(([{ oid, schema, name, ofExtension }, pattern]) => {
      return { oid, schema, name, ofExtension, reason: `they were excluded (${pattern})` };
    });
}

type Matched = Map<SelectableRelation, string>;

/**
 * A wildcard exclusion may match nothing: `tenant_test_*` on a quiet day. A single name must always match.
 */
type Use = 'inclusion' | 'exclusion';

function matchingRelations(
  patterns: readonly string[] | undefined,
  relations: readonly SelectableRelation[],
  use: Use = 'inclusion',
): Matched {
  const matched: Matched = new Map();
  for (const pattern of (patterns ?? []).map(relationPattern)) {
    const found = relations.filter(({ schema, name }) => pattern.matches(schema, name));
    const mayBeNone = use === 'exclusion' && pattern.isWild;
    if (found.length === 0 && !mayBeNone) throw matchesNothing(pattern, relations);
    for (const relation of found) matched.set(relation, matched.get(relation) ?? pattern.text);
  }
  return matched;
}

function matchingSchemas(
  patterns: readonly string[] | undefined,
  schemas: readonly SelectableSchema[],
  use: Use = 'inclusion',
): Map<SelectableSchema, string> {
  const matched = new Map<SelectableSchema, string>();
  for (const pattern of (patterns ?? []).map(schemaPattern)) {
    const found = schemas.filter(({ name }) => pattern.matches(name));
    const mayBeNone = use === 'exclusion' && pattern.isWild;
    if (found.length === 0 && !mayBeNone) {
      throw new LifeboatError({
        code: 'selection-matches-nothing',
        kind: 'usage',
        what: `No schema of the database matches ${pattern.text}.`,
        meaning: 'A backup of the wrong objects is worse than none, so no backup was made.',
        remedy: `The database has the schemas ${listed(schemas.map(({ name }) => name))}.`,
      });
    }
    for (const schema of found) matched.set(schema, matched.get(schema) ?? pattern.text);
  }
  return matched;
}

/** Adds the partitions and inheritance children of `roots` at every depth. */
function withPartitions(all: Matched, roots: Matched, relations: readonly SelectableRelation[]): Matched {
  const children = new Map<number, SelectableRelation[]>();
  for (const relation of relations) {
    for (const parent of relation.parents) {
      const siblings = children.get(parent);
      if (siblings) siblings.push(relation);
      else children.set(parent, [relation]);
    }
  }
  const found: Matched = new Map(all);
  const open = [...roots.keys()];
  for (let parent = open.pop(); parent; parent = open.pop()) {
    for (const child of children.get(parent.oid) ?? []) {
      if (!found.has(child)) found.set(child, found.get(parent) ?? '');
      if (!roots.has(child)) open.push(child);
    }
  }
  return found;
}

/** Finds all ancestors of the matched relations: a partition alone could not be attached. */
function ancestorsOf(matched: Matched, relations: readonly SelectableRelation[]): Matched {
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const ancestors: Matched = new Map();
  const open = [...matched.keys()];
  for (let child = open.pop(); child; child = open.pop()) {
    for (const parent of child.parents.flatMap((oid) => byOid.get(oid) ?? [])) {
      ancestors.set(parent, matched.get(child) ?? ancestors.get(child) ?? '');
      open.push(parent);
    }
  }
  return ancestors;
}

function matchesNothing(pattern: RelationPattern, relations: readonly SelectableRelation[]): LifeboatError {
  const bare = pattern.text.split('.').at(-1) ?? '';
  const near = relations.filter(({ name }) => name === bare).map(({ schema, name }) => `${schema}.${name}`);
  return new LifeboatError({
    code: 'selection-matches-nothing',
    kind: 'usage',
    what: `No table of the database matches ${pattern.text}.`,
    meaning: 'A backup of the wrong objects is worse than none, so no backup was made.',
    remedy:
      near.length > 0
        ? `The database has ${listed(near)}.`
        : 'Write the table with its schema, such as app.orders, and put names with capital letters in double quotes.',
  });
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}
