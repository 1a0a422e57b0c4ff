import type { Manifest } from '../archive/manifest.ts';
import { identifier, qualified } from '../fingerprint/identity.ts';
import type { ColumnFacts } from './column-facts.ts';
import { nameOfTable } from './decide-masks.ts';
import { type FakeKind, staysDifferent } from './rules/fake-kinds.ts';
import type { Masks, Rule } from './rules/masks-file.ts';

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
  const referredTo = referredColumns(facts);
  const tables: Record<string, Record<string, Rule>> = Object.create(null);
  for (const table of manifest.tables) {
    if (table.rows === 0 || table.dataLeftOut !== undefined) continue;
    const name = nameOfTable(table.partitionRoot ?? table);
    const rules: Record<string, Rule> = Object.create(null);
    for (const column of table.columns) {
      const { schema, name: own } = table;
      const type = facts.type(schema, own, column);
      const root = table.partitionRoot ?? table;
      const reference =
        referredTo.get(qualified(schema, own, column)) ??
        referredTo.get(qualified(root.schema, root.name, column));
      const isUnique = facts.unique(schema, own).some((key) => key.length === 1 && key[0] === column);
      rules[column] = guess(column, {
        kind: type.kind,
        reference,
        isUnique,
        mayBeNull: !facts.isNotNull(schema, own, column),
      });
    }
    tables[name] = rules;
  }
  return { version: 1, default: 'refuse', largeObjects: 'exclude', tables };
}

/** The columns of references, each with the name of the one that is referred to in the end. */
function referredColumns({ references }: ColumnFacts): Map<string, string> {
  const towards = new Map(
    references.flatMap(({ from, columns, to, referenced }) =>
      columns.map((column, at) => [
        `${from}.${identifier(column)}`,
        { key: `${to}.${identifier(referenced[at] ?? '')}`, name: referenced[at] ?? '' },
      ]),
    ),
  );
  const all = new Map<string, string>();
  for (const start of towards.keys()) {
    const met = new Set<string>();
    let end = towards.get(start);
    for (let next = end; next && !met.has(next.key); next = towards.get(next.key)) {
      met.add(next.key);
      end = next;
    }
    if (end) for (const key of [start, ...met]) all.set(key, end.name);
  }
  return all;
}

interface Guessed {
  readonly kind: ReturnType<ColumnFacts['type']>['kind'];
  /** The name of the column that keys refer to, if this is it, or such a key. */
  readonly reference: string | undefined;
  readonly isUnique: boolean;
  readonly mayBeNull: boolean;
}

function guess(column: string, { kind, reference, isUnique, mayBeNull }: Guessed): Rule {
  const fake = GUESSES.find(([name]) => name.test(reference ?? column))?.[1];
  if (kind === 'date' || kind === 'timestamp') return fake === 'date' ? { partial: 'year' } : 'keep';
  if (!TEXTS.has(kind)) return 'keep';
  if (kind === 'network') return { fake: 'ip' };
  // Both ends of a reference need one rule, and different values stay different.
  if (reference !== undefined)
    return kind !== 'text' ? 'keep' : fake !== undefined && staysDifferent(fake) ? { fake } : 'hash';
  if (SECRET.test(column)) return mayBeNull ? 'null' : 'hash';
  if (kind === 'json') return mayBeNull ? 'null' : { fixed: '{}' };
  if (kind === 'bytes') return mayBeNull ? 'null' : 'hash';
  if (fake !== undefined && fake !== 'date' && (!isUnique || staysDifferent(fake))) return { fake };
  return isUnique ? 'hash' : { fake: 'words' };
}
