import { decodeName, decodeString } from './names.ts';
import { Scanner, type TokenKind } from './scanner.ts';

/** A significant token: neither white space nor a comment. */
export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Position in the text that was read. */
  readonly start: number;
  readonly end: number;
  /** The number of open parentheses around it. A parenthesis itself counts as outside its pair. */
  readonly depth: number;
}

/** The tokens of one statement, without white space and comments. */
export function significantTokens(statement: string): Token[] {
  return new StatementTokens(statement).all();
}

/** The tokens of one statement, each of which is read when it is first asked for. */
class StatementTokens {
  readonly #scanner: Scanner;
  readonly #read: Token[] = [];
  #depth = 0;
  #hasEnded = false;

  constructor(statement: string) {
    this.#scanner = new Scanner(statement);
  }

  at(index: number): Token | undefined {
    while (index >= this.#read.length && !this.#hasEnded) this.#readNext();
    return this.#read[index];
  }

  all(): Token[] {
    while (!this.#hasEnded) this.#readNext();
    return this.#read;
  }

  #readNext(): void {
    const scanner = this.#scanner;
    if (!scanner.nextSignificant()) {
      this.#hasEnded = true;
      return;
    }
    if (scanner.is(')')) this.#depth = Math.max(0, this.#depth - 1);
    const { kind, start, end } = scanner;
    this.#read.push({ kind, text: scanner.text.slice(start, end), start, end, depth: this.#depth });
    if (scanner.is('(')) this.#depth += 1;
  }
}

/** The words of each phrase. There are few phrases, and they are compared with every statement of a dump. */
const wordsOfPhrases = new Map<string, readonly string[]>();

export function wordsOf(phrase: string): readonly string[] {
  let words = wordsOfPhrases.get(phrase);
  if (words === undefined) {
    words = phrase.split(' ');
    wordsOfPhrases.set(phrase, words);
  }
  return words;
}

type PhrasesByFirstWord = ReadonlyMap<string, readonly string[]>;
const phraseLists = new WeakMap<readonly string[], PhrasesByFirstWord>();

function byFirstWord(phrases: readonly string[]): PhrasesByFirstWord {
  let grouped = phraseLists.get(phrases);
  if (grouped === undefined) {
    grouped = Map.groupBy(phrases, (phrase) => wordsOf(phrase)[0] ?? '');
    phraseLists.set(phrases, grouped);
  }
  return grouped;
}

/** Walks over a statement's tokens. Every method moves past what it has read. */
export class TokenReader {
  readonly #tokens: Pick<StatementTokens, 'at'>;
  #at = 0;

  constructor(tokens: Pick<StatementTokens, 'at'>) {
    this.#tokens = tokens;
  }

  /** Reads a statement no further than it is asked for: most answers are in its first words. */
  static of(statement: string): TokenReader {
    return new TokenReader(new StatementTokens(statement));
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens.at(this.#at + ahead);
  }

  skip(count = 1): void {
    this.#at += count;
  }

  /** Reads these words, separated by spaces. If they do not follow, reads nothing and returns false. */
  readWords(words: string): boolean {
    const expected = wordsOf(words);
    if (!expected.every((word, ahead) => wordOf(this.peek(ahead)) === word)) return false;
    this.#at += expected.length;
    return true;
  }

  /** Reads the first of these phrases that follows here. Put longer phrases first. */
  readOneOf(phrases: readonly string[]): string | undefined {
    const word = wordOf(this.peek());
    if (word === undefined) return undefined;
    return byFirstWord(phrases)
      .get(word)
      ?.find((phrase) => this.readWords(phrase));
  }

  readPunctuation(character: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'punctuation' || token.text !== character) return false;
    this.#at += 1;
    return true;
  }

  readName(): string | undefined {
    const token = this.peek();
    if (token?.kind !== 'word' && token?.kind !== 'quoted-name') return undefined;
    this.#at += 1;
    return decodeName(token.kind, token.text);
  }

  /**
   * Reads `a.b.c`, with at least one part. Otherwise reads nothing and returns undefined. The last part may
   * be an operator: `public.===`.
   */
  readDottedName(): string[] | undefined {
    const parts: string[] = [];
    do {
      const operator = this.peek()?.kind === 'operator' ? this.peek()?.text : undefined;
      if (operator !== undefined) {
        this.#at += 1;
        return [...parts, operator];
      }
      const part = this.readName();
      if (part === undefined) break;
      parts.push(part);
    } while (this.readPunctuation('.'));
    return parts.length > 0 ? parts : undefined;
  }

  readString(): string | undefined {
    const token = this.peek();
    if (token?.kind !== 'string') return undefined;
    this.#at += 1;
    return decodeString(token.text);
  }

  /**
   * Moves to the first token from here on, outside parentheses, that is this word. If there is none, it does
   * not move and returns false. A part of a dotted name does not count: a type can be called
   * `public.language`, and a schema `language`.
   */
  seekWord(word: string): boolean {
    for (let at = this.#at; ; at += 1) {
      const token = this.#tokens.at(at);
      if (token === undefined) return false;
      if (token.depth > 0 || wordOf(token) !== word) continue;
      const before = at === 0 ? undefined : this.#tokens.at(at - 1);
      if (before?.text === '.' || this.#tokens.at(at + 1)?.text === '.') continue;
      this.#at = at;
      return true;
    }
  }

  /** Moves past the group in parentheses that begins here. */
  skipParentheses(): void {
    const open = this.peek();
    if (open?.kind !== 'punctuation' || open.text !== '(') return;
    this.#at += 1;
    for (let token = this.peek(); token; token = this.peek()) {
      this.#at += 1;
      if (token.depth === open.depth && token.text === ')') return;
    }
  }
}

/** The key word of a token, in upper case; undefined if the token is not a word. */
export function wordOf(token: Token | undefined): string | undefined {
  return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
}
