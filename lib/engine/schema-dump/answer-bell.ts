const RUNG = 0;

/**
 * Has the thread that runs pg_dump stand still until its answer lies in the port: memory that both threads share, with a flag
 * that is 1 once it does. The flag is what counts, not being woken: whoever rings raises the flag first, the other thread may
 * see it, take its answer and wait for the next one already when it is woken for the last.
 */
export class AnswerBell {
  readonly memory: SharedArrayBuffer;
  readonly #flag: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#flag = new Int32Array(memory);
  }

  /** In the waiting thread, before it asks. */
  reset(): void {
    Atomics.store(this.#flag, RUNG, 0);
  }

  /** In the waiting thread: stands still until the bell has been rung since it was reset. */
  wait(): void {
    while (Atomics.load(this.#flag, RUNG) === 0) Atomics.wait(this.#flag, RUNG, 0);
  }

  /** In the other thread, once the answer is there. */
  ring(): void {
    Atomics.store(this.#flag, RUNG, 1);
    Atomics.notify(this.#flag, RUNG);
  }
}
