import type { Manifest } from '../archive/manifest.ts';
import type { ColumnFacts } from './column-facts.ts';
import { nameOfTable } from './decide-masks.ts';
import type { Masks, Rule } from './masks-file.ts';
import type { FakeKind } from './rules/fake-kinds.ts';

/** Names of columns that people give, and what they hold then; the first that fits counts. */
const GUESSES: ReadonlyArray<readonly [name: RegExp, fake: FakeKind]> = [
  [/e[-_]?mail/i, 'email'],
  [/first_?name|given_?name|fore_?name/i, 'firstName'],
  [/last_?name|family_?name|sur_?name/i, 'lastName'],
  [/user_?name|login|nick|handle/i, 'userName'],
  [/company|organi[sz]ation_?name|employer/i, 'company'],
  [/phone|mobile|fax|tel(?:$|_)/i, 'phone'],
  [/street|address/i, 'street'],
  [/city|town/i, 'city'],
  [/zip|postal|post_?code/i, 'zip'],
  [/(?:^|_)name$|full_?name|display_?name/i, 'name'],
  [/avatar|website|homepage|(?:^|_)url$/i, 'url'],
  [/birth|(?:^|_)dob$/i, 'date'],
  [/(?:^|_)ip(?:_|$)|ip_?address|remote_?addr/i, 'ip'],
];
/** What must never be seen: it opens doors. */
const SECRET = /passw|secret|token|api_?key|hash$|salt|otp|recovery|credential|private|session/i;
/** Types that can hold what people wrote. */
const TEXTS = new Set(['text', 'json', 'bytes', 'network']);

/**
 * A first masks file, with a guess for each column. Numbers, times and keys are proposed to be kept; every text is masked unless
 * a key refers by it. A person has to read it.
 */
export function proposeMasks(manifest: Manifest, facts: ColumnFacts): Masks {
  const referring = new Set(
    facts.references.flatMap(({ from, columns, to, referenced }) => [
      ...columns.map((column) => `${from}.${column}`),
      ...referenced.map((column) => `${to}.${column}`),
    ]),
  );
  const tables: Record<string, Record<string, Rule>> = Object.create(null);
  for (const table of manifest.tables) {
    if (table.rows === 0 || table.dataLeftOut !== undefined) continue;
    const name = nameOfTable(table.partitionRoot ?? table);
    const rules: Record<string, Rule> = Object.create(null);
    for (const column of table.columns) {
      const { schema, name: own } = table;
      const type = facts.type(schema, own, column);
      const isReference = referring.has(`${schema}.${own}.${column}`);
      const isUnique = facts.unique(schema, own).some((key) => key.length === 1 && key[0] === column);
      rules[column] = guess(column, {
        kind: type.kind,
        isReference,
        isUnique,
        mayBeNull: !facts.isNotNull(schema, own, column),
      });
    }
    tables[name] = rules;
  }
  return { version: 1, default: 'refuse', largeObjects: 'exclude', tables };
}

interface Guessed {
  readonly kind: ReturnType<ColumnFacts['type']>['kind'];
  readonly isReference: boolean;
  readonly isUnique: boolean;
  readonly mayBeNull: boolean;
}

function guess(column: string, { kind, isReference, isUnique, mayBeNull }: Guessed): Rule {
  const fake = GUESSES.find(([name]) => name.test(column))?.[1];
  if (kind === 'date' || kind === 'timestamp') return fake === 'date' ? { partial: 'year' } : 'keep';
  if (!TEXTS.has(kind)) return 'keep';
  if (kind === 'network') return { fake: 'ip' };
  if (isReference) return kind === 'text' ? 'hash' : 'keep';
  if (SECRET.test(column)) return mayBeNull ? 'null' : 'hash';
  if (kind === 'json') return mayBeNull ? 'null' : { fixed: '{}' };
  if (kind === 'bytes') return mayBeNull ? 'null' : 'hash';
  if (
    fake !== undefined &&
    fake !== 'date' &&
    (!isUnique || fake === 'email' || fake === 'userName' || fake === 'url')
  )
    return { fake };
  return isUnique ? 'hash' : { fake: 'words' };
}
