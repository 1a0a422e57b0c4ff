import type { AnswerPart } from './server-answer.ts';

/** Enough for the first screen of any query. As long as an answer is held, its batch can be repeated. */
const MOST_HELD_BYTES = 64 * 1024;

/** The destination of an answer: a client, or a parser. `write` returns true if it takes more at once. */
export interface AnswerSink {
  write(bytes: Uint8Array): boolean;
  /** Calls back when the sink takes more again. */
  onceDrained(callback: () => void): void;
  /** Sends the client a notice that is not part of an answer. */
  notice(text: string): void;
}

/** Holds back the beginning of an answer, until it cannot end in an error that can be cured. */
export class HeldAnswer {
  readonly #sink: AnswerSink;
  #held: AnswerPart[] | undefined = [];
  #size = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Whether the client has not seen anything of the answer yet. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  write(part: AnswerPart): boolean {
    if (!this.#held) return this.#sink.write(part.bytes);
    this.#held.push(part);
    this.#size += part.bytes.length;
    return this.#size <= MOST_HELD_BYTES || this.release();
  }

  onceDrained(callback: () => void): void {
    this.#sink.onceDrained(callback);
  }

  /** Sends the answer to the client. `insteadOfError` replaces the first error. */
  release(insteadOfError?: Uint8Array): boolean {
    const held = this.#held ?? [];
    this.#held = undefined;
    const first = held.findIndex(({ type }) => type === 'E');
    return held.reduce(
      (welcome, { bytes }, index) =>
        this.#sink.write(index === first && insteadOfError ? insteadOfError : bytes) && welcome,
      true,
    );
  }
}
