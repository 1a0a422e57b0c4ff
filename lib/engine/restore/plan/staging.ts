import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { ArchivedSchema } from '../archived/archived-schema.ts';
import { readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { NewName } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/**
 * The schema in which a table that gets another name is first created, under its own name. Defaults, policies
 * and checks refer to it by that name, and follow when it is renamed and moved. Nobody sees the table before
 * it is complete.
 */
export const STAGING_SCHEMA = 'lifeboat_staging';

/** PostgreSQL's limit, NAMEDATALEN - 1. */
const LONGEST_NAME_BYTES = 63;

/** Maps the keys of the selected relations and their indexes to their keys in the staging schema. */
export function renamedRelations(
  { indexes }: ArchivedSchema,
  { relations }: Selection,
): ReadonlyMap<string, string> {
  const keys = [
    ...relations,
    ...[...indexes].filter(([, table]) => relations.has(table)).map(([index]) => index),
  ];
  return new Map(keys.map((key) => [key, relationKey(STAGING_SCHEMA, readRelationKey(key).name)]));
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
