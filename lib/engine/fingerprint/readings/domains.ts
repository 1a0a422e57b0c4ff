import { qualified } from '../identity.ts';
import { inOwnSchema, names, type Reading } from '../reading.ts';

export function domains(): Reading {
  return {
    kind: `'domain'`,
    name: { parts: ['n.nspname', 't.typname'], format: qualified },
    address: { catalog: 'pg_type', oid: 't.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_type', 'typnamespace', "o.typtype = 'd'"),
    from: `pg_catalog.pg_type t
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      JOIN pg_catalog.pg_type base ON base.oid = t.typbasetype`,
    where: `t.typtype = 'd'`,
    grants: { kind: 'type', owner: 't.typowner', acl: 't.typacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(t.typowner)',
      base: names('pg_catalog.format_type(t.typbasetype, t.typtypmod)'),
      notNull: 't.typnotnull',
      default: 't.typdefaultbin IS NOT NULL',
      collation: names(`CASE WHEN t.typcollation <> base.typcollation
        THEN NULLIF(t.typcollation, 0)::pg_catalog.regcollation::text END`),
    },
    text: { default: 'pg_catalog.pg_get_expr(t.typdefaultbin, 0)' },
  };
}
