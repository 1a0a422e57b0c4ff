import { identifier, withoutKeywordQuotes } from '../identity.ts';
import { type Reading, routine } from '../reading.ts';

export function transforms(): Reading {
  return {
    kind: `'transform'`,
    name: {
      parts: ['pg_catalog.format_type(t.trftype, NULL)', 'l.lanname'],
      format: (type: string, language: string) =>
        `for ${withoutKeywordQuotes(type)} on language ${identifier(language)}`,
    },
    address: { catalog: 'pg_transform', oid: 't.oid' },
    inSchema: false,
    onlyIf: 'pg_catalog.pg_transform',
    from: 'pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang',
    facts: {
      fromSql: routine('t.trffromsql'),
      toSql: routine('t.trftosql'),
    },
  };
}
