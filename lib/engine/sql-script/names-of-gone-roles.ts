import type { StatementTarget } from './statement-target.ts';
import { type Token, TokenReader, wordOf } from './tokens.ts';

/** What of a statement is known to name a role that is gone. */
interface Statement {
  readonly target: StatementTarget;
  tokens(): readonly Token[];
}

/** The first OID that PostgreSQL gives to what users make (PostgreSQL manual, "System Catalog Initial Data"). */
const FIRST_USER_OID = 16_384;
const LAST_OID = 0xffff_ffff;

/**
 * Why a statement cannot be run anywhere, if it is that it names a role that is gone: pg_dump writes such a role's OID in the
 * place of its name, nothing in the place of a policy's last role, and an empty name for the user of a mapping.
 */
export function goneRoleIn({ target, tokens }: Statement, gone: ReadonlySet<string>): string | undefined {
  const { verb, objectType, roles } = target;
  const oid = rolesNamed(target).find((role) => gone.has(role));
  if (oid !== undefined) return `the role with the OID ${oid} is gone at the source`;
  if (objectType === 'USER MAPPING' && roles.includes('')) return 'its role is gone at the source';
  if (verb === 'CREATE' && objectType === 'POLICY' && isForNobody(tokens())) {
    return 'every role that it is for is gone at the source';
  }
  return undefined;
}

/** The OIDs that statements name in the place of a role, of a source that has these roles. */
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

/** `TO  USING (…)`: both words are reserved, so that no role is called by one of them without quotes. */
function isForNobody(tokens: readonly Token[]): boolean {
  const reader = new TokenReader(tokens);
  if (!reader.seekWord('TO')) return false;
  const next = reader.peek(1);
  return next === undefined || next.text === ';' || ['USING', 'WITH'].includes(wordOf(next) ?? '');
}
