import { FIRST_USER_OID } from '../../catalog/user-objects.ts';
import type { Reading } from '../reading.ts';
import { enabled } from './enabled.ts';
import { nameOnRelation, OF_RELATION, RELATION } from './relation-kind.ts';

/** Rules except the `_RETURN` rules of views. */
export function rules(): Reading {
  return {
    kind: `'rule'`,
    name: nameOnRelation('r.rulename'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_rewrite', oid: 'r.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    onlyIf: `pg_catalog.pg_rewrite r WHERE r.oid >= ${FIRST_USER_OID} AND r.rulename <> '_RETURN'`,
    from: `pg_catalog.pg_rewrite r
      JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    where: `r.rulename <> '_RETURN'`,
    facts: {
      event: `CASE r.ev_type WHEN '1' THEN 'select' WHEN '2' THEN 'update' WHEN '3' THEN 'insert' ELSE 'delete' END`,
      instead: 'r.is_instead',
      enabled: enabled('r.ev_enabled'),
    },
    text: { definition: 'pg_catalog.pg_get_ruledef(r.oid)' },
  };
}
