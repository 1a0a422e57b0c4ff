import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';

/** A statement as tokens. Any range of tokens can be read as its original text. */
export class StatementText {
  readonly tokens: readonly Token[];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    const tokens = significantTokens(text);
    this.tokens = tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens;
  }

  /** The original text without the semicolon at its end. */
  get whole(): string {
    return this.between(0, this.tokens.length);
  }

  /** The original text from token `from` up to, but not including, token `to`. */
  between(from: number, to: number): string {
    const [first, last] = [this.tokens[from], this.tokens[to - 1]];
    return first && last && from < to ? this.#text.slice(first.start, last.end) : '';
  }

  /**
   * The first position of these consecutive words at this depth of parentheses, between `from` and `to`; -1
   * if none.
   */
  find(words: string, from = 0, depth = 0, to = this.tokens.length): number {
    const wanted = words.split(' ');
    for (let at = from; at + wanted.length <= to; at += 1) {
      if (wanted.every((word, ahead) => this.#isWord(at + ahead, word, depth))) return at;
    }
    return -1;
  }

  /** The position after the parentheses that open at token `open`; undefined where none open there. */
  closing(open: number): number | undefined {
    const token = this.tokens[open];
    if (token?.text !== '(') return undefined;
    const close = this.tokens.findIndex(
      ({ text, depth }, at) => at > open && text === ')' && depth === token.depth,
    );
    return close < 0 ? undefined : close + 1;
  }

  /** The text inside the parentheses that open at token `open`. */
  inside(open: number): string | undefined {
    const end = this.closing(open);
    return end === undefined ? undefined : this.between(open + 1, end - 1);
  }

  /**
   * The ranges between the commas of the parentheses that open at token `open`. Commas of an ARRAY[…] do not
   * count.
   */
  *parts(open: number): Generator<readonly [from: number, to: number]> {
    const end = (this.closing(open) ?? open + 1) - 1;
    let from = open + 1;
    let brackets = 0;
    for (let at = from; at < end; at += 1) {
      const { text = '', depth } = this.tokens[at] ?? {};
      if (text === '[') brackets += 1;
      else if (text === ']') brackets -= 1;
      if (text !== ',' || brackets > 0 || depth !== (this.tokens[open]?.depth ?? 0) + 1) continue;
      yield [from, at];
      from = at + 1;
    }
    if (from < end) yield [from, end];
  }

  #isWord(at: number, word: string, depth: number): boolean {
    const token = this.tokens[at];
    return token?.depth === depth && wordOf(token) === word;
  }
}
