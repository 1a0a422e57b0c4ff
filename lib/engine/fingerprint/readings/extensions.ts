import { identifier } from '../identity.ts';
import type { Reading } from '../reading.ts';

const ADDED = `e.extname <> 'plpgsql'`;

/** Extensions except plpgsql, which initdb installs in every database. */
export function extensions(): Reading {
  return {
    kind: `'extension'`,
    name: { parts: ['e.extname'], format: identifier },
    address: { catalog: 'pg_extension', oid: 'e.oid' },
    inSchema: false,
    onlyIf: `pg_catalog.pg_extension e WHERE ${ADDED}`,
    from: `pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
    where: ADDED,
    facts: { schema: 'n.nspname' },
    // A target may have another version. The objects of an extension are not compared.
    notes: { version: 'e.extversion' },
  };
}
