import { qualified } from '../identity.ts';
import { inOwnSchema, type NameReading, names, type Reading, routine } from '../reading.ts';

function inSchema(prefix: string): NameReading {
  return { parts: ['n.nspname', `o.${prefix}name`], format: qualified };
}

function reading(
  kind: string,
  catalog: string,
  prefix: string,
  rest: Pick<Reading, 'facts'> & { readonly join?: string },
): Reading {
  return {
    kind: `'${kind}'`,
    name: inSchema(prefix),
    address: { catalog, oid: 'o.oid' },
    inSchema: true,
    onlyIf: inOwnSchema(catalog, `${prefix}namespace`),
    from: `pg_catalog.${catalog} o
      JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace ${rest.join ?? ''}`,
    facts: rest.facts ?? {},
  };
}

/** `asciiword: simple, english_stem`. The names of token types come from the parser's own library. */
const MAPPINGS = `
  (SELECT pg_catalog.json_agg(mapped.line ORDER BY mapped.maptokentype)
     FROM (SELECT m.maptokentype,
                  coalesce(kinds.alias, m.maptokentype::text) || ': ' ||
                  pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY m.mapseqno) AS line
             FROM pg_catalog.pg_ts_config_map m
             LEFT JOIN pg_catalog.ts_token_type('pg_catalog.default') kinds
               ON p.prsname = 'default' AND p.prsnamespace = 'pg_catalog'::pg_catalog.regnamespace
                  AND kinds.tokid = m.maptokentype
            WHERE m.mapcfg = o.oid
            GROUP BY m.maptokentype, kinds.alias) mapped)`;

export function textSearch(): Reading[] {
  return [
    reading('text search parser', 'pg_ts_parser', 'prs', {
      facts: {
        start: routine('o.prsstart'),
        token: routine('o.prstoken'),
        end: routine('o.prsend'),
        headline: routine('o.prsheadline'),
        lexemeTypes: routine('o.prslextype'),
      },
    }),
    reading('text search template', 'pg_ts_template', 'tmpl', {
      facts: { init: routine('o.tmplinit'), lexize: routine('o.tmpllexize') },
    }),
    reading('text search dictionary', 'pg_ts_dict', 'dict', {
      join: `JOIN pg_catalog.pg_ts_template t ON t.oid = o.dicttemplate
             JOIN pg_catalog.pg_namespace ts ON ts.oid = t.tmplnamespace`,
      facts: {
        owner: 'pg_catalog.pg_get_userbyid(o.dictowner)',
        template: names(`pg_catalog.quote_ident(ts.nspname) || '.' || pg_catalog.quote_ident(t.tmplname)`),
        options: 'o.dictinitoption',
      },
    }),
    reading('text search configuration', 'pg_ts_config', 'cfg', {
      join: `JOIN pg_catalog.pg_ts_parser p ON p.oid = o.cfgparser
             JOIN pg_catalog.pg_namespace ps ON ps.oid = p.prsnamespace`,
      facts: {
        owner: 'pg_catalog.pg_get_userbyid(o.cfgowner)',
        parser: names(`pg_catalog.quote_ident(ps.nspname) || '.' || pg_catalog.quote_ident(p.prsname)`),
        mappings: names(MAPPINGS),
      },
    }),
  ];
}
