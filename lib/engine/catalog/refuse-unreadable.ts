import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Omissions } from './omissions.ts';
import { unreadableRelations } from './tables.ts';

/** Throws `source-rows-hidden` or `source-tables-unreadable` if a backup by this role would lack rows. */
export async function refuseUnreadable(query: QueryRows, omissions?: Omissions): Promise<void> {
  const unreadable = await unreadableRelations(query, omissions);
  const [first] = unreadable;
  if (!first) return;
  const [role] = await query('SELECT pg_catalog.quote_ident(CURRENT_USER) AS name');
  const hidden = unreadable.filter(({ why }) => why === 'row-security');
  const names = (list: typeof unreadable) =>
    `${list
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}${list.length > 5 ? ` and ${list.length - 5} more` : ''}`;
  if (hidden.length > 0) {
    throw new LifeboatError({
      code: 'source-rows-hidden',
      kind: 'source',
      what: `Row-level security hides rows from ${role?.name} in ${names(hidden)}.`,
      meaning: 'A backup by this role would miss rows without an error.',
      remedy: `As a superuser or the host's admin role: ALTER ROLE ${role?.name} BYPASSRLS; or back up as the owner, unless the table has FORCE ROW LEVEL SECURITY.`,
    });
  }
  throw new LifeboatError({
    code: 'source-tables-unreadable',
    kind: 'source',
    what: `${role?.name} may not read ${names(unreadable)}.`,
    meaning: 'A backup without them would be incomplete.',
    remedy: `GRANT pg_read_all_data TO ${role?.name} (14 and later), or GRANT SELECT on these and USAGE on their schemas.`,
  });
}
