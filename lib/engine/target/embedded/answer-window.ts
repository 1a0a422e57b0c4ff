/** What may be on its way from the server's thread to a client; a client that reads slowly makes the server wait. */
const MOST_BYTES_UNDER_WAY = 4 * 1024 * 1024;
const UNDER_WAY = 0;

/**
 * Counts, in memory that both threads share, the bytes of an answer that the server has sent and nobody has taken yet. A
 * message to another thread is taken by its mailbox at once, so without this an answer of any size would be in memory.
 */
export class AnswerWindow {
  readonly memory: SharedArrayBuffer;
  readonly #counters: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counters = new Int32Array(memory);
  }

  /** In the server's thread: waits until there is room, before `bytes` more are sent. */
  reserve(bytes: number): void {
    for (;;) {
      const underWay = Atomics.load(this.#counters, UNDER_WAY);
      if (underWay < MOST_BYTES_UNDER_WAY) break;
      Atomics.wait(this.#counters, UNDER_WAY, underWay);
    }
    Atomics.add(this.#counters, UNDER_WAY, bytes);
  }

  /** In the other thread: these are out of the way. */
  release(bytes: number): void {
    Atomics.sub(this.#counters, UNDER_WAY, bytes);
    Atomics.notify(this.#counters, UNDER_WAY);
  }
}
