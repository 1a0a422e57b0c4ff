import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import { decodeName } from '../../sql-script/names.ts';
import { Scanner } from '../../sql-script/scanner.ts';
import type { Target } from '../target.ts';
import { sortsByCodePoint } from './default-order.ts';
import { icuLocaleForRoot } from './icu-locale.ts';

const SYSTEM_SCHEMA = 'pg_catalog';

/** Built-in collations that are the same everywhere, or at least wherever ICU's root data is available. */
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
 * Finds the collations of pg_catalog that a script names: `en_US.utf8` of libc, `en-x-icu` of ICU. Which of
 * them exist depends on the machine on which a cluster was created. In pg_dump's output they come after
 * COLLATE only.
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
 * Creates a stand-in in pg_catalog for each of these collations: ICU's root order with the keywords of the
 * name. Equality is as at the source, and the order is nearly the same. Collations that the target already
 * has are replaced: it accepts any libc name, and sorts by code point. Use this only on a target whose system
 * catalogs may be changed, such as the embedded one.
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

/** Reads the name, and moves to one token after it. */
function readDottedName(scanner: Scanner): string[] {
  const parts: string[] = [];
  while (scanner.nextSignificant() && (scanner.kind === 'word' || scanner.kind === 'quoted-name')) {
    parts.push(decodeName(scanner.kind, scanner.text.slice(scanner.start, scanner.end)));
    if (!scanner.nextSignificant() || !scanner.is('.')) break;
  }
  return parts;
}
