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
  const scanner = new Scanner(statement);
  const tokens: Token[] = [];
  let depth = 0;
  while (scanner.nextSignificant()) {
    if (scanner.is(')')) depth = Math.max(0, depth - 1);
    const { kind, start, end } = scanner;
    tokens.push({ kind, text: statement.slice(start, end), start, end, depth });
    if (scanner.is('(')) depth += 1;
  }
  return tokens;
}

/** Walks over a statement's tokens. Every method moves past what it has read. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  skip(count = 1): void {
    this.#at += count;
  }

  /** Reads these words, separated by spaces. If they do not follow, reads nothing and returns false. */
  readWords(words: string): boolean {
    const expected = words.split(' ');
    if (!expected.every((word, ahead) => wordOf(this.peek(ahead)) === word)) return false;
    this.#at += expected.length;
    return true;
  }

  /** Reads the first of these phrases that follows here. Put longer phrases first. */
  readOneOf(phrases: readonly string[]): string | undefined {
    return phrases.find((phrase) => this.readWords(phrase));
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
    for (let at = this.#at; at < this.#tokens.length; at += 1) {
      const token = this.#tokens[at];
      const isInName = this.#tokens[at - 1]?.text === '.' || this.#tokens[at + 1]?.text === '.';
      if (token?.depth === 0 && wordOf(token) === word && !isInName) {
        this.#at = at;
        return true;
      }
    }
    return false;
  }

  /** Moves past the group in parentheses that begins here. */
  skipParentheses(): void {
    const open = this.peek();
    if (open?.kind !== 'punctuation' || open.text !== '(') return;
    this.#at += 1;
    while (this.#at < this.#tokens.length) {
      const token = this.peek();
      this.#at += 1;
      if (token?.depth === open.depth && token.text === ')') return;
    }
  }
}

/** The key word of a token, in upper case; undefined if the token is not a word. */
export function wordOf(token: Token | undefined): string | undefined {
  return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
}
