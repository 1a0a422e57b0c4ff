import { identifier, qualified } from '../identity.ts';
import { type Reading, unordered, unorderedNames } from '../reading.ts';

const PUBLICATION = { kind: `'publication'`, parts: ['p.pubname'], format: identifier } as const;

export function publications(major: number): Reading[] {
  return [
    {
      kind: `'publication'`,
      name: PUBLICATION,
      address: { catalog: 'pg_publication', oid: 'p.oid' },
      inSchema: false,
      onlyIf: 'pg_catalog.pg_publication',
      from: 'pg_catalog.pg_publication p',
      facts: {
        owner: 'pg_catalog.pg_get_userbyid(p.pubowner)',
        allTables: 'p.puballtables',
        ...(major >= 19 ? { allSequences: 'p.puballsequences' } : {}),
        operations: unordered(`pg_catalog.array_remove(ARRAY[
          CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
          CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END], NULL)`),
        viaRoot: 'p.pubviaroot',
        // A letter from 18 on: `n` (none) or `s` (stored).
        ...(major >= 18 ? { generatedColumns: `NULLIF(p.pubgencols::text, 'n')` } : {}),
      },
    },
    {
      kind: `'publication table'`,
      name: {
        parts: ['n.nspname', 'c.relname', 'p.pubname'],
        format: (schema: string, table: string, publication: string) =>
          `${qualified(schema, table)} in publication ${identifier(publication)}`,
      },
      parent: PUBLICATION,
      relation: 'c.oid',
      address: { catalog: 'pg_publication_rel', oid: 'r.oid' },
      memberOf: { catalog: 'pg_class', oid: 'c.oid' },
      inSchema: true,
      onlyIf: 'pg_catalog.pg_publication_rel',
      from: `pg_catalog.pg_publication_rel r
        JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
        JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
      ...(major >= 15
        ? {
            facts: {
              // New in 19: FOR ALL TABLES EXCEPT, so this table is not published.
              ...(major >= 19 ? { excepted: 'r.prexcept' } : {}),
              filtered: 'r.prqual IS NOT NULL',
              columns: unorderedNames(`(SELECT pg_catalog.array_agg(pg_catalog.quote_ident(a.attname))
                FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[]))`),
            },
            text: { filter: 'pg_catalog.pg_get_expr(r.prqual, r.prrelid)' },
          }
        : {}),
    },
    ...(major >= 15 ? [publicationSchemas()] : []),
  ];
}

function publicationSchemas(): Reading {
  return {
    kind: `'publication schema'`,
    name: {
      parts: ['n.nspname', 'p.pubname'],
      format: (schema: string, publication: string) =>
        `${identifier(schema)} in publication ${identifier(publication)}`,
    },
    parent: PUBLICATION,
    address: { catalog: 'pg_publication_namespace', oid: 's.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_publication_namespace',
    from: `pg_catalog.pg_publication_namespace s
      JOIN pg_catalog.pg_publication p ON p.oid = s.pnpubid
      JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid`,
  };
}
