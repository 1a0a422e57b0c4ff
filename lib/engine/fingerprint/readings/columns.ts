import { qualified } from '../identity.ts';
import { foreignOptions, inOwnSchema, names, type Reading, unordered } from '../reading.ts';
import { OF_RELATION, RELATION_KIND } from './relation-kind.ts';

const NAME = { parts: ['n.nspname', 'c.relname', 'a.attname'], format: qualified } as const;
const FROM = `pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid`;
const LIVE = 'a.attnum > 0 AND NOT a.attisdropped';
const TYPE_AND_COLLATION = {
  type: names('pg_catalog.format_type(a.atttypid, a.atttypmod)'),
  collation: names(
    `CASE WHEN a.attcollation <> t.typcollation THEN NULLIF(a.attcollation, 0)::pg_catalog.regcollation::text END`,
  ),
} as const;

/** Columns of tables, foreign tables, views and materialized views. */
export function columns(major: number): Reading {
  return {
    kind: `'column'`,
    name: NAME,
    parent: { kind: RELATION_KIND, parts: ['n.nspname', 'c.relname'], format: qualified },
    relation: 'c.oid',
    address: { ...OF_RELATION, subId: 'a.attnum' },
    inSchema: true,
    from: `${FROM}
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      ${
        major >= 18
          ? `LEFT JOIN pg_catalog.pg_constraint filled
               ON filled.conrelid = a.attrelid AND filled.contype = 'n' AND filled.conkey[1] = a.attnum`
          : ''
      }`,
    where: `${LIVE} AND c.relkind IN ('r', 'p', 'f', 'v', 'm')`,
    orderBy: 'a.attrelid, a.attnum',
    grants: { kind: 'column', owner: 'c.relowner', acl: 'a.attacl' },
    facts: {
      ...TYPE_AND_COLLATION,
      notNull: 'NULLIF(a.attnotnull, false)',
      default: 'CASE WHEN a.atthasdef THEN true END',
      // A partition inherits identity from its parent from 17 on, and cannot have its own before.
      identity: `CASE WHEN NOT c.relispartition
        THEN CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END END`,
      generated: `CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END`,
      // A partition is dumped as a separate table and then attached, so all of its columns become local.
      inherited: 'CASE WHEN NOT a.attislocal AND NOT c.relispartition THEN true END',
      storage: `CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END`,
      // The default is null from 17 on, and -1 before.
      statisticsTarget: 'CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END',
      options: unordered('a.attoptions'),
      foreignOptions: foreignOptions('a.attfdwoptions', 'FOREIGN TABLE'),
    },
    text: {
      default: 'pg_catalog.pg_get_expr(d.adbin, d.adrelid)',
      // NOT NULL is a constraint with its own name from 18 on.
      ...(major >= 18
        ? {
            notNull: `CASE WHEN filled.oid IS NOT NULL
              THEN pg_catalog.json_build_array(filled.conname, filled.connoinherit, filled.convalidated)::text END`,
          }
        : {}),
    },
    notes:
      major >= 14
        ? { compression: `CASE a.attcompression WHEN 'l' THEN 'lz4' WHEN 'p' THEN 'pglz' END` }
        : {},
  };
}

/** Attributes of composite types. */
export function attributes(): Reading {
  return {
    kind: `'attribute'`,
    name: NAME,
    parent: { kind: `'type'`, parts: ['n.nspname', 'c.relname'], format: qualified },
    address: { ...OF_RELATION, subId: 'a.attnum' },
    // The dependency is recorded for the type, not for its row of pg_class.
    memberOf: { catalog: 'pg_type', oid: 'c.reltype' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_class', 'relnamespace', "o.relkind = 'c'"),
    from: FROM,
    where: `${LIVE} AND c.relkind = 'c'`,
    orderBy: 'a.attrelid, a.attnum',
    facts: TYPE_AND_COLLATION,
  };
}
