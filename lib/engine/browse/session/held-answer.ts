import type { AnswerPart } from './server-answer.ts';

/** Enough for the first screen of any query; as long as an answer is held, what led to it can be done again. */
const MOST_HELD_BYTES = 64 * 1024;

/** Where an answer goes: bytes to a client, or into a parser. `true`: more is welcome at once. */
export interface AnswerSink {
  write(bytes: Uint8Array): boolean;
  /** Calls back once it takes more again. */
  onceDrained(callback: () => void): void;
  /** A message to the client that belongs to no answer. */
  notice(text: string): void;
}

/** Holds the beginning of an answer back, until it is known not to end in an error that can be helped. */
export class HeldAnswer {
  readonly #sink: AnswerSink;
  #held: AnswerPart[] | undefined = [];
  #size = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Whether the client has seen nothing of it yet. */
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

  /** Lets the client see it, with another error in the place of the first one if there is one to tell. */
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
