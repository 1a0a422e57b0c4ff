import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';

/** A statement by its tokens, of which every stretch can be had as it is written. */
export class StatementText {
  readonly tokens: readonly Token[];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    const tokens = significantTokens(text);
    this.tokens = tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens;
  }

  /** As written, without the semicolon at its end. */
  get whole(): string {
    return this.between(0, this.tokens.length);
  }

  /** What is written from one token to before another. */
  between(from: number, to: number): string {
    const [first, last] = [this.tokens[from], this.tokens[to - 1]];
    return first && last && from < to ? this.#text.slice(first.start, last.end) : '';
  }

  /** Where these words stand in a row at a depth of parentheses, from a token on; -1 if nowhere before `to`. */
  find(words: string, from = 0, depth = 0, to = this.tokens.length): number {
    const wanted = words.split(' ');
    for (let at = from; at + wanted.length <= to; at += 1) {
      if (wanted.every((word, ahead) => this.#isWord(at + ahead, word, depth))) return at;
    }
    return -1;
  }

  /** The token behind a group of parentheses that opens at a token; undefined where none opens. */
  closing(open: number): number | undefined {
    const token = this.tokens[open];
    if (token?.text !== '(') return undefined;
    const close = this.tokens.findIndex(
      ({ text, depth }, at) => at > open && text === ')' && depth === token.depth,
    );
    return close < 0 ? undefined : close + 1;
  }

  /** What stands in the parentheses that open at a token. */
  inside(open: number): string | undefined {
    const end = this.closing(open);
    return end === undefined ? undefined : this.between(open + 1, end - 1);
  }

  /** The stretches between the commas of a group of parentheses that opens at a token; those of an ARRAY[…] are none. */
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
