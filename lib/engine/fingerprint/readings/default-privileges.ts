import { type AclItem, aclItems } from '../../catalog/acl-items.ts';
import { type GrantKind, grantLines } from '../grants.ts';
import { identifier } from '../identity.ts';
import type { Reading } from '../reading.ts';

/** Kinds of objects by pg_default_acl.defaclobjtype. */
const OBJECTS: Readonly<Record<string, { readonly plural: string; readonly kind: GrantKind }>> = {
  r: { plural: 'tables', kind: 'table' },
  S: { plural: 'sequences', kind: 'sequence' },
  f: { plural: 'functions', kind: 'function' },
  T: { plural: 'types', kind: 'type' },
  n: { plural: 'schemas', kind: 'schema' },
  L: { plural: 'large objects', kind: 'large object' },
};

/** The kind of object that an identity's plural word means, such as `tables`. */
export function kindOfDefaultPrivileges(plural: string): GrantKind {
  return Object.values(OBJECTS).find((one) => one.plural === plural)?.kind ?? 'table';
}

export function defaultPrivileges(major: number): Reading {
  return {
    kind: `'default privileges'`,
    name: {
      parts: ['pg_catalog.pg_get_userbyid(d.defaclrole)', 'n.nspname', 'd.defaclobjtype'],
      format: (role: string, schema: string | null, type: string) =>
        `for role ${identifier(role)}${schema === null ? '' : ` in schema ${identifier(schema)}`} on ${
          OBJECTS[type]?.plural ?? type
        }`,
    },
    address: { catalog: 'pg_default_acl', oid: 'd.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_default_acl',
    from: `pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace`,
    facts: {
      grants: {
        sql: `pg_catalog.json_build_array(d.defaclobjtype, pg_catalog.pg_get_userbyid(d.defaclrole),
          ${aclItems('d.defaclacl')})`,
        keep: (value) => {
          const [type, role, items] = value as [string, string, AclItem[]];
          return grantLines(OBJECTS[type]?.kind ?? 'table', role, items, major);
        },
      },
    },
  };
}
