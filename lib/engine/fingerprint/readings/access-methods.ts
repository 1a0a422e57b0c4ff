import { FIRST_USER_OID } from '../../catalog/user-objects.ts';
import { identifier } from '../identity.ts';
import { type Reading, routine } from '../reading.ts';

const ADDED = `m.oid >= ${FIRST_USER_OID}`;

export function accessMethods(): Reading {
  return {
    kind: `'access method'`,
    name: { parts: ['m.amname'], format: identifier },
    address: { catalog: 'pg_am', oid: 'm.oid' },
    inSchema: false,
    onlyIf: `pg_catalog.pg_am m WHERE ${ADDED}`,
    from: 'pg_catalog.pg_am m',
    where: ADDED,
    facts: {
      type: `CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END`,
      handler: routine('m.amhandler'),
    },
  };
}
