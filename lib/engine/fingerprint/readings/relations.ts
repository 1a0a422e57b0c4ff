import { isKept, type Omissions } from '../../catalog/omissions.ts';
import { qualified } from '../identity.ts';
import { foreignOptions, names, type Reading, unordered } from '../reading.ts';
import { isDetaching } from './detaching.ts';
import { OF_RELATION, RELATION_KIND } from './relation-kind.ts';

/** A partition key's column, with its operator class and collation where they are not the default. */
const PARTITION_KEY = `
  (SELECT pg_catalog.json_agg(
            CASE WHEN part.attnum = 0 THEN '(expression)' ELSE pg_catalog.quote_ident(a.attname) END ||
            CASE WHEN NOT o.opcdefault THEN ' ' || pg_catalog.quote_ident(o.opcname) ELSE '' END ||
            CASE WHEN part.coll NOT IN (0, coalesce(a.attcollation, 0))
                 THEN ' collate ' || part.coll::pg_catalog.regcollation::text ELSE '' END
            ORDER BY part.position)
     FROM unnest(k.partattrs::int2[], k.partclass::oid[], k.partcollation::oid[])
            WITH ORDINALITY part(attnum, opclass, coll, position)
     LEFT JOIN pg_catalog.pg_opclass o ON o.oid = part.opclass
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = part.attnum AND part.attnum > 0)`;

/** Tables, partitioned tables and partitions, foreign tables, views, materialized views. */
export function relations(major: number, omissions: Omissions): Reading {
  return {
    kind: RELATION_KIND,
    name: { parts: ['n.nspname', 'c.relname'], format: qualified },
    relation: 'c.oid',
    address: OF_RELATION,
    inSchema: true,
    from: `pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_am method ON method.oid = c.relam
      LEFT JOIN pg_catalog.pg_tablespace place ON place.oid = c.reltablespace
      LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
      LEFT JOIN pg_catalog.pg_partitioned_table k ON k.partrelid = c.oid
      LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
      LEFT JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
      LEFT JOIN (SELECT i.indrelid, x.relname
                   FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
                  WHERE i.indisreplident) identity_index ON identity_index.indrelid = c.oid
      LEFT JOIN (SELECT h.inhrelid, pg_catalog.json_agg(h.inhparent::pg_catalog.regclass::text
                                                        ORDER BY h.inhseqno) AS parents,
                        ${isDetaching(major, 'h')} AS detaching
                   FROM pg_catalog.pg_inherits h GROUP BY 1, 3) ancestry ON ancestry.inhrelid = c.oid`,
    where: `c.relkind IN ('r', 'p', 'f', 'v', 'm')`,
    grants: { kind: 'table', owner: 'c.relowner', acl: 'c.relacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(c.relowner)',
      unlogged: `c.relpersistence = 'u'`,
      accessMethod: `NULLIF(method.amname, 'heap')`,
      options: unordered('c.reloptions'),
      toastOptions: unordered('toast.reloptions'),
      rowSecurity: 'c.relrowsecurity',
      rowSecurityForced: 'c.relforcerowsecurity',
      replicaIdentity: `CASE WHEN c.relkind IN ('r', 'p', 'm') THEN CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
        WHEN 'i' THEN 'index ' || pg_catalog.quote_ident(identity_index.relname) END END`,
      ofType: names(`NULLIF(c.reloftype, 0)::pg_catalog.regtype::text`),
      inherits: names('CASE WHEN NOT c.relispartition THEN ancestry.parents END'),
      partitionOf: names('CASE WHEN c.relispartition AND NOT ancestry.detaching THEN ancestry.parents END'),
      partitionStrategy: `CASE k.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' WHEN 'h' THEN 'hash' END`,
      partitionKey: names(`CASE WHEN k.partrelid IS NOT NULL THEN ${PARTITION_KEY} END`),
      defaultPartition: names(
        `CASE WHEN ${isKept(omissions, 'pg_class', 'k.partdefid')}
          THEN NULLIF(k.partdefid, 0)::pg_catalog.regclass::text END`,
      ),
      notPopulated: `c.relkind = 'm' AND NOT c.relispopulated`,
      server: 's.srvname',
      foreignOptions: foreignOptions('f.ftoptions', 'FOREIGN TABLE'),
    },
    text: {
      definition: `CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END`,
      partitionKey: 'CASE WHEN k.partrelid IS NOT NULL THEN pg_catalog.pg_get_partkeydef(c.oid) END',
      partitionBound:
        'CASE WHEN NOT ancestry.detaching THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END',
    },
    notes: { tablespace: 'place.spcname' },
  };
}
