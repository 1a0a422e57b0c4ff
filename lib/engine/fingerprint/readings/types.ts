import { qualified } from '../identity.ts';
import { type Fact, type NameReading, names, type Reading, routine } from '../reading.ts';

const NAME: NameReading = { parts: ['n.nspname', 't.typname'], format: qualified };
const FROM = `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace`;
const GRANTS = { kind: 'type', owner: 't.typowner', acl: 't.typacl' } as const;

/**
 * Excludes array types, row types of tables and multiranges, which are created with the object they belong
 * to.
 */
const NOT_IMPLIED = `t.typtype IN ('b', 'c', 'e', 'p', 'r') AND (c.oid IS NULL OR c.relkind = 'c')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.oid = t.typelem AND element.typarray = t.oid)`;

/** A property of base types only: PostgreSQL sets it for all other kinds of types. */
function ofBase(sql: string): string {
  return `CASE WHEN t.typtype = 'b' THEN ${sql} END`;
}

/** Enums, composite types, ranges, base types and shells. */
export function types(major: number): Reading {
  return {
    kind: `'type'`,
    name: NAME,
    address: { catalog: 'pg_type', oid: 't.oid' },
    inSchema: true,
    onlyIf: `pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
      WHERE t.typnamespace IN (SELECT s.oid FROM own_schema s) AND ${NOT_IMPLIED}`,
    from: `${FROM}
      LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
      LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
      LEFT JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
      LEFT JOIN pg_catalog.pg_type subtype ON subtype.oid = r.rngsubtype
      LEFT JOIN (SELECT e.enumtypid, pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) AS labels
                   FROM pg_catalog.pg_enum e GROUP BY 1) enum ON enum.enumtypid = t.oid`,
    where: NOT_IMPLIED,
    grants: GRANTS,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(t.typowner)',
      category: `CASE t.typtype WHEN 'c' THEN 'composite' WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range'
        WHEN 'p' THEN 'shell' ELSE 'base' END`,
      labels: 'enum.labels',
      subtype: names('pg_catalog.format_type(r.rngsubtype, NULL)'),
      subtypeOperatorClass: names('CASE WHEN NOT o.opcdefault THEN pg_catalog.quote_ident(o.opcname) END'),
      collation: names(`CASE WHEN r.rngcollation <> subtype.typcollation
        THEN NULLIF(r.rngcollation, 0)::pg_catalog.regcollation::text END`),
      canonical: routine('r.rngcanonical'),
      difference: routine('r.rngsubdiff'),
      ...(major >= 14 ? { multirange: names('NULLIF(r.rngmultitypid, 0)::pg_catalog.regtype::text') } : {}),
      input: routineOfBase('t.typinput'),
      output: routineOfBase('t.typoutput'),
      receive: routineOfBase('t.typreceive'),
      send: routineOfBase('t.typsend'),
      modifierInput: routineOfBase('t.typmodin'),
      modifierOutput: routineOfBase('t.typmodout'),
      analyze: routineOfBase('t.typanalyze'),
      length: ofBase('t.typlen'),
      byValue: ofBase('t.typbyval'),
      alignment: ofBase('t.typalign'),
      storage: ofBase('t.typstorage'),
      typeCategory: ofBase('t.typcategory'),
      preferred: ofBase('t.typispreferred'),
      delimiter: ofBase(`NULLIF(t.typdelim, ',')`),
      element: names(ofBase('CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END')),
      default: ofBase('t.typdefault'),
      collatable: ofBase('t.typcollation <> 0'),
    },
  };
}

function routineOfBase(column: string): Fact {
  return names(ofBase(`NULLIF(${column}::oid, 0)::pg_catalog.regprocedure::text`));
}
