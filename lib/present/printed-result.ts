import type { ResultTaker } from '../engine/browse/query/query.ts';

/** Prints the result of a statement, row by row or at its end. */
export interface PrintedResult extends ResultTaker {
  /** `tag` is the command tag, such as `SELECT 3`. */
  end(tag: string): void;
}

/** Text is written in pieces of about this size: a million small writes would take longer than the query. */
const PIECE_CHARACTERS = 64 * 1024;

/** Gathers text for a stream. */
export class TextPieces {
  readonly #print: (text: string) => void;
  #pieces: string[] = [];
  #size = 0;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  add(text: string): void {
    this.#pieces.push(text);
    this.#size += text.length;
    if (this.#size >= PIECE_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#size > 0) this.#print(this.#pieces.join(''));
    this.#pieces = [];
    this.#size = 0;
  }
}
