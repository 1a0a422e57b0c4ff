import { isDeepStrictEqual } from 'node:util';
import type { HostProfile } from '../../contract/host-profiles.ts';
import { NOTHING_OMITTED, type Omissions } from '../catalog/omissions.ts';
import { OWN_SCHEMAS } from '../catalog/own-schemas.ts';
import type { RowsLeftOut, Seed } from '../catalog/seeds.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { SchemaChangedError } from '../snapshot/refuse-changed-schema.ts';
import type { BackupSelection } from './backup-selection.ts';
import { type Consequence, readConsequences, rowKey } from './dependency-closure.ts';
import { hostSeeds } from './host-seeds.ts';
import { resolveSelection } from './resolve-selection.ts';
import { readRelations, readSchemas } from './selectable.ts';

/**
 * Finds the objects that a backup leaves out, and everything that cannot exist without them. Throws
 * `selection-matches-nothing`, `selection-pattern-invalid` and `selection-breaks-table`.
 */
export async function readOmissions(
  query: QueryRows,
  profile: HostProfile,
  selection: BackupSelection = {},
): Promise<Omissions> {
  const own = await ownSeeds(query);
  if (
    profile === 'plain' &&
    own.length === 0 &&
    Object.values(selection).every((list) => list === undefined || list.length === 0)
  )
    return NOTHING_OMITTED;
  const [schemas, relations] = await Promise.all([readSchemas(query), readRelations(query)]);
  const asked = resolveSelection(selection, schemas, relations);
  const host = await hostSeeds(query, profile, schemas, relations);
  const withoutRows = uniqueRows([...asked.withoutRows, ...host.withoutRows]);
  let seeds = unique([...own, ...asked.seeds, ...host.seeds]);
  for (;;) {
    const keys = await danglingKeys(query, withoutRows);
    const consequences = await readConsequences(query, [...seeds, ...keys]);
    const needed = neededSeeds(seeds, consequences);
    if (needed.size === 0) {
      const omissions = describe([...seeds, ...keys], consequences, withoutRows);
      return asked.largeObjects === undefined
        ? omissions
        : withoutLargeObjects(omissions, asked.largeObjects);
    }
    seeds = seeds.filter((seed) => !needed.has(seed));
  }
}

/** The schemas of an unfinished restore, by their mark: they are no part of what a user would restore. */
async function ownSeeds(query: QueryRows): Promise<Seed[]> {
  const rows = await query(OWN_SCHEMAS);
  return rows.map(({ oid, name }) => ({
    ...{ catalog: 'pg_namespace', oid: Number(oid), what: 'schema', name: String(name), origin: 'host' },
    reason: 'an unfinished restore keeps in it what it has done and loaded',
  }));
}

/** Foreign keys to rows that are left out: a restore could not add them. */
async function danglingKeys(query: QueryRows, withoutRows: readonly RowsLeftOut[]): Promise<Seed[]> {
  if (withoutRows.length === 0) return [];
  const emptied = `'{${withoutRows.map(({ oid }) => oid).join(',')}}'::pg_catalog.oid[]`;
  // A foreign key to a partitioned table has one row for the tree, and one for each partition.
  const rows = await query(`
    SELECT k.oid::text AS oid, pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass::text AS name,
           k.confrelid::pg_catalog.regclass::text AS target
      FROM pg_catalog.pg_constraint k
     WHERE k.contype = 'f' AND NOT (k.conrelid = ANY (${emptied}))
       AND (k.confrelid = ANY (${emptied}) OR EXISTS (
         SELECT FROM pg_catalog.pg_partition_tree(k.confrelid) t WHERE t.relid = ANY (${emptied})))
       AND k.conparentid = 0
     ORDER BY 2`);
  return rows.map((row) => ({
    ...{ catalog: 'pg_constraint', oid: Number(row.oid), what: 'foreign key', name: String(row.name) },
    reason: `it refers to rows of ${String(row.target)}, which are left out`,
    origin: 'asked',
  }));
}

/**
 * Finds the host's objects that a user's table needs: they are kept. Throws if the user excluded an object
 * that a table in the backup needs.
 */
function neededSeeds(seeds: readonly Seed[], consequences: readonly Consequence[]): Set<Seed> {
  const broken = consequences.filter(({ breaks }) => breaks !== undefined);
  if (broken.length === 0) return new Set();
  const causes = Map.groupBy(consequences, rowKey);
  const gone = new Set(
    [...seeds, ...consequences.filter(({ breaks }) => breaks === undefined)]
      .filter(({ catalog }) => catalog === 'pg_class')
      .map(({ oid }) => oid),
  );
  const byKey = new Map(seeds.map((seed) => [rowKey(seed), seed]));
  const needed = new Set<Seed>();
  for (const one of broken) {
    if (one.breaks === undefined || gone.has(one.breaks.oid)) continue;
    const origins = originsOf(one, causes, byKey);
    const asked = origins.find(({ origin }) => origin === 'asked');
    if (asked) throw breaksTable(one, one.breaks.name, asked, consequences);
    for (const seed of origins) needed.add(seed);
  }
  return needed;
}

function originsOf(
  from: Consequence,
  causes: ReadonlyMap<string, readonly Consequence[]>,
  seeds: ReadonlyMap<string, Seed>,
): Seed[] {
  const seen = new Set<string>();
  const origins: Seed[] = [];
  const open = [rowKey(from.cause)];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    const seed = seeds.get(key);
    if (seed) origins.push(seed);
    open.push(...(causes.get(key) ?? []).map(({ cause }) => rowKey(cause)));
  }
  return origins;
}

