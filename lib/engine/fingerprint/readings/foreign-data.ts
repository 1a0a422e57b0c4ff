import { identifier } from '../identity.ts';
import { foreignOptions, type Reading, routine } from '../reading.ts';

export function foreignDataWrappers(major: number): Reading {
  return {
    kind: `'foreign data wrapper'`,
    name: { parts: ['f.fdwname'], format: identifier },
    address: { catalog: 'pg_foreign_data_wrapper', oid: 'f.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_foreign_data_wrapper',
    from: 'pg_catalog.pg_foreign_data_wrapper f',
    grants: { kind: 'foreign data wrapper', owner: 'f.fdwowner', acl: 'f.fdwacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(f.fdwowner)',
      handler: routine('f.fdwhandler'),
      validator: routine('f.fdwvalidator'),
      ...(major >= 19 ? { connection: routine('f.fdwconnection') } : {}),
      options: foreignOptions('f.fdwoptions', 'FOREIGN DATA WRAPPER'),
    },
  };
}

export function servers(): Reading {
  return {
    kind: `'server'`,
    name: { parts: ['s.srvname'], format: identifier },
    address: { catalog: 'pg_foreign_server', oid: 's.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_foreign_server',
    from: `pg_catalog.pg_foreign_server s
      JOIN pg_catalog.pg_foreign_data_wrapper f ON f.oid = s.srvfdw`,
    grants: { kind: 'server', owner: 's.srvowner', acl: 's.srvacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(s.srvowner)',
      wrapper: 'f.fdwname',
      type: 's.srvtype',
      version: 's.srvversion',
      options: foreignOptions('s.srvoptions', 'SERVER'),
    },
  };
}

/** Reads only that a user mapping exists: its options hold passwords, and only their owner may read them. */
export function userMappings(): Reading {
  return {
    kind: `'user mapping'`,
    name: {
      parts: ['CASE WHEN m.umuser <> 0 THEN m.usename END', 'm.srvname'],
      format: (user: string | null, server: string) =>
        `${user === null ? 'PUBLIC' : identifier(user)} on server ${identifier(server)}`,
    },
    parent: { kind: `'server'`, parts: ['m.srvname'], format: identifier },
    address: { catalog: 'pg_user_mapping', oid: 'm.umid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_foreign_server',
    from: 'pg_catalog.pg_user_mappings m',
    // The mapping of a dropped role cannot be restored for anybody.
    where: 'm.umuser = 0 OR m.usename IS NOT NULL',
  };
}
