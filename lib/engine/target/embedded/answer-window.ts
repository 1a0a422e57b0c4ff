/**
 * The most bytes between the server's thread and a client. The server waits for a client that reads slowly.
 */
const MOST_BYTES_UNDER_WAY = 4 * 1024 * 1024;
const UNDER_WAY = 0;

/**
 * Counts the bytes of an answer that the server has sent and nobody has taken yet. Both threads share this
 * counter. The mailbox of a thread accepts every message immediately, so without this limit a whole large
 * answer would be in memory.
 */
export class AnswerWindow {
  readonly memory: SharedArrayBuffer;
  readonly #counters: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counters = new Int32Array(memory);
  }

  /** Waits until there is room for `bytes` more. Called in the server's thread before it sends. */
  reserve(bytes: number): void {
    for (;;) {
      const underWay = Atomics.load(this.#counters, UNDER_WAY);
      if (underWay < MOST_BYTES_UNDER_WAY) break;
      Atomics.wait(this.#counters, UNDER_WAY, underWay);
    }
    Atomics.add(this.#counters, UNDER_WAY, bytes);
  }

  /** Frees `bytes` that were taken. Called in the other thread. */
  release(bytes: number): void {
    Atomics.sub(this.#counters, UNDER_WAY, bytes);
    Atomics.notify(this.#counters, UNDER_WAY);
  }
}
