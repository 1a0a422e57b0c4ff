import { qualified } from '../identity.ts';
import { type Fact, hashed, names, type Reading, unordered } from '../reading.ts';
import { ofDetaching } from './detaching.ts';
import { nameOnRelation, OF_RELATION, RELATION } from './relation-kind.ts';

const FROM = `pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am method ON method.oid = x.relam
  LEFT JOIN pg_catalog.pg_tablespace place ON place.oid = x.reltablespace
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = x.oid
  LEFT JOIN pg_catalog.pg_constraint k
    ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')`;

/**
 * One string per column: its name, and all properties that are not the default of its type and method. OFFSET
 * keeps the server from reading all operator classes for each index, which it would prefer: it expects ten
 * columns of every index.
 */
const COLUMNS = `
  (SELECT pg_catalog.json_agg(
            CASE WHEN key.attnum = 0 THEN '(expression)' ELSE pg_catalog.quote_ident(a.attname) END ||
            CASE WHEN key.opclass IS NULL THEN ' included' ELSE '' END ||
            CASE WHEN NOT o.opcdefault THEN ' ' || pg_catalog.quote_ident(o.opcname) ELSE '' END ||
            CASE WHEN key.coll NOT IN (0, coalesce(a.attcollation, key.coll))
                 THEN ' collate ' || key.coll::pg_catalog.regcollation::text ELSE '' END ||
            CASE WHEN key.options & 1 = 1 THEN ' desc' ELSE '' END ||
            CASE WHEN key.options & 3 IN (1, 2) THEN CASE WHEN key.options & 2 = 2 THEN ' nulls first'
                                                          ELSE ' nulls last' END ELSE '' END
            ORDER BY key.position)
     FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
            WITH ORDINALITY key(attnum, opclass, coll, options, position)
     LEFT JOIN LATERAL (SELECT o.opcdefault, o.opcname FROM pg_catalog.pg_opclass o
                         WHERE o.oid = key.opclass OFFSET 0) o ON true
     LEFT JOIN LATERAL (SELECT a.attname, a.attcollation FROM pg_catalog.pg_attribute a
                         WHERE a.attrelid = i.indrelid AND a.attnum = key.attnum OFFSET 0) a ON true)`;

const STATISTICS_TARGETS = `
  (SELECT pg_catalog.json_agg(a.attnum || ': ' || a.attstattarget ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0)`;

function indexFacts(major: number): Record<string, Fact> {
  return {
    method: `NULLIF(method.amname, 'btree')`,
    columns: names(COLUMNS),
    ...(major >= 15 ? { nullsNotDistinct: 'i.indnullsnotdistinct' } : {}),
    clustered: 'i.indisclustered',
    options: unordered('x.reloptions'),
    statisticsTargets: STATISTICS_TARGETS,
    attachedTo: names(
      `CASE WHEN NOT ${ofDetaching(major, 'i.indrelid')} THEN h.inhparent::pg_catalog.regclass::text END`,
    ),
  };
}

/** Indexes that no constraint owns. */
export function indexes(major: number): Reading {
  return {
    kind: `'index'`,
    name: { parts: ['n.nspname', 'x.relname'], format: qualified },
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_class', oid: 'x.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    from: FROM,
    where: 'k.oid IS NULL',
    facts: {
      ...indexFacts(major),
      unique: 'i.indisunique',
      partial: 'i.indpred IS NOT NULL',
      invalid: 'NOT i.indisvalid',
      partitioned: `x.relkind = 'I'`,
    },
    text: { definition: 'pg_catalog.pg_get_indexdef(x.oid)' },
    notes: { tablespace: 'place.spcname' },
  };
}

/** Primary keys, unique and exclusion constraints, each with the index of the same name that enforces it. */
export function indexConstraints(major: number): Reading {
  return {
    kind: `'constraint'`,
    name: nameOnRelation('k.conname'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_constraint', oid: 'k.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    from: `${FROM}
      LEFT JOIN pg_catalog.pg_description index_remark
        ON index_remark.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND index_remark.objoid = x.oid AND index_remark.objsubid = 0`,
    where: 'k.oid IS NOT NULL',
    facts: {
      type: `CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclusion' END`,
      ...indexFacts(major),
      exclusionOperators: `(SELECT pg_catalog.json_agg(o.oprname ORDER BY part.position)
        FROM unnest(k.conexclop) WITH ORDINALITY part(operator, position)
        JOIN pg_catalog.pg_operator o ON o.oid = part.operator)`,
      partial: 'i.indpred IS NOT NULL',
      deferrable: 'k.condeferrable',
      initiallyDeferred: 'k.condeferred',
      ...(major >= 18 ? { withoutOverlaps: 'k.conperiod' } : {}),
      indexComment: hashed('index_remark.description'),
    },
    text: { definition: 'pg_catalog.pg_get_constraintdef(k.oid)' },
    notes: { tablespace: 'place.spcname' },
  };
}
