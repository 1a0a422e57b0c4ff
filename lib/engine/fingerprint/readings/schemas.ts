import { qualified } from '../identity.ts';
import type { Reading } from '../reading.ts';

export function schemas(): Reading {
  return {
    kind: `'schema'`,
    name: { parts: ['n.nspname'], format: qualified },
    address: { catalog: 'pg_namespace', oid: 'n.oid' },
    inSchema: true,
    from: 'pg_catalog.pg_namespace n',
    grants: { kind: 'schema', owner: 'n.nspowner', acl: 'n.nspacl' },
    facts: { owner: 'pg_catalog.pg_get_userbyid(n.nspowner)' },
  };
}
