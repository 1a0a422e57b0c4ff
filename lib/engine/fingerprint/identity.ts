const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
const QUOTED_NAME = /"((?:[^"]|"")*)"/g;

/**
 * Quotes a name where its characters require it. Unlike quote_ident(), it does not quote keywords: their list
 * grows with every major, and one object would have two identities.
 */
export function identifier(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The reverse of {@link identifier}. */
export function nameOf(identity: string): string {
  return identity.startsWith('"') ? identity.slice(1, -1).replaceAll('""', '"') : identity;
}

/** `public.users`, `public.users.id`. */
export function qualified(...names: readonly string[]): string {
  return names.map(identifier).join('.');
}

/**
 * `users_pkey on public.users`: names of constraints, triggers, rules and policies are unique only per
 * relation.
 */
export function onRelation(name: string, schema: string, relation: string): string {
  return `${identifier(name)} on ${qualified(schema, relation)}`;
}

/** `public.total(integer,text)`, with types as format_type() writes them. */
export function signature(schema: string, name: string, argumentTypes: readonly string[]): string {
  return `${qualified(schema, name)}(${argumentTypes.map(withoutKeywordQuotes).join(',')})`;
}

/**
 * Removes quotes that {@link identifier} would not write from the server's text, such as the name of a type.
 */
export function withoutKeywordQuotes(text: string): string {
  return text.includes('"')
    ? text.replace(QUOTED_NAME, (quoted, name: string) => (PLAIN_NAME.test(name) ? name : quoted))
    : text;
}
