import { nameAt, parentsOf } from './ancestry.ts';
import {
  type ArchivedTexts,
  archivedTextKey,
  readArchivedTexts,
} from './archived-text/read-archived-texts.ts';
import { StatementText } from './archived-text/statement-text.ts';
import type { FactDifference } from './compare-fingerprints.ts';
import { comparableTokens, hashOfText } from './deparsed-text.ts';
import { type Facts, type Fingerprint, type FingerprintEntry, objectKey } from './fingerprint.ts';

/**
 * Tells a definition that really differs from one that the server only writes differently after one round
 * trip: see docs/decisions/0018-text-after-one-round-trip.md. For the latter, three conditions must hold: the
 * archive defines the object in the source's own text, whose hash is in the fingerprint; no later statement
 * in the archive defines it again; and the restored definition says the same, apart from what parsing and
 * deparsing are known to change.
 */
export class RoundTrips {
  readonly #source: ReadonlyMap<string, FingerprintEntry>;
  readonly #archived: ArchivedTexts;
  readonly #restored: ReadonlyMap<string, Facts>;

  /**
   * `restored` has plain texts, not hashes. `statements` are those of pre-data.sql and post-data.sql, in
   * order.
   */
  constructor(source: Fingerprint, restored: Fingerprint, statements: Iterable<string>) {
    this.#source = new Map(source.entries.map((entry) => [objectKey(entry), entry]));
    this.#restored = new Map(restored.entries.map((entry) => [objectKey(entry), entry.text ?? {}]));
    this.#archived = readArchivedTexts(statements);
  }

  explain(entry: FingerprintEntry, { fact, source }: FactDifference): string | undefined {
    const archived = this.#textsOf(entry, fact).find((text) => hashOfText(text) === source);
    const restored = this.#restored.get(objectKey(entry))?.[fact];
    if (archived === undefined || typeof restored !== 'string') return undefined;
    if (!saysTheSame(archived, restored)) return undefined;
    return `made from the source's own text in the archive; after one round trip the server writes its ${FACT_NAMES[fact] ?? fact} differently`;
  }

  /** A dump does not repeat a default, constraint or trigger that a child has from its parent. */
  #textsOf(entry: FingerprintEntry, fact: string): readonly string[] {
    const { kind, parent } = entry;
    const own = this.#archived.get(archivedTextKey(kind, nameInArchive(entry), fact));
    if (own !== undefined || parent === undefined || !FROM_PARENT.has(kind)) return own ?? [];
    return parentsOf(this.#source.get(objectKey(parent))).flatMap((table) => {
      const ofParent = this.#source.get(objectKey({ kind, name: nameAt(entry, table) }));
      const texts = ofParent === undefined ? [] : this.#textsOf(ofParent, fact);
      return kind === 'trigger' ? texts.map((text) => onTable(text, parent.name)) : texts;
    });
  }
}

const FACT_NAMES: Readonly<Record<string, string>> = {
  using: 'USING',
  withCheck: 'WITH CHECK',
  filter: 'WHERE',
  partitionKey: 'partition key',
  partitionBound: 'bound',
  defaults: 'default arguments',
};

const FROM_PARENT: ReadonlySet<string> = new Set(['column', 'constraint', 'trigger']);

/** The text of a trigger, rewritten as its copy on a partition. */
function onTable(text: string, table: string): string {
  const statement = new StatementText(text);
  const at = statement.find('ON') + 1;
  const end = statement.tokens[at + 1]?.text === '.' ? at + 3 : at + 1;
  return `${statement.between(0, at)} ${table} ${statement.between(end, statement.tokens.length)}`;
}

/**
 * The name of an object in the archive. Argument types of routines are cut off: an archive spells them
 * differently.
 */
function nameInArchive({ kind, name }: FingerprintEntry): string {
  if (kind !== 'function' && kind !== 'procedure') return name;
  return /^(?:"(?:[^"]|"")*"|[^"(])+/.exec(name)?.[0] ?? name;
}

/**
 * Whether the server may write the second text after it has parsed the first. In a subquery it adds the name
 * of a column that it had omitted as unused (`NULL::integer` becomes `NULL::integer AS int4`). It turns a
 * sign and a number into a constant (`- 1` becomes `'-1'::integer`).
 */
export function saysTheSame(written: string, writtenAgain: string): boolean {
  const [first, second] = [comparableTokens(written), comparableTokens(writtenAgain)];
  let at = 0;
  for (let again = 0; again < second.length; ) {
    const token = second[again];
    const isOtherName = token === 'AS' && first[at + 1] !== second[again + 1];
    if (token === first[at] && !isOtherName) {
      at += 1;
      again += 1;
    } else if (token === 'AS' && isName(second[again + 1])) {
      again += 2;
    } else if (first[at] === '-' && token === `'-${first[at + 1]}'`) {
      at += 2;
      again += 1;
    } else {
      return false;
    }
  }
  return at === first.length;
}

function isName(token: string | undefined): boolean {
  return token !== undefined && /^["A-Za-z_\u0080-\uffff]/.test(token);
}
