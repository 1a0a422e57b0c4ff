import { qualified } from '../identity.ts';
import { names, type Reading } from '../reading.ts';
import { OF_RELATION } from './relation-kind.ts';

/** Sequences, including those of identity columns. Their values are compared separately. */
export function sequences(): Reading {
  return {
    kind: `'sequence'`,
    name: { parts: ['n.nspname', 'c.relname'], format: qualified },
    // A sequence is dropped with the table whose column owns it.
    parent: {
      kind: `CASE WHEN owner.oid IS NOT NULL THEN CASE owner.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END END`,
      parts: [`coalesce(owner_schema.nspname, '')`, `coalesce(owner.relname, '')`],
      format: qualified,
    },
    relation: 'coalesce(d.refobjid, c.oid)',
    address: OF_RELATION,
    inSchema: true,
    onlyIf: 'pg_catalog.pg_sequence',
    from: `pg_catalog.pg_sequence s
      JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
      LEFT JOIN pg_catalog.pg_class owner ON owner.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_namespace owner_schema ON owner_schema.oid = owner.relnamespace
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid`,
    grants: { kind: 'sequence', owner: 'c.relowner', acl: 'c.relacl' },
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(c.relowner)',
      unlogged: `c.relpersistence = 'u'`,
      type: 'pg_catalog.format_type(s.seqtypid, NULL)',
      // These are bigints, read as text: JavaScript's numbers are too small for them.
      start: 's.seqstart::text',
      increment: 's.seqincrement::text',
      minimum: 's.seqmin::text',
      maximum: 's.seqmax::text',
      cache: `NULLIF(s.seqcache::text, '1')`,
      cycle: 's.seqcycle',
      ownedBy:
        names(`pg_catalog.quote_ident(owner_schema.nspname) || '.' || pg_catalog.quote_ident(owner.relname) || '.' ||
        pg_catalog.quote_ident(a.attname)`),
      ofIdentity: `d.deptype = 'i'`,
    },
  };
}
