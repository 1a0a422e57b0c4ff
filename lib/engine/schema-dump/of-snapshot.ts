/**
 * What may stand before a parenthesis in a query of pg_dump whose answer the snapshot alone decides: SQL, and
 * functions that look nothing up.
 */
const HARMLESS_CALLS = new Set([
  ...['acldefault', 'array_remove', 'array_to_string', 'coalesce', 'current_schemas', 'pg_is_in_recovery'],
  ...['pg_options_to_table', 'quote_ident', 'quote_literal', 'set_config', 'unnest'],
  ...[
    'and',
    'any',
    'array',
    'as',
    'case',
    'else',
    'exists',
    'from',
    'in',
    'join',
    'not',
    'on',
    'or',
    'select',
  ],
  // `unnest(evttags) as t(x)`
  ...['t', 'then', 'when', 'where'],
]);

const HARMLESS_CASTS = new Set(['char', 'oid', 'regclass', 'regproc', 'text']);

const LITERAL = /'(?:[^']|'')*'/g;
const CALL = /([\w"]+)\s*\(/g;
const CAST = /::\s*(?:pg_catalog\.)?"?(\w+)"?/g;

/**
 * Whether the snapshot alone decides what the server answers to this query of pg_dump. To write the definition
 * of a view, for example, the server looks into the newest catalog. An unknown query counts as such.
 *
 * The server also looks for the newest names of functions (`regproc`) and of roles (in grants). Whoever
 * renames one after the snapshot is found out at any time, because the fingerprint has the names of the
 * snapshot.
 */
export function isOfSnapshot(query: string): boolean {
  if (/^(?:SET|LOCK TABLE) /i.test(query)) return true;
  if (!query.startsWith('SELECT ')) return false;
  const bare = query.replace(LITERAL, "''");
  return (
    !bare.includes('pg_seclabels') &&
    [...bare.matchAll(CALL)].every(([, word]) => HARMLESS_CALLS.has(String(word).toLowerCase())) &&
    [...bare.matchAll(CAST)].every(([, type]) => HARMLESS_CASTS.has(String(type)))
  );
}
