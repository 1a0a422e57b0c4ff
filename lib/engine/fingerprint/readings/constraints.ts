import { onRelation, qualified } from '../identity.ts';
import { inOwnSchema, names, type Reading, unordered } from '../reading.ts';
import { ofDetaching } from './detaching.ts';
import { nameOnRelation, OF_RELATION, RELATION } from './relation-kind.ts';

function columnNames(relation: string, numbers: string): string {
  return `(SELECT pg_catalog.array_agg(a.attname::text ORDER BY part.position)
     FROM unnest(${numbers}) WITH ORDINALITY part(attnum, position)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = part.attnum)`;
}

function action(code: string): string {
  return `CASE ${code} WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
    WHEN 'd' THEN 'set default' END`;
}

/**
 * Reads declared foreign keys. Foreign keys with a parent constraint follow from a declared one, and a dump
 * does not keep their names. A partition whose detach is pending keeps them as its own.
 */
export function foreignKeys(major: number): Reading {
  return {
    kind: `'constraint'`,
    name: nameOnRelation('k.conname'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_constraint', oid: 'k.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    onlyIf: "pg_catalog.pg_constraint k WHERE k.contype = 'f'",
    from: `pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    where: `k.contype = 'f' AND (k.conparentid = 0 OR ${ofDetaching(major, 'k.conrelid')})`,
    facts: {
      type: `'foreign key'`,
      columns: `pg_catalog.to_json(${columnNames('k.conrelid', 'k.conkey')})`,
      references: names('k.confrelid::pg_catalog.regclass::text'),
      referencedColumns: `pg_catalog.to_json(${columnNames('k.confrelid', 'k.confkey')})`,
      onUpdate: action('k.confupdtype'),
      onDelete: action('k.confdeltype'),
      match: `CASE k.confmatchtype WHEN 'f' THEN 'full' WHEN 'p' THEN 'partial' END`,
      deferrable: 'k.condeferrable',
      initiallyDeferred: 'k.condeferred',
      notValid: 'NOT k.convalidated',
      ...(major >= 15 ? { setColumns: unordered(columnNames('k.conrelid', 'k.confdelsetcols')) } : {}),
      ...(major >= 18 ? { notEnforced: 'NOT k.conenforced', period: 'k.conperiod' } : {}),
    },
    text: { definition: 'pg_catalog.pg_get_constraintdef(k.oid)' },
  };
}

export function checkConstraints(major: number): Reading {
  return {
    kind: `'constraint'`,
    name: nameOnRelation('k.conname'),
    parent: RELATION,
    relation: 'c.oid',
    address: { catalog: 'pg_constraint', oid: 'k.oid' },
    memberOf: OF_RELATION,
    inSchema: true,
    onlyIf: "pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0",
    from: `pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    where: `k.contype = 'c'`,
    facts: {
      type: `'check'`,
      columns: unordered(columnNames('k.conrelid', 'k.conkey')),
      notValid: 'NOT k.convalidated',
      noInherit: 'k.connoinherit',
      inherited: 'NOT k.conislocal AND NOT c.relispartition',
      ...(major >= 18 ? { notEnforced: 'NOT k.conenforced' } : {}),
    },
    text: { definition: 'pg_catalog.pg_get_constraintdef(k.oid)' },
  };
}

/**
 * CHECK constraints of domains. NOT NULL is a constraint from 18 on, but is read as a fact of the domain on
 * all majors.
 */
export function domainConstraints(): Reading {
  return {
    kind: `'domain constraint'`,
    name: { parts: ['k.conname', 'n.nspname', 't.typname'], format: onRelation },
    parent: { kind: `'domain'`, parts: ['n.nspname', 't.typname'], format: qualified },
    address: { catalog: 'pg_constraint', oid: 'k.oid' },
    memberOf: { catalog: 'pg_type', oid: 't.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_type', 'typnamespace', "o.typtype = 'd'"),
    from: `pg_catalog.pg_constraint k
      JOIN pg_catalog.pg_type t ON t.oid = k.contypid
      JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace`,
    where: `k.contype = 'c'`,
    facts: { notValid: 'NOT k.convalidated' },
    text: { definition: 'pg_catalog.pg_get_constraintdef(k.oid)' },
  };
}
