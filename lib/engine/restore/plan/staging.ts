import { STAGING_SCHEMA } from '../../catalog/own-schemas.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { ArchivedSchema } from '../archived/archived-schema.ts';
import { readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { NewName, RestorePlan, Staging } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/**
 * The schemas in which tables that get another name, or that take the place of existing ones, are first created
 * under their own names. Defaults, policies and checks refer to them by that name, and follow when they are
 * renamed and moved. Nobody sees the tables before they are complete.
 *
 * All in one schema for a new name; a schema each for what is exchanged, because names may be the same.
 */
export function stagingOf({ relations }: Selection, isRenamed: boolean): Staging {
  const schemas = [...new Set([...relations].map((key) => readRelationKey(key).schema))].sort();
  return new Map(
    schemas.map((schema, index) => [
      schema,
      isRenamed || index === 0 ? STAGING_SCHEMA : `${STAGING_SCHEMA}_${index + 1}`,
    ]),
  );
}

/** Where a relation of the backup is until the restore settles or exchanges it. */
export function stagedPlace<Place extends { readonly schema: string; readonly name: string }>(
  { staging, backup }: Pick<RestorePlan, 'staging' | 'backup'>,
  place: Place,
): Place {
  const schema = staging?.get(place.schema);
  // The target's own table of an extension is filled where it is.
  if (schema === undefined || !backup.schema.relations.has(relationKey(place.schema, place.name)))
    return place;
  return { ...place, schema };
}

/** The same for a key. */
export function stagedKey(plan: Pick<RestorePlan, 'staging' | 'backup'>, key: string): string {
  const { schema, name } = stagedPlace(plan, readRelationKey(key));
  return relationKey(schema, name);
}

/** PostgreSQL's limit, NAMEDATALEN - 1. */
const LONGEST_NAME_BYTES = 63;

/** Maps the keys of the selected relations and their indexes to their keys in the staging schema. */
export function renamedRelations(
  { indexes }: ArchivedSchema,
  { relations }: Selection,
  staging: Staging,
): ReadonlyMap<string, string> {
  const keys = [
    ...relations,
    ...[...indexes].filter(([, table]) => relations.has(table)).map(([index]) => index),
  ];
  return new Map(
    keys.flatMap((key) => {
      const { schema, name } = readRelationKey(key);
      const staged = staging.get(schema);
      return staged === undefined ? [] : [[key, relationKey(staged, name)] as const];
    }),
  );
}

/** Statements that give everything in the staging schema its new name, and move it to its schema. */
export async function settle(target: ServerTarget, { from, to }: NewName): Promise<string[]> {
  const { rows } = await target.execute(`
    SELECT c.relname AS name, c.relkind AS kind, c.relispartition AS partition
      FROM pg_catalog.pg_class c
     WHERE c.relnamespace = ${quoteLiteral(STAGING_SCHEMA)}::pg_catalog.regnamespace
       AND c.relkind IN ('r', 'p', 'f', 'S', 'i', 'I') ORDER BY c.relkind, c.relname`);
  const taken = await namesTaken(target, to.schema);
  const statements: string[] = [];
  const tables: string[] = [];
  for (const { name, kind } of rows) {
    if (name == null || kind == null) continue;
    const wanted = name === from.name ? to.name : newName(name, from.name, to.name);
    const free = name === from.name || !taken.has(wanted) ? wanted : numbered(wanted, taken);
    taken.add(free);
    const word = ALTER_WORDS[kind] ?? 'TABLE';
    const staged = relationKey(STAGING_SCHEMA, name);
    if (free !== name) statements.push(`ALTER ${word} ${staged} RENAME TO ${quoteIdentifier(free)}`);
    if (word === 'TABLE' || word === 'FOREIGN TABLE')
      tables.push(
        `ALTER ${word} ${relationKey(STAGING_SCHEMA, free)} SET SCHEMA ${quoteIdentifier(to.schema)}`,
      );
  }
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(to.schema)}`,
    ...statements,
    // Indexes, constraints and owned sequences go with their tables.
    ...tables,
    `DROP SCHEMA ${quoteIdentifier(STAGING_SCHEMA)}`,
  ];
}

const ALTER_WORDS: Readonly<Record<string, string>> = {
  S: 'SEQUENCE',
  i: 'INDEX',
  I: 'INDEX',
  f: 'FOREIGN TABLE',
};

/**
 * When `users` becomes `users_restored`: `users_pkey` → `users_restored_pkey`, `by_mail` →
 * `users_restored_by_mail`.
 */
export function newName(name: string, from: string, to: string): string {
  return cutName(
    name === from || name.startsWith(`${from}_`) ? to + name.slice(from.length) : `${to}_${name}`,
  );
}

/** The final name of a staged table, for a report; without a number that {@link settle} may add. */
export function settledName(staged: string, { from, to }: NewName): string {
  return `${to.schema}.${newName(staged.slice(STAGING_SCHEMA.length + 1), from.name, to.name)}`;
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = `${cutName(name, LONGEST_NAME_BYTES - String(number).length)}${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Cuts a name to that many bytes, at the end of a character. */
function cutName(name: string, bytes = LONGEST_NAME_BYTES): string {
  let cut = name;
  while (Buffer.byteLength(cut) > bytes) cut = [...cut].slice(0, -1).join('');
  return cut;
}

async function namesTaken(target: ServerTarget, schema: string): Promise<Set<string>> {
  const { rows } = await target.execute(`
    SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = ${quoteLiteral(schema)}`);
  return new Set(rows.map(({ name }) => String(name)));
}
