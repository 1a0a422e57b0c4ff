const RUNG = 0;

/**
 * Blocks the pg_dump thread until its answer is in the port. Both threads share memory with a flag, which is
 * 1 once the answer is there. Only the flag counts, not the wake-up: ring() sets the flag before it wakes the
 * other thread, which may see the flag, take the answer and already wait for the next one when the wake-up
 * arrives.
 */
export class AnswerBell {
  readonly memory: SharedArrayBuffer;
  readonly #flag: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#flag = new Int32Array(memory);
  }

  /** Resets the flag. The waiting thread calls this before it asks. */
  reset(): void {
    Atomics.store(this.#flag, RUNG, 0);
  }

  /** Blocks the waiting thread until the bell has been rung since the last reset(). */
  wait(): void {
    while (Atomics.load(this.#flag, RUNG) === 0) Atomics.wait(this.#flag, RUNG, 0);
  }

  /** Wakes the waiting thread. The other thread calls this once the answer is in the port. */
  ring(): void {
    Atomics.store(this.#flag, RUNG, 1);
    Atomics.notify(this.#flag, RUNG);
  }
}
