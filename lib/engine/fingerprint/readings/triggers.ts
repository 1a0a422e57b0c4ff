import { hashed, names, type Reading, routine } from '../reading.ts';
import { enabled } from './enabled.ts';
import { nameOnRelation, OF_RELATION, RELATION } from './relation-kind.ts';

/** Bits of pg_trigger.tgtype (PostgreSQL's catalog/pg_trigger.h). */
const EVENTS = `pg_catalog.to_json(pg_catalog.array_remove(ARRAY[
  CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END,
  CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END], NULL))`;

/**
 * Reads declared triggers. Of the copies of a partitioned table's trigger on its partitions, it reads those
 * that were enabled or disabled separately.
 */
export function triggers(): Reading {
  return {
    kind: `'trigger'`,
    name: nameOnRelation('t.tgname'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_trigger', oid: 't.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    onlyIf: 'pg_catalog.pg_trigger',
    from: `pg_catalog.pg_trigger t
      JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_trigger original ON original.oid = t.tgparentid`,
    where: `CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal
                 ELSE t.tgenabled <> original.tgenabled AND NOT original.tgisinternal END`,
    facts: {
      timing: `CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead of' ELSE 'after' END`,
      events: EVENTS,
      level: `CASE WHEN t.tgtype & 1 <> 0 THEN 'row' ELSE 'statement' END`,
      columns: `(SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr::int2[]))`,
      condition: 't.tgqual IS NOT NULL',
      function: routine('t.tgfoid'),
      arguments: hashed(`NULLIF(pg_catalog.encode(t.tgargs, 'hex'), '')`),
      enabled: enabled('t.tgenabled'),
      constraint: 't.tgconstraint <> 0',
      deferrable: 't.tgdeferrable',
      initiallyDeferred: 't.tginitdeferred',
      constraintFrom: names('NULLIF(t.tgconstrrelid, 0)::pg_catalog.regclass::text'),
      oldTable: 't.tgoldtable',
      newTable: 't.tgnewtable',
    },
    text: { definition: 'pg_catalog.pg_get_triggerdef(t.oid)' },
  };
}
