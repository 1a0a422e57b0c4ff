import { qualified } from '../identity.ts';
import { inOwnSchema, type Reading, routine } from '../reading.ts';

export function conversions(): Reading {
  return {
    kind: `'conversion'`,
    name: { parts: ['n.nspname', 'c.conname'], format: qualified },
    address: { catalog: 'pg_conversion', oid: 'c.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_conversion', 'connamespace'),
    from: `pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace`,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(c.conowner)',
      from: 'pg_catalog.pg_encoding_to_char(c.conforencoding)',
      to: 'pg_catalog.pg_encoding_to_char(c.contoencoding)',
      function: routine('c.conproc'),
      default: 'c.condefault',
    },
  };
}
