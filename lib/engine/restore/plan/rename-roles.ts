import { quoteIdentifier } from '../../ground/sql.ts';
import { decodeName } from '../../sql-script/names.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';
import { type ReplacedPart, replaceParts } from '../archived/replace-parts.ts';

export type RoleNames = Readonly<Record<string, string>>;

/** Words before roles: OWNER TO, GRANT … TO, REVOKE … FROM, FOR ROLE, a policy's TO, a user mapping's FOR. */
const BEFORE_ROLES: ReadonlySet<string> = new Set([
  'TO',
  'FROM',
  'ROLE',
  'USER',
  'FOR',
  'AUTHORIZATION',
  'GROUP',
]);

/** Replaces the roles that a statement names; the rest of it stays. */
export function renameRoles(statement: string, names: RoleNames): string {
  if (!rolesNamedIn(statement).some((role) => Object.hasOwn(names, role))) return statement;
  const parts: ReplacedPart[] = [];
  let place: 'outside' | 'before a role' | 'behind a role' = 'outside';
  for (const token of significantTokens(statement)) {
    if (token.depth > 0) continue;
    if (BEFORE_ROLES.has(wordOf(token) ?? '') || (place === 'behind a role' && token.text === ',')) {
      place = 'before a role';
      continue;
    }
    const role: string | undefined = place === 'before a role' ? roleIn(token) : undefined;
    place = role === undefined ? 'outside' : 'behind a role';
    const other = role !== undefined && Object.hasOwn(names, role) ? names[role] : undefined;
    if (other !== undefined) parts.push({ start: token.start, end: token.end, text: quoteIdentifier(other) });
  }
  return replaceParts(statement, parts);
}

/** Roles that a statement of a schema script names; `public` is not a role. */
export function rolesNamedIn(statement: string): string[] {
  const { roles, verb, name, value } = statementTarget(statement);
  const setsRole = verb === 'SET' && name === 'session_authorization' && value !== undefined;
  return [...roles, ...(setsRole ? [value] : [])].filter((role) => role !== 'public' && role !== 'default');
}

function roleIn({ kind, text }: Token): string | undefined {
  return kind === 'word' || kind === 'quoted-name' ? decodeName(kind, text) : undefined;
}
