/** Of all connections together, in one turn of the event loop: as much as one read takes. */
const ENOUGH_BYTES = 64 * 1024;
const REST_MS = 0.5;

const neverWoken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function rest(): void {
  Atomics.wait(neverWoken, 0, 0, REST_MS);
}

/**
 * Lets rows gather in the sockets. A server sends them 8 KiB at a time, and each time wakes whoever waits for them: where both
 * share the processor it is put aside for that, and a turn of the event loop is spent on next to nothing. So this thread, when
 * it has taken all there was and that was little, stands still for a moment before it looks again. Not while somebody is
 * slower than the server: then there is more than enough. (Measured, 400 MB: a backup beside the server takes 8 % less time and a
 * tenth less of its own processor time, one of a source elsewhere 5 % less. With 1 ms and 128 KiB the latter took 4 % more.)
 */
export class ReadGatherer {
  readonly #rest: () => void;
  readonly #withRowsLeft = new Set<object>();
  #bytes = 0;
  #isTurnCounted = false;

  constructor(resting = rest) {
    this.#rest = resting;
  }

  /** To be told of everything that is read, as it is read. */
  took(bytes: number): void {
    this.#bytes += bytes;
    if (this.#isTurnCounted) return;
    this.#isTurnCounted = true;
    // Runs when the sockets of this turn have been read (Node.js documentation, "The Node.js Event Loop").
    setImmediate(() => this.#endTurn());
  }

  /** This reader has rows that nobody has come for yet. */
  hasRowsLeft(reader: object): void {
    this.#withRowsLeft.add(reader);
  }

  hasNoneLeft(reader: object): void {
    this.#withRowsLeft.delete(reader);
  }

  #endTurn(): void {
    const isLittle = this.#bytes < ENOUGH_BYTES && this.#withRowsLeft.size === 0;
    this.#bytes = 0;
    this.#isTurnCounted = false;
    if (isLittle) this.#rest();
  }
}
