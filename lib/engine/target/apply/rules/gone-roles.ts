import { goneRoleIn } from '../../../sql-script/names-of-gone-roles.ts';
import type { Rule } from './rule.ts';

/** What earlier versions archived of roles that were gone at the source already: nobody is to be made for it. */
export const goneRoles: Rule = (statement, { goneRoles: gone }) => {
  const reason = goneRoleIn(statement, gone);
  return reason === undefined ? undefined : { reason };
};
