const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;
const QUOTED_NAME = /"((?:[^"]|"")*)"/g;

/**
 * A name, quoted where its characters ask for it. Unlike quote_ident() not where it is a keyword: that list grows with
 * every major, and one object would have two identities.
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

/** `users_pkey on public.users`: constraints, triggers, rules and policies have names only within their relation. */
export function onRelation(name: string, schema: string, relation: string): string {
  return `${identifier(name)} on ${qualified(schema, relation)}`;
}

/** `public.total(integer,text)`; types as format_type() writes them. */
export function signature(schema: string, name: string, argumentTypes: readonly string[]): string {
  return `${qualified(schema, name)}(${argumentTypes.map(withoutKeywordQuotes).join(',')})`;
}

/** Takes the quotes off names that {@link identifier} would not quote, in text that the server wrote, such as a type's name. */
export function withoutKeywordQuotes(text: string): string {
  return text.includes('"')
    ? text.replace(QUOTED_NAME, (quoted, name: string) => (PLAIN_NAME.test(name) ? name : quoted))
    : text;
}
