import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import type { Manifest } from './manifest.ts';

/** The statement that makes an empty database with the encoding and the sort order of the source's. */
export function createDatabaseStatement(server: Manifest['server']): string {
  const { database, encoding, localeProvider, collate, ctype, locale } = server;
  const given = (option: string, value: string | null) =>
    value === null ? [] : [`${option} ${quoteLiteral(value)}`];
  const provider =
    localeProvider === 'icu'
      ? ['LOCALE_PROVIDER icu', ...given('ICU_LOCALE', locale)]
      : localeProvider === 'builtin'
        ? ['LOCALE_PROVIDER builtin', ...given('BUILTIN_LOCALE', locale)]
        : [];
  return [
    `CREATE DATABASE ${quoteIdentifier(database)} TEMPLATE template0`,
    `ENCODING ${quoteLiteral(encoding)}`,
    ...provider,
    ...given('LC_COLLATE', collate),
    ...given('LC_CTYPE', ctype),
  ].join(' ');
}
