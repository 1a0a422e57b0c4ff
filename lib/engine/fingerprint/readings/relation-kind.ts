import { onRelation, qualified } from '../identity.ts';
import type { NameReading } from '../reading.ts';

/** The kind of a relation `c` (pg_class.relkind); partitions and partitioned tables are tables. */
export const RELATION_KIND = `CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
  WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'table' END`;

/** The relation `c` in the namespace `n`, as the parent of objects that belong to it. */
export const RELATION: NameReading & { readonly kind: string } = {
  kind: RELATION_KIND,
  parts: ['n.nspname', 'c.relname'],
  format: qualified,
};

/** `name on schema.relation`. */
export function nameOnRelation(name: string): NameReading {
  return { parts: [name, 'n.nspname', 'c.relname'], format: onRelation };
}

export const OF_RELATION = { catalog: 'pg_class', oid: 'c.oid' } as const;
