import { type Reading, unorderedNames } from '../reading.ts';
import { nameOnRelation, OF_RELATION, RELATION } from './relation-kind.ts';

export function policies(): Reading {
  return {
    kind: `'policy'`,
    name: nameOnRelation('p.polname'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_policy', oid: 'p.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    onlyIf: 'pg_catalog.pg_policy',
    from: `pg_catalog.pg_policy p
      JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    facts: {
      command: `CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete' ELSE 'all' END`,
      restrictive: 'NOT p.polpermissive',
      roles: unorderedNames(`(SELECT pg_catalog.array_agg(CASE member.oid WHEN 0 THEN 'PUBLIC'
          ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(member.oid)) END)
        FROM unnest(p.polroles) member(oid))`),
      using: 'p.polqual IS NOT NULL',
      withCheck: 'p.polwithcheck IS NOT NULL',
    },
    text: {
      using: 'pg_catalog.pg_get_expr(p.polqual, p.polrelid)',
      withCheck: 'pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)',
    },
  };
}
