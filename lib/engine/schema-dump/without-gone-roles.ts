import { goneRoleIn } from '../sql-script/names-of-gone-roles.ts';
import { targetOf } from '../sql-script/statement-target.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { significantTokens } from '../sql-script/tokens.ts';

const MAY_NAME_ROLES = /^(?:GRANT|REVOKE|ALTER|SET\s+SESSION|RESET\s+SESSION|CREATE\s+(?:POLICY|USER))\b/i;

/** If no role is gone by its OID, only user mappings and policies can lack theirs. */
const MAY_LACK_ROLE = /user|policy/i;

/**
 * Removes statements about dropped roles, which pg_dump names by their OIDs: grants to them, owners, default
 * privileges, mappings, and policies for such roles only. Grants by such a role become grants by the owner.
 * Everything else stays unchanged, byte for byte.
 */
export function withoutGoneRoles(script: Buffer, gone: ReadonlySet<string>): Buffer {
  const text = script.toString('latin1');
  const pieces: string[] = [];
  let kept = 0;
  let speaksForGone = false;
  for (const statement of splitStatements(text)) {
    if (!MAY_NAME_ROLES.test(statement.text)) continue;
    if (gone.size === 0 && !MAY_LACK_ROLE.test(statement.text)) continue;
    const target = targetOf(statement);
    const isGone =
      goneRoleIn({ target, tokens: () => significantTokens(statement.text) }, gone) !== undefined;
    const endsSpeaking = speaksForGone && target.verb === 'RESET';
    if (isGone && target.verb === 'SET') speaksForGone = true;
    if (endsSpeaking) speaksForGone = false;
    if (!isGone && !endsSpeaking) continue;
    pieces.push(text.slice(kept, statement.start));
    kept = statement.end;
  }
  if (kept === 0) return script;
  return Buffer.from(pieces.join('') + text.slice(kept), 'latin1');
}
