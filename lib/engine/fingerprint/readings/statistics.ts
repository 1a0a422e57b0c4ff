import { qualified } from '../identity.ts';
import { type Reading, unordered, unorderedNames } from '../reading.ts';
import { RELATION } from './relation-kind.ts';

/** Extended statistics. */
export function statistics(major: number): Reading {
  return {
    kind: `'statistics'`,
    name: { parts: ['sn.nspname', 's.stxname'], format: qualified },
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_statistic_ext', oid: 's.oid' },
    inSchema: true,
    onlyIf: 'pg_catalog.pg_statistic_ext',
    from: `pg_catalog.pg_statistic_ext s
      JOIN pg_catalog.pg_namespace sn ON sn.oid = s.stxnamespace
      JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(s.stxowner)',
      kinds: unordered('s.stxkind::text[]'),
      columns: unorderedNames(`(SELECT pg_catalog.array_agg(pg_catalog.quote_ident(a.attname))
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::int2[]))`),
      ...(major >= 14 ? { expressions: 's.stxexprs IS NOT NULL' } : {}),
      target: 'CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END',
    },
    text: { definition: 'pg_catalog.pg_get_statisticsobjdef(s.oid)' },
  };
}
