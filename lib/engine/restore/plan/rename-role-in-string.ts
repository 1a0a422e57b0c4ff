import { quoteIdentifier } from '../../ground/sql.ts';
import type { RoleNames } from './rename-roles.ts';

/**
 * Replaces the role that follows `before`, where both are inside a string constant, as in `' OWNER TO
 * "o''brien"'`: the role is quoted as a name, and then once more as a string.
 */
export function renameRoleInString(text: string, before: string, names: RoleNames): string {
  const at = text.indexOf(before);
  if (at === -1) return text;
  const start = at + before.length;
  const [quoted = ''] = /^"(?:[^"]|"")*"/.exec(text.slice(start)) ?? [];
  const role = quoted.slice(1, -1).replaceAll("''", "'").replaceAll('""', '"');
  const other = Object.hasOwn(names, role) ? names[role] : undefined;
  if (quoted === '' || other === undefined) return text;
  const name = quoteIdentifier(other).replaceAll("'", "''");
  return text.slice(0, start) + name + text.slice(start + quoted.length);
}
