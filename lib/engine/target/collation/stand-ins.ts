import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import { decodeName } from '../../sql-script/names.ts';
import { Scanner } from '../../sql-script/scanner.ts';
import type { Target } from '../target.ts';
import { sortsByCodePoint } from './default-order.ts';
import { icuLocaleForRoot } from './icu-locale.ts';

const SYSTEM_SCHEMA = 'pg_catalog';

/** Collations of the server's own that are the same everywhere, or at least where ICU's root data is. */
const EXACT: ReadonlySet<string> = new Set([
  'default',
  'C',
  'POSIX',
  'ucs_basic',
  'pg_c_utf8',
  'pg_unicode_fast',
  'unicode',
  'und-x-icu',
]);

/**
 * The collations of pg_catalog that scripts name: `en_US.utf8` of libc, `en-x-icu` of ICU. Which of them exist depends on
 * the machine a cluster was made on. They stand after COLLATE, and nowhere else in what pg_dump writes.
 */
export function namedSystemCollations(script: string): Set<string> {
  const names = new Set<string>();
  const scanner = new Scanner(script);
  while (scanner.nextSignificant()) {
    if (!scanner.isWord('collate')) continue;
    const [name, schema = SYSTEM_SCHEMA] = readDottedName(scanner).reverse();
    if (name !== undefined && schema === SYSTEM_SCHEMA && !EXACT.has(name)) names.add(name);
  }
  return names;
}

/**
 * Makes a stand-in in pg_catalog for each of these: ICU's root order with the name's keywords. Equality is as at the
 * source, order nearly. Those that the target brings itself are replaced: it takes any name of libc's, and sorts it by
 * code point. Only for a target that may change system catalogs, as the embedded one does.
 */
export async function createStandIns(target: Target, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    if (sortsByCodePoint(name)) continue;
    const collation = qualifiedName(SYSTEM_SCHEMA, name);
    const locale = name.endsWith('-x-icu')
      ? icuLocaleForRoot(name.slice(0, -'-x-icu'.length))
      : icuLocaleForRoot('');
    await target.execute(`DROP COLLATION IF EXISTS ${collation}`);
    await target.execute(`CREATE COLLATION ${collation} (provider = icu, locale = ${quoteLiteral(locale)})`);
  }
}

/** Moves one token past the name. */
function readDottedName(scanner: Scanner): string[] {
  const parts: string[] = [];
  while (scanner.nextSignificant() && (scanner.kind === 'word' || scanner.kind === 'quoted-name')) {
    parts.push(decodeName(scanner.kind, scanner.text.slice(scanner.start, scanner.end)));
    if (!scanner.nextSignificant() || !scanner.is('.')) break;
  }
  return parts;
}
