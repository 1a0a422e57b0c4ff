import { qualified } from '../identity.ts';
import { inOwnSchema, type Reading } from '../reading.ts';

export function collations(major: number): Reading {
  const icuLocale = major >= 17 ? 'c.colllocale' : major >= 15 ? 'c.colliculocale' : 'c.collcollate';
  return {
    kind: `'collation'`,
    name: { parts: ['n.nspname', 'c.collname'], format: qualified },
    address: { catalog: 'pg_collation', oid: 'c.oid' },
    inSchema: true,
    onlyIf: inOwnSchema('pg_collation', 'collnamespace'),
    from: `pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace`,
    facts: {
      owner: 'pg_catalog.pg_get_userbyid(c.collowner)',
      provider: `CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' ELSE 'libc' END`,
      nondeterministic: 'NOT c.collisdeterministic',
      collate: `CASE WHEN c.collprovider = 'c' THEN c.collcollate END`,
      ctype: `CASE WHEN c.collprovider = 'c' THEN c.collctype END`,
      builtinLocale: `CASE WHEN c.collprovider = 'b' THEN ${icuLocale} END`,
      ...(major >= 16 ? { rules: 'c.collicurules' } : {}),
    },
    // 16 and later rewrite an ICU locale into a language tag as the collation is made.
    text: { icuLocale: `CASE WHEN c.collprovider = 'i' THEN ${icuLocale} END` },
  };
}
