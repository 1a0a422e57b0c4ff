import { identifier } from '../identity.ts';
import { type Reading, routine } from '../reading.ts';

const ADDED = `l.lanispl AND l.lanname <> 'plpgsql'`;

export function languages(): Reading {
  return {
    kind: `'language'`,
    name: { parts: ['l.lanname'], format: identifier },
    address: { catalog: 'pg_language', oid: 'l.oid' },
    inSchema: false,
    onlyIf: `pg_catalog.pg_language l WHERE ${ADDED}`,
    from: 'pg_catalog.pg_language l',
    where: ADDED,
    grants: { kind: 'language', owner: 'l.lanowner', acl: 'l.lanacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(l.lanowner)',
      trusted: 'l.lanpltrusted',
      handler: routine('l.lanplcallfoid'),
      inline: routine('l.laninline'),
      validator: routine('l.lanvalidator'),
    },
  };
}
