import { quoteLiteral } from '../../ground/sql.ts';
import { significantTokens, TokenReader } from '../../sql-script/tokens.ts';
import { sortsByCodePoint } from './default-order.ts';
import { icuLocaleForRoot } from './icu-locale.ts';

/**
 * The statement that makes a collation's stand-in on a target without its locale, from the CREATE COLLATION that
 * pg_dump wrote. Undefined where the statement can be sent as it is: it sorts by code point, or by the root's order.
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

/** `(provider = icu, locale = 'de')` by name. */
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
