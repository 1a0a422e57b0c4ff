import { qualifiedName } from '../../ground/sql.ts';
import { significantTokens, TokenReader } from '../../sql-script/tokens.ts';

/** `"public"."users"`: a relation's key in maps, and its name in SQL. */
export function relationKey(schema: string | undefined, name: string): string {
  return qualifiedName(schema ?? '', name);
}

/** The reverse of {@link relationKey}. */
export function readRelationKey(key: string): { readonly schema: string; readonly name: string } {
  const [schema = '', name = ''] = new TokenReader(significantTokens(key)).readDottedName() ?? [];
  return { schema, name };
}

/** `public.users`, for people. */
export function plainName(key: string): string {
  const { schema, name } = readRelationKey(key);
  return `${schema}.${name}`;
}
