import type { Manifest } from '../../archive/manifest.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { type Target, TargetStatementError } from '../target.ts';

/** The encoding and locale of a source's database, from its manifest. */
export type DatabaseText = Pick<
  Manifest['server'],
  'encoding' | 'localeProvider' | 'collate' | 'ctype' | 'locale' | 'icuRules'
>;

const FIRST_MAJOR_WITH_PROVIDERS = 15;
const FIRST_MAJOR_WITH_ICU_RULES = 16;
const FIRST_MAJOR_WITH_BUILTIN = 17;

/**
 * Creates an empty database with the encoding and locale of the source. If the server lacks the locale, the
 * database gets the locale of the server's template, and the source's encoding if possible. Returns what the
 * database lacks.
 */
export async function createDatabase(
  target: Target,
  name: string,
  text: DatabaseText,
  furtherOptions = '',
): Promise<string[]> {
  const attempts: ReadonlyArray<readonly [options: string, lacking: string | undefined]> = [
    [`ENCODING ${quoteLiteral(text.encoding)}${localeOptions(text, target.serverMajor)}`, undefined],
    [
      `ENCODING ${quoteLiteral(text.encoding)}`,
      `The server does not have the source's locale ${text.locale ?? text.collate}: text sorts differently in ${name}.`,
    ],
    [
      '',
      `The server supports neither the source's locale nor its encoding ${text.encoding}: ${name} has those of the server's template.`,
    ],
  ];
  for (const [index, [options, lacking]] of attempts.entries()) {
    try {
      await target.execute(
        `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0 ${options}${furtherOptions}`,
      );
      return lacking === undefined ? [] : [lacking];
    } catch (error) {
      const isOfLocale = error instanceof TargetStatementError && LOCALE_REFUSED.has(error.sqlState);
      if (!isOfLocale || index === attempts.length - 1) throw error;
    }
  }
  throw new TypeError('one of the attempts decides');
}

/**
 * SQLSTATEs of a refused locale: wrong_object_type, invalid_parameter_value, undefined_object,
 * feature_not_supported, invalid_object_definition.
 */
const LOCALE_REFUSED: ReadonlySet<string> = new Set(['42809', '22023', '42704', '0A000', '42P17']);

function localeOptions(
  { localeProvider, collate, ctype, locale, icuRules }: DatabaseText,
  major: number,
): string {
  const option = (word: string, value: string | null) =>
    value === null ? '' : ` ${word} ${quoteLiteral(value)}`;
  const libc = option('LC_COLLATE', collate) + option('LC_CTYPE', ctype);
  if (major < FIRST_MAJOR_WITH_PROVIDERS) return libc;
  if (localeProvider === 'icu') {
    const rules = major >= FIRST_MAJOR_WITH_ICU_RULES ? option('ICU_RULES', icuRules) : '';
    return `${libc} LOCALE_PROVIDER icu${option('ICU_LOCALE', locale)}${rules}`;
  }
  if (localeProvider === 'builtin' && major >= FIRST_MAJOR_WITH_BUILTIN) {
    return `${libc} LOCALE_PROVIDER builtin${option('BUILTIN_LOCALE', locale)}`;
  }
  return `${libc} LOCALE_PROVIDER libc`;
}