function breaksTable(
  one: Consequence,
  table: string,
  seed: Seed,
  consequences: readonly Consequence[],
): LifeboatError {
  const cause = consequences.find((other) => rowKey(other) === rowKey(one.cause));
  const needs = cause === undefined ? `the ${seed.what} ${seed.name}` : `the ${cause.what} ${cause.name}`;
  return new LifeboatError({
    code: 'selection-breaks-table',
    kind: 'usage',
    what: `${table} needs ${needs}, which would be left out with the ${seed.what} ${seed.name}.`,
    meaning: 'A backup without it could not create the table again.',
    remedy: `Keep the ${seed.what} ${seed.name} as well, or leave ${table} out too.`,
  });
}

function describe(
  seeds: readonly Seed[],
  consequences: readonly Consequence[],
  withoutRows: readonly RowsLeftOut[],
): Omissions {
  const rows = new Map<string, Set<number>>();
  const add = (catalog: string, oid: number) => {
    const known = rows.get(catalog);
    if (known) known.add(oid);
    else rows.set(catalog, new Set([oid]));
  };
  for (const seed of seeds) if (seed.keepExtensions !== true) add(seed.catalog, seed.oid);
  for (const { catalog, oid } of consequences) add(catalog, oid);

  const schemas = seeds
    .filter(({ catalog, keepExtensions }) => catalog === 'pg_namespace' && keepExtensions !== true)
    .map(({ name }) => name);
  const relations = new Map<number, { schema: string; name: string }>();
  for (const { oid, relation } of consequences) {
    if (relation && DUMPED_KINDS.has(relation.kind) && !schemas.includes(relation.schema))
      relations.set(oid, relation);
  }
  for (const { oid, relation } of seeds) {
    if (relation && !schemas.includes(relation.schema)) relations.set(oid, relation);
  }
  return {
    rows,
    schemas,
    relations: [...relations.values()],
    extensions: [...new Set(consequences.flatMap(({ extension }) => extension ?? []))],
    withoutRows: withoutRows.filter(({ oid }) => rows.get('pg_class')?.has(oid) !== true),
    leftOut: [
      ...seeds.map(({ what, name, reason }) => ({ what, name, reason })),
      ...toldConsequences(seeds, consequences),
      ...withoutRows
        .filter(({ ofExtension, oid }) => ofExtension && rows.get('pg_class')?.has(oid) !== true)
        .map(({ schema, name, reason }) => ({ what: 'rows', name: `${schema}.${name}`, reason })),
    ],
  };
}

/** The kinds of relations that pg_dump's --exclude-table accepts. */
const DUMPED_KINDS: ReadonlySet<string> = new Set(['r', 'p', 'v', 'm', 'f', 'S']);

/** Tables of all kinds and views: somebody could look for their rows. */
const TOLD_KINDS: ReadonlySet<string> = new Set(['r', 'p', 'v', 'm', 'f']);
/** Catalogs whose rows belong to a view or table that is reported itself. */
const UNTOLD_CATALOGS: ReadonlySet<string> = new Set(['pg_rewrite', 'pg_attrdef']);

/**
 * Selects the consequences to report. Parts of a reported object are left out: columns, indexes, row types,
 * members of an extension. The tables of a publication are reported, because somebody chose them.
 */
function toldConsequences(
  seeds: readonly Seed[],
  consequences: readonly Consequence[],
): Omissions['leftOut'] {
  const names = new Map<string, string>(seeds.map((seed) => [rowKey(seed), `the ${seed.what} ${seed.name}`]));
  for (const one of consequences)
    if (!names.has(rowKey(one))) names.set(rowKey(one), `the ${one.what} ${one.name}`);
  const told = new Set(seeds.map(rowKey));
  return consequences.flatMap((one) => {
    const { catalog, what, name, cause, part } = one;
    const inSchema = cause.catalog === 'pg_namespace';
    const isTable = one.relation !== undefined && TOLD_KINDS.has(one.relation.kind);
    const worthTelling =
      isTable ||
      one.extension !== undefined ||
      cause.catalog === 'pg_publication' ||
      (!inSchema && !part && !UNTOLD_CATALOGS.has(catalog));
    if (!worthTelling || told.has(rowKey(one))) return [];
    told.add(rowKey(one));
    const reason = inSchema
      ? `it is in ${names.get(rowKey(cause))}, which is left out`
      : `it cannot exist without ${names.get(rowKey(cause)) ?? 'another object'}, which is left out`;
    return [{ what, name, reason }];
  });
}

function withoutLargeObjects(omissions: Omissions, reason: string): Omissions {
  return {
    ...omissions,
    largeObjects: reason,
    leftOut: [...omissions.leftOut, { what: 'large objects', name: 'all', reason }],
  };
}

function unique(seeds: readonly Seed[]): Seed[] {
  return [...new Map(seeds.toReversed().map((seed) => [rowKey(seed), seed])).values()].toReversed();
}

function uniqueRows(rows: readonly RowsLeftOut[]): RowsLeftOut[] {
  return [...new Map(rows.toReversed().map((row) => [row.oid, row])).values()].toReversed();
}

/** Reads the omissions again inside the snapshot: exactly the objects that it leaves out may be unlocked. */
export async function confirmOmissions(
  before: Omissions,
  query: QueryRows,
  profile: HostProfile,
  selection?: BackupSelection,
): Promise<void> {
  const now = await readOmissions(query, profile, selection);
  if (!isDeepStrictEqual(now, before)) throw new SchemaChangedError(['the objects to leave out']);
}
