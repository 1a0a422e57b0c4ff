import { FIRST_USER_OID } from '../../catalog/user-objects.ts';
import { withoutKeywordQuotes } from '../identity.ts';
import { type Reading, routine } from '../reading.ts';

export function casts(): Reading {
  return {
    kind: `'cast'`,
    name: {
      parts: ['pg_catalog.format_type(c.castsource, NULL)', 'pg_catalog.format_type(c.casttarget, NULL)'],
      format: (source: string, target: string) =>
        `(${withoutKeywordQuotes(source)} AS ${withoutKeywordQuotes(target)})`,
    },
    address: { catalog: 'pg_cast', oid: 'c.oid' },
    inSchema: false,
    onlyIf: `pg_catalog.pg_cast c WHERE c.oid >= ${FIRST_USER_OID}`,
    from: 'pg_catalog.pg_cast c',
    // A range's cast to its multirange comes with the type.
    where: `c.oid >= ${FIRST_USER_OID} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend made
      WHERE made.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND made.objid = c.oid AND made.deptype = 'i')`,
    facts: {
      context: `CASE c.castcontext WHEN 'a' THEN 'assignment' WHEN 'i' THEN 'implicit' ELSE 'explicit' END`,
      method: `CASE c.castmethod WHEN 'b' THEN 'binary' WHEN 'i' THEN 'inout' ELSE 'function' END`,
      function: routine('c.castfunc'),
    },
  };
}
