import { LifeboatError } from '../../ground/errors.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';

/** What was asked for: a whole schema under another name, or several tables. */
export type AskedCopy =
  | { readonly kind: 'schema'; readonly from: string; readonly to: string }
  | { readonly kind: 'tables'; readonly schema: string | undefined; readonly suffix: string };

/** PostgreSQL's limit, NAMEDATALEN - 1. */
export const LONGEST_NAME_BYTES = 63;

/** Reads --as-schema and --as-suffix. Undefined if there is neither; throws `restore-as-unusable`. */
export function askedCopy(scope: RestoreScope): AskedCopy | undefined {
  const { asSchema, asSuffix, tables = [], schemas = [], as, content, dependents } = scope;
  if (asSchema === undefined && asSuffix === undefined) return undefined;
  const option = asSchema === undefined ? '--as-suffix' : '--as-schema';
  if (as !== undefined) throw unusable(`--as and ${option} cannot be used together.`);
  if (content === 'data')
    throw unusable(`${option} creates tables, and --data-only only fills existing ones.`);
  if (dependents !== undefined)
    throw unusable(`A copy has no dependents: nothing refers to it. Leave out --${dependents}-dependents.`);
  for (const [flag, text] of [
    ['--as-schema', asSchema],
    ['--as-suffix', asSuffix],
  ] as const) {
    const problem = text === undefined ? undefined : problemOf(text, flag);
    if (problem !== undefined) throw unusable(`${flag} ${text} ${problem}.`);
  }
  const [from, ...more] = schemas;
  if (from !== undefined) {
    if (asSchema === undefined)
      throw unusable(
        '--as-suffix gives tables other names, and needs --table. For a schema, use --as-schema.',
      );
    if (more.length > 0 || tables.length > 0 || asSuffix !== undefined)
      throw unusable('--as-schema takes one --schema, or tables, but not both.');
    if (from === asSchema) throw unusable(`--as-schema ${asSchema} is the name that the schema has already.`);
    return { kind: 'schema', from, to: asSchema };
  }
  if (tables.length === 0)
    throw unusable(`${option} needs --table${asSchema === undefined ? '' : ', or one --schema'}.`);
  return { kind: 'tables', schema: asSchema, suffix: asSuffix ?? '' };
}

function problemOf(text: string, flag: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.includes('\0')) return 'has a character that no name can have';
  if (Buffer.byteLength(text) > LONGEST_NAME_BYTES)
    return `is longer than the ${LONGEST_NAME_BYTES} bytes of a name`;
  if (flag === '--as-schema' && (/^pg_/.test(text) || text === 'information_schema'))
    return "is one of PostgreSQL's own names";
  if (flag === '--as-schema' && /^lifeboat_(?:staging|restore)/.test(text))
    return 'is a name that a restore uses itself';
  return undefined;
}

export function unusable(what: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-as-unusable',
    kind: 'usage',
    what,
    meaning: 'Nothing was restored.',
    remedy:
      'Write for example `--schema app --as-schema app_then`, `--table orders --table lines --as-suffix _then`, or `--table orders --table lines --as-schema then`.',
  });
}
