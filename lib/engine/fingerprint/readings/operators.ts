import { identifier, qualified, withoutKeywordQuotes } from '../identity.ts';
import { type Fact, inOwnSchema, names, type Reading, routine } from '../reading.ts';

function operator(column: string): Fact {
  return names(`NULLIF(${column}, 0)::pg_catalog.regoperator::text`);
}

function type(column: string): string {
  return `CASE WHEN ${column} = 0 THEN 'NONE' ELSE pg_catalog.format_type(${column}, NULL) END`;
}

/** Operators. An operator without a function is only a placeholder for another's COMMUTATOR or NEGATOR. */
export function operators(): Reading {
  return {
    kind: `'operator'`,
    name: {
      parts: ['n.nspname', 'o.oprname', type('o.oprleft'), type('o.oprright')],
      format: (schema: string, name: string, left: string, right: string) =>
        `${identifier(schema)}.${name}(${withoutKeywordQuotes(left)},${withoutKeywordQuotes(right)})`,
    },
    address: { catalog: 'pg_operator', oid: 'o.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_operator', 'oprnamespace'),
    from: `pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace`,
    where: 'o.oprcode::oid <> 0',
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(o.oprowner)',
      result: names(type('o.oprresult')),
      function: routine('o.oprcode'),
      commutator: operator('o.oprcom'),
      negator: operator('o.oprnegate'),
      restrict: routine('o.oprrest'),
      join: routine('o.oprjoin'),
      hashes: 'o.oprcanhash',
      merges: 'o.oprcanmerge',
    },
  };
}

const USING = (schema: string, name: string, method: string) =>
  `${qualified(schema, name)} using ${identifier(method)}`;

/**
 * Members by family. Whether a member came with a class or was added to the family later does not matter to
 * queries.
 */
export function operatorFamilies(): Reading {
  return {
    kind: `'operator family'`,
    name: { parts: ['n.nspname', 'f.opfname', 'm.amname'], format: USING },
    address: { catalog: 'pg_opfamily', oid: 'f.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_opfamily', 'opfnamespace'),
    from: `pg_catalog.pg_opfamily f
      JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
      JOIN pg_catalog.pg_am m ON m.oid = f.opfmethod`,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(f.opfowner)',
      operators: names(`(SELECT pg_catalog.json_agg(
          o.amopstrategy || ' ' || o.amopopr::pg_catalog.regoperator::text ||
          CASE WHEN o.amopsortfamily <> 0 THEN ' for order by' ELSE '' END
          ORDER BY o.amopstrategy, o.amopopr::pg_catalog.regoperator::text COLLATE "C")
        FROM pg_catalog.pg_amop o WHERE o.amopfamily = f.oid)`),
      functions: names(`(SELECT pg_catalog.json_agg(
          p.amprocnum || ' ' || p.amproc::oid::pg_catalog.regprocedure::text
          ORDER BY p.amprocnum, p.amproc::oid::pg_catalog.regprocedure::text COLLATE "C")
        FROM pg_catalog.pg_amproc p WHERE p.amprocfamily = f.oid)`),
    },
  };
}

export function operatorClasses(): Reading {
  return {
    kind: `'operator class'`,
    name: { parts: ['n.nspname', 'o.opcname', 'm.amname'], format: USING },
    address: { catalog: 'pg_opclass', oid: 'o.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_opclass', 'opcnamespace'),
    from: `pg_catalog.pg_opclass o
      JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
      JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
      JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
      JOIN pg_catalog.pg_namespace fs ON fs.oid = f.opfnamespace`,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(o.opcowner)',
      family: names(`pg_catalog.quote_ident(fs.nspname) || '.' || pg_catalog.quote_ident(f.opfname)`),
      type: names(type('o.opcintype')),
      stored: names(`CASE WHEN o.opckeytype <> 0 THEN ${type('o.opckeytype')} END`),
      default: 'o.opcdefault',
    },
  };
}
