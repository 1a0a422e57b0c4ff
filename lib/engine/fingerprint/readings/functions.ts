import { signature } from '../identity.ts';
import {
  type Fact,
  hashed,
  inOwnSchema,
  type NameReading,
  names,
  type Reading,
  routine,
  settings,
  unorderedNames,
} from '../reading.ts';

/** The types of the input arguments, which tell overloaded functions apart. */
export function argumentTypes(oids: string): string {
  return `(SELECT coalesce(pg_catalog.json_agg(pg_catalog.format_type(given.type, NULL) ORDER BY given.position), '[]'::json)
     FROM unnest(${oids}) WITH ORDINALITY given(type, position))`;
}

const NAME: NameReading = {
  parts: ['n.nspname', 'p.proname', argumentTypes('p.proargtypes::oid[]')],
  format: signature,
};

/** One string per argument, such as `in amount numeric`. The columns of RETURNS TABLE are included. */
const ARGUMENTS = `
  (SELECT pg_catalog.json_agg(pg_catalog.concat_ws(' ',
            CASE given.mode WHEN 'o' THEN 'out' WHEN 'b' THEN 'inout' WHEN 'v' THEN 'variadic' WHEN 't' THEN 'table'
                            ELSE 'in' END,
            pg_catalog.quote_ident(NULLIF(given.name, '')), pg_catalog.format_type(given.type, NULL))
            ORDER BY given.position)
     FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes::text[])
            WITH ORDINALITY given(type, name, mode, position))`;

export const FUNCTIONS = `pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang`;

export const SHARED_FACTS: Record<string, Fact> = {
  owner: 'pg_catalog.pg_get_userbyid(p.proowner)',
  arguments: names(ARGUMENTS),
  result: names(
    `CASE WHEN p.proretset THEN 'setof ' ELSE '' END || pg_catalog.format_type(p.prorettype, NULL)`,
  ),
  defaults: 'NULLIF(p.pronargdefaults, 0)',
  volatility: `CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END`,
  parallel: `CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' END`,
  leakproof: 'p.proleakproof',
  strict: 'p.proisstrict',
};

export function functionReading(
  rest: Pick<Reading, 'kind' | 'onlyIf' | 'from' | 'where' | 'facts' | 'text'>,
): Reading {
  return {
    ...rest,
    name: NAME,
    address: { catalog: 'pg_proc', oid: 'p.oid' },
    inSchema: true,
    grants: { kind: 'function', owner: 'p.proowner', acl: 'p.proacl' },
  };
}

/** Functions, window functions and procedures. */
export function functions(major: number): Reading {
  const sqlBody = major >= 14 ? 'p.prosqlbody IS NOT NULL' : 'false';
  return functionReading({
    kind: `CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END`,
    onlyIf: inOwnSchema('pg_proc', 'pronamespace', "o.prokind <> 'a'"),
    from: FUNCTIONS,
    // A range type's constructors come with the type.
    where: `p.prokind <> 'a' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend made
      WHERE made.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND made.objid = p.oid AND made.deptype = 'i')`,
    facts: {
      ...SHARED_FACTS,
      settings: settings('p.proconfig', major),
      language: 'l.lanname',
      window: `p.prokind = 'w'`,
      securityDefiner: 'p.prosecdef',
      cost: `CASE WHEN p.procost <> CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END THEN p.procost END`,
      rows: 'CASE WHEN p.proretset AND p.prorows <> 1000 THEN p.prorows END',
      support: routine('p.prosupport'),
      transforms: unorderedNames(
        '(SELECT pg_catalog.array_agg(pg_catalog.format_type(t.type, NULL)) FROM unnest(p.protrftypes) t(type))',
      ),
      source: hashed(`CASE WHEN NOT (${sqlBody}) THEN p.prosrc END`),
      library: 'p.probin',
      sqlStandardBody: sqlBody,
    },
    text: {
      defaults: `CASE WHEN p.pronargdefaults > 0 THEN pg_catalog.pg_get_expr(p.proargdefaults, 0) END`,
      body: `CASE WHEN ${sqlBody} THEN pg_catalog.pg_get_functiondef(p.oid) END`,
    },
  });
}
