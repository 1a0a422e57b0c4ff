import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { TokenKind } from '../sql-script/scanner.ts';
import { significantTokens } from '../sql-script/tokens.ts';
import { catalogMajor } from './catalog-major.ts';
import { FIRST_USER_OID } from './user-objects.ts';

/** NOT NULL of a column has a name from 18 on (release notes of 18). */
const FIRST_MAJOR_WITH_NAMES = 18;

/** Of these a name may consist that is to be told from the words around it. */
const KINDS: ReadonlySet<TokenKind> = new Set(['word', 'number', 'operator', 'punctuation']);

/**
 * Refuses the name of a child's own NOT NULL that would be SQL: of a column that it inherits pg_dump 18.3 to 19rc1 write the name
 * as it stands. One that is odd and no more is put in quotes (sql-script/majors/fit-to-major.ts); where it has a comma, a quote, a
 * semicolon or half a pair of parentheses, nobody can tell from the dump where it ends. Throws `source-unquoted-name`.
 */
export async function refuseUnquotedNames(query: QueryRows): Promise<void> {
  if ((await catalogMajor(query)) < FIRST_MAJOR_WITH_NAMES) return;
  const rows = await query(`
    SELECT c.oid::pg_catalog.regclass::text AS table, pg_catalog.quote_ident(a.attname) AS column, k.conname::text AS name
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
     WHERE k.contype = 'n' AND k.oid >= ${FIRST_USER_OID} AND k.conislocal AND NOT a.attislocal AND NOT c.relispartition
       AND k.conname !~ '^[a-z_][a-z0-9_]*$'`);
  const found = rows.find(({ name }) => !hasAnEnd(String(name)));
  if (found === undefined) return;
  throw new LifeboatError({
    code: 'source-unquoted-name',
    kind: 'source',
    what: `The NOT NULL of the column ${found.column} of ${found.table} has a name that pg_dump writes into the dump as SQL, for it forgets the quotes there.`,
    meaning: 'Whoever restored the backup would run what is in that name. No backup was made.',
    remedy: `Find out who gave it, then give it another one: ALTER TABLE ${found.table} RENAME CONSTRAINT … TO ….`,
  });
}

/** Whether a name without its quotes can be told from `CONSTRAINT` before and `NOT NULL` behind it. */
export function hasAnEnd(name: string): boolean {
  if (/--|\/\*|[;\\$'"[\]]/.test(name)) return false;
  const tokens = significantTokens(name);
  let depth = 0;
  for (const { kind, text } of tokens) {
    if (!KINDS.has(kind)) return false;
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth < 0 || (text === ',' && depth === 0)) return false;
  }
  return depth === 0 && tokens.at(0)?.start === 0 && tokens.at(-1)?.end === name.length;
}
