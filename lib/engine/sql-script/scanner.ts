import { LifeboatError } from '../ground/errors.ts';

export type TokenKind =
  | 'space'
  | 'line-comment'
  | 'block-comment'
  /** A key word or an unquoted identifier. */
  | 'word'
  /** `"name"` or `U&"name"`. */
  | 'quoted-name'
  /** Every form of string constant: `'…'`, `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `$tag$…$tag$`. */
  | 'string'
  | 'number'
  /** `$1` */
  | 'parameter'
  | 'operator'
  /** One of `( ) [ ] , ; : .`, or a character that SQL does not use, such as a backslash. */
  | 'punctuation';

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const MINUS = 0x2d;
const SLASH = 0x2f;
const ASTERISK = 0x2a;
const AMPERSAND = 0x26;

const OTHER = 0;
const SPACE = 1;
const WORD_START = 2;
const DIGIT = 3;
const OPERATOR = 4;
const CLASS_OF = new Uint8Array(128);
for (const character of ' \t\n\r\f\v') CLASS_OF[character.charCodeAt(0)] = SPACE;
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_') {
  CLASS_OF[character.charCodeAt(0)] = WORD_START;
}
for (const character of '0123456789') CLASS_OF[character.charCodeAt(0)] = DIGIT;
for (const character of '~!@#^&|`?+-*/%<>=') CLASS_OF[character.charCodeAt(0)] = OPERATOR;

/** The characters that may follow the first one of a word. */
const IN_WORD = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  if (CLASS_OF[code] === WORD_START || CLASS_OF[code] === DIGIT || code === DOLLAR) IN_WORD[code] = 1;
}

/** The class of a character. As in PostgreSQL, every byte above 127 is a letter, in any encoding. */
function classOf(code: number): number {
  return code < 128 ? (CLASS_OF[code] ?? OTHER) : WORD_START;
}

/** What nextBoundary may do at a character: pass it, pass the word that begins with it, stop, or read a token. */
const READ = 0;
const PASS = 1;
const PASS_WORD = 2;
const STOP = 3;
const AT_CHARACTER = new Uint8Array(128).fill(READ);
for (const character of ' \t\n\r\f\v~!@#^&|`?+*%<>=[],:.\\') AT_CHARACTER[character.charCodeAt(0)] = PASS;
for (const character of 'ACDFGHIJKLMOPQRSTVWYZacdfghijklmopqrstvwyz_') {
  AT_CHARACTER[character.charCodeAt(0)] = PASS_WORD;
}
for (const character of '();') AT_CHARACTER[character.charCodeAt(0)] = STOP;

const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const NUMBER = /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d[\d_]*(?:\.(?!\.)[\d_]*)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads SQL token by token, as PostgreSQL's own lexer does with `standard_conforming_strings = on`. All of
 * SQL's syntax is ASCII, so the text may be decoded with any encoding that keeps ASCII: UTF-8, or latin1 if
 * every byte must survive. `kind`, `start` and `end` describe the current token; a token allocates nothing.
 * The time is linear in the text's length.
 */
export class Scanner {
  readonly text: string;
  readonly #limit: number;
  kind: TokenKind = 'space';
  start: number;
  end: number;

  constructor(text: string, from = 0, limit = text.length) {
    this.text = text;
    this.#limit = limit;
    this.start = from;
    this.end = from;
  }

