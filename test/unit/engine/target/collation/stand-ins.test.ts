import { describe, expect, it } from 'vitest';
import { defaultOrder } from '../../../../../lib/engine/target/collation/default-order.ts';
import { icuLocaleForRoot } from '../../../../../lib/engine/target/collation/icu-locale.ts';
import { standInStatement } from '../../../../../lib/engine/target/collation/stand-in-statement.ts';
import { namedSystemCollations } from '../../../../../lib/engine/target/collation/stand-ins.ts';

it.each([
  ['und', 'und'],
  ['en-US', 'und'],
  ['de_DE@collation=phonebook', '@collation=phonebook'],
  ['und-u-ks-level2', '@colStrength=secondary'],
  ['de-AT-u-co-phonebk-kn-ks-level1-kf-upper', '@colNumeric=yes;colStrength=primary;colCaseFirst=upper'],
  ['en-u-kn-false-x-ks-level1', '@colNumeric=no'],
  ['@colStrength=secondary', '@colStrength=secondary'],
])('ICU locale %s is %s where there is the root alone', (locale, here) => {
  expect(icuLocaleForRoot(locale)).toBe(here);
});

describe('the stand-in of a collation', () => {
  it.each([
    [
      `CREATE COLLATION public."C i" (provider = icu, deterministic = false, locale = 'und-u-ks-level2');`,
      `CREATE COLLATION public."C i" (provider = icu, locale = '@colStrength=secondary', deterministic = false)`,
    ],
    [
      `CREATE COLLATION a.de (provider = libc, locale = 'de_DE.utf8');`,
      `CREATE COLLATION a.de (provider = icu, locale = 'und')`,
    ],
    [
      `CREATE COLLATION a.de (provider = libc, lc_collate = 'de_DE.utf8', lc_ctype = 'C');`,
      `CREATE COLLATION a.de (provider = icu, locale = 'und')`,
    ],
    [
      `CREATE COLLATION a.r (provider = icu, locale = 'de', rules = '&a < ''b''');`,
      `CREATE COLLATION a.r (provider = icu, locale = 'und', rules = '&a < ''b''')`,
    ],
  ])('%s', (sql, standIn) => {
    expect(standInStatement(sql)).toBe(standIn);
  });

  it.each([
    `CREATE COLLATION a.b (provider = icu, locale = 'und');`,
    `CREATE COLLATION a.b (provider = libc, locale = 'C');`,
    `CREATE COLLATION a.b (provider = libc, lc_collate = 'POSIX', lc_ctype = 'de_DE');`,
    `CREATE COLLATION a.b (provider = builtin, locale = 'C.UTF-8');`,
  ])('is not needed: %s', (sql) => {
    expect(standInStatement(sql)).toBeUndefined();
  });
});

it("finds the server's collations that a script names, and only where it names them", () => {
  const script = `
    -- COLLATE "in_a_comment"
    CREATE TABLE public."COLLATE x" (a text COLLATE pg_catalog."de_DE", b text COLLATE "C", c text COLLATE public.mine,
      d text DEFAULT 'COLLATE "in_a_string"' COLLATE pg_catalog."en-x-icu");
    CREATE INDEX i ON public.t (lower(a COLLATE "en_US.utf8"));
    CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a' COLLATE "in_a_body" $$;`;
  expect([...namedSystemCollations(script)]).toEqual(['de_DE', 'en-x-icu', 'en_US.utf8']);
});

it.each([
  [{ localeProvider: 'libc', collate: 'C', locale: null }, [], true],
  [{ localeProvider: 'libc', collate: 'C.UTF-8', locale: null }, [], true],
  [
    { localeProvider: 'builtin', collate: 'C', locale: 'PG_UNICODE_FAST' },
    ['--locale-provider=builtin', '--builtin-locale=PG_UNICODE_FAST'],
    true,
  ],
  [
    { localeProvider: 'libc', collate: 'en_US.UTF-8', locale: null },
    ['--locale-provider=icu', '--icu-locale=und'],
    false,
  ],
  [
    { localeProvider: 'icu', collate: 'C', locale: 'de' },
    ['--locale-provider=icu', '--icu-locale=und'],
    false,
  ],
])('a database of %o is made with %o', (locale, initdbArguments, isExact) => {
  expect(defaultOrder(locale)).toEqual({ initdbArguments, isExact });
});
