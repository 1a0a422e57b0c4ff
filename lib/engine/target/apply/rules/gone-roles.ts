import { goneRoleIn } from '../../../sql-script/names-of-gone-roles.ts';
import type { Rule } from './rule.ts';

/**
 * Leaves out statements about roles that were already dropped at the source, which earlier versions archived.
 */
export const goneRoles: Rule = (statement, { goneRoles: gone }) => {
  const reason = goneRoleIn(statement, gone);
  return reason === undefined ? undefined : { reason };
};
