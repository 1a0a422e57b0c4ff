import { quoteLiteral } from '../../ground/sql.ts';
import { significantTokens, TokenReader } from '../../sql-script/tokens.ts';
import { sortsByCodePoint } from './default-order.ts';
import { icuLocaleForRoot } from './icu-locale.ts';

/**
 * Converts pg_dump's CREATE COLLATION into a statement that creates a stand-in on a target without the
 * locale. Undefined if the statement can be sent unchanged, because the collation sorts by code point or in
 * the root order.
 */
export function standInStatement(createCollation: string): string | undefined {
  const tokens = significantTokens(createCollation);
  const open = tokens.find(({ text, depth }) => text === '(' && depth === 0);
  if (!open) return undefined;
  const options = readOptions(createCollation.slice(open.start));
  const { provider = 'libc', deterministic, rules } = options;
  let locale: string;
  if (provider === 'icu') {
    const asked = options.locale ?? '';
    locale = icuLocaleForRoot(asked);
    if (asked === locale || asked === '') return undefined;
  } else if (provider === 'libc' && !sortsByCodePoint(options.lc_collate ?? options.locale ?? '')) {
    locale = icuLocaleForRoot('');
  } else {
    return undefined;
  }
  const list = [
    'provider = icu',
    `locale = ${quoteLiteral(locale)}`,
    ...(deterministic === undefined ? [] : [`deterministic = ${deterministic}`]),
    ...(rules === undefined ? [] : [`rules = ${quoteLiteral(rules)}`]),
  ];
  return `${createCollation.slice(0, open.start)}(${list.join(', ')})`;
}

/** Reads options such as `(provider = icu, locale = 'de')` by name. */
function readOptions(parenthesised: string): Partial<Record<string, string>> {
  const reader = new TokenReader(significantTokens(parenthesised));
  const options: Record<string, string> = {};
  reader.readPunctuation('(');
  do {
    const name = reader.readName();
    if (name === undefined || reader.peek()?.text !== '=') break;
    reader.skip();
    const value = reader.readString() ?? reader.readName();
    if (value !== undefined) options[name] = value;
  } while (reader.readPunctuation(','));
  return options;
}
