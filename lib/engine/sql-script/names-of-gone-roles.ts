import type { StatementTarget } from './statement-target.ts';
import { type Token, TokenReader, wordOf } from './tokens.ts';

/** The parts of a statement that may name a role that is gone. */
interface Statement {
  readonly target: StatementTarget;
  tokens(): readonly Token[];
}

/**
 * The first OID that PostgreSQL gives to objects of users (PostgreSQL manual, "System Catalog Initial Data").
 */
const FIRST_USER_OID = 16_384;
const LAST_OID = 0xffff_ffff;

/**
 * Says why no server can run a statement that names a role which is gone; undefined if it names none. pg_dump
 * writes the OID of such a role instead of its name, nothing instead of a policy's last role, and an empty
 * name for the user of a mapping.
 */
export function goneRoleIn({ target, tokens }: Statement, gone: ReadonlySet<string>): string | undefined {
  const { verb, objectType, roles } = target;
  const oid = rolesNamed(target).find((role) => gone.has(role));
  if (oid !== undefined) return `the role with the OID ${oid} is gone at the source`;
  if (objectType === 'USER MAPPING' && roles.includes('')) return 'its role is gone at the source';
  if (verb === 'CREATE' && objectType === 'POLICY' && isForNobody(tokens())) {
    return 'all its roles are gone at the source';
  }
  return undefined;
}

/** The OIDs that statements name instead of a role. `roles` are the roles that the source has. */
export function goneRolesOf(
  statements: ReadonlyArray<Pick<Statement, 'target'>>,
  roles: readonly string[],
): ReadonlySet<string> {
  const known = new Set(roles);
  const named = statements.flatMap(({ target }) => rolesNamed(target));
  return new Set(named.filter((role) => isUserOid(role) && !known.has(role)));
}

function rolesNamed({ verb, name, value, roles }: StatementTarget): readonly string[] {
  const speaks = verb === 'SET' && name === 'session_authorization' && value !== undefined;
  return speaks ? [value] : roles;
}

/** Whether a name could be the OID of a role that a user made. */
function isUserOid(name: string): boolean {
  return /^[1-9]\d{4,9}$/.test(name) && Number(name) >= FIRST_USER_OID && Number(name) <= LAST_OID;
}

/**
 * Whether it is `TO  USING (…)`, without a role. Both words are reserved, so an unquoted one is never a
 * role's name.
 */
function isForNobody(tokens: readonly Token[]): boolean {
  const reader = new TokenReader(tokens);
  if (!reader.seekWord('TO')) return false;
  const next = reader.peek(1);
  return next === undefined || next.text === ';' || ['USING', 'WITH'].includes(wordOf(next) ?? '');
}