  /**
   * Moves to the next token. Returns false at the end. Throws `sql-script-incomplete` in a quote or comment
   * without an end.
   */
  next(): boolean {
    const { text } = this;
    const from = this.end;
    if (from >= this.#limit) return false;
    this.start = from;
    const code = text.charCodeAt(from);
    const following = text.charCodeAt(from + 1);
    switch (classOf(code)) {
      case SPACE:
        this.kind = 'space';
        this.end = this.#runOf(SPACE, from + 1);
        return true;
      case WORD_START:
        this.#readWordOrPrefixedQuote(code, following);
        return true;
      case DIGIT:
        this.kind = 'number';
        NUMBER.lastIndex = from;
        this.end = NUMBER.test(text) ? NUMBER.lastIndex : from + 1;
        return true;
      case OPERATOR:
        if (code === MINUS && following === MINUS) this.#readLineComment();
        else if (code === SLASH && following === ASTERISK) this.#readBlockComment();
        else this.#readOperator();
        return true;
    }
    if (code === QUOTE) {
      this.kind = 'string';
      this.end = this.#endOfQuoted(from + 1, "'", 'a string');
    } else if (code === DOUBLE_QUOTE) {
      this.kind = 'quoted-name';
      this.end = this.#endOfQuoted(from + 1, '"', 'a quoted name');
    } else if (code === DOLLAR) {
      this.#readDollar(following);
    } else {
      this.kind = 'punctuation';
      this.end = from + 1;
    }
    return true;
  }

  /** Moves to the next token that is neither white space nor a comment. */
  nextSignificant(): boolean {
    while (this.next()) {
      if (this.kind !== 'space' && this.kind !== 'line-comment' && this.kind !== 'block-comment') return true;
    }
    return false;
  }

  /**
   * Moves to the next `(`, `)` or `;` that is a token. The same as calling next() until there is one, in a
   * third of the time: a letter that cannot begin a string, and most characters that are no letters, are
   * passed without being made tokens.
   */
  nextBoundary(): boolean {
    const { text } = this;
    const limit = this.#limit;
    let at = this.end;
    while (at < limit) {
      const code = text.charCodeAt(at);
      const action = code < 128 ? AT_CHARACTER[code] : PASS_WORD;
      if (action === PASS) {
        at += 1;
      } else if (action === PASS_WORD) {
        at = this.#endOfWord(at + 1);
      } else if (action === STOP) {
        this.kind = 'punctuation';
        this.start = at;
        this.end = at + 1;
        return true;
      } else {
        this.end = at;
        this.next();
        at = this.end;
      }
    }
    this.end = at;
    return false;
  }

  /** Whether the current token is this word; give `word` in lower case, of letters only. */
  isWord(word: string): boolean {
    if (this.kind !== 'word' || this.end - this.start !== word.length) return false;
    for (let at = 0; at < word.length; at += 1) {
      // The bit tells a small letter from a capital one; no other character becomes a letter by it.
      if ((this.text.charCodeAt(this.start + at) | 0x20) !== word.charCodeAt(at)) return false;
    }
    return true;
  }

  is(character: string): boolean {
    return this.kind === 'punctuation' && this.text[this.start] === character;
  }

  #runOf(characterClass: number, from: number): number {
    let at = from;
    while (at < this.#limit && classOf(this.text.charCodeAt(at)) === characterClass) at += 1;
    return at;
  }

  #readWordOrPrefixedQuote(code: number, following: number): void {
    const { text, start } = this;
    const letter = code | 0x20;
    if (following === QUOTE) {
      if (letter === 0x65 /* e */) {
        this.kind = 'string';
        this.end = this.#endOfEscapedString(start + 2);
        return;
      }
      if (letter === 0x62 || letter === 0x78 || letter === 0x6e /* b, x, n */) {
        this.kind = 'string';
        this.end = this.#endOfQuoted(start + 2, "'", 'a string');
        return;
      }
    }
    if (letter === 0x75 /* u */ && following === AMPERSAND) {
      const quote = text.charCodeAt(start + 2);
      if (quote === QUOTE || quote === DOUBLE_QUOTE) {
        this.kind = quote === QUOTE ? 'string' : 'quoted-name';
        this.end = this.#endOfQuoted(start + 3, quote === QUOTE ? "'" : '"', 'a quoted text');
        return;
      }
    }
    this.kind = 'word';
    this.end = this.#endOfWord(start + 1);
  }

  #endOfWord(from: number): number {
    const { text } = this;
    const limit = this.#limit;
    let at = from;
    while (at < limit) {
      const code = text.charCodeAt(at);
      if (code < 128 && IN_WORD[code] === 0) break;
      at += 1;
    }
    return at;
  }

  #readLineComment(): void {
    let at = this.start + 2;
    for (; at < this.#limit; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === 0x0a || code === 0x0d) break;
    }
    this.kind = 'line-comment';
    this.end = at;
  }

  #readBlockComment(): void {
    const { text } = this;
    let depth = 1;
    let at = this.start + 2;
    for (; depth > 0; at += 1) {
      if (at + 1 >= this.#limit) throw unterminated('a comment', this.start);
      const code = text.charCodeAt(at);
      if (code === ASTERISK && text.charCodeAt(at + 1) === SLASH) depth -= 1;
      else if (code === SLASH && text.charCodeAt(at + 1) === ASTERISK) depth += 1;
      else continue;
      at += 1;
    }
    this.kind = 'block-comment';
    this.end = at;
  }

  #readOperator(): void {
    const { text } = this;
    let at = this.start + 1;
    for (; at < this.#limit; at += 1) {
      const code = text.charCodeAt(at);
      if (classOf(code) !== OPERATOR) break;
      const following = text.charCodeAt(at + 1);
      if (code === MINUS && following === MINUS) break;
      if (code === SLASH && following === ASTERISK) break;
    }
    this.kind = 'operator';
    this.end = at;
  }

  #readDollar(following: number): void {
    const { text, start } = this;
    DOLLAR_TAG.lastIndex = start;
    if (DOLLAR_TAG.test(text)) {
      const tag = text.slice(start, DOLLAR_TAG.lastIndex);
      const close = text.indexOf(tag, start + tag.length);
      if (close < 0 || close + tag.length > this.#limit) throw unterminated('a dollar-quoted string', start);
      this.kind = 'string';
      this.end = close + tag.length;
      return;
    }
    const isParameter = classOf(following) === DIGIT;
    this.kind = isParameter ? 'parameter' : 'punctuation';
    this.end = isParameter ? this.#runOf(DIGIT, start + 1) : start + 1;
  }

  /** The end of a quote whose only escape is the doubled quote. */
  #endOfQuoted(from: number, quote: '"' | "'", what: string): number {
    const { text } = this;
    for (let at = from; ; ) {
      const close = text.indexOf(quote, at);
      if (close < 0 || close >= this.#limit) throw unterminated(what, this.start);
      if (text[close + 1] !== quote || close + 1 >= this.#limit) return close + 1;
      at = close + 2;
    }
  }

  #endOfEscapedString(from: number): number {
    const { text } = this;
    for (let at = from; at < this.#limit; at += 1) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) {
        at += 1;
      } else if (code === QUOTE) {
        if (text.charCodeAt(at + 1) !== QUOTE || at + 1 >= this.#limit) return at + 1;
        at += 1;
      }
    }
    throw unterminated('a string', this.start);
  }
}

function unterminated(what: string, offset: number): LifeboatError {
  return new LifeboatError({
    code: 'sql-script-incomplete',
    kind: 'verification',
    what: `The SQL script ends inside ${what} that begins at character ${offset}.`,
    meaning: 'The script is incomplete or damaged.',
  });
}
