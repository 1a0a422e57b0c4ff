import { setTimeout as delay } from 'node:timers/promises';

/** How much of a pause may be made up for: enough for late timers, too little for a noticeable burst. */
const CREDIT_MS = 100;

/**
 * Shares a number of bytes per second among all readers, in the order in which they ask. A reader waits here
 * after each piece before it reads on; meanwhile the server waits too, because nobody empties the connection.
 */
export class ReadLimit {
  readonly #bytesPerMs: number;
  /** The time at which everything read so far is paid for, on the clock of `performance.now()`. */
  #paidAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  async pay(bytes: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#paidAt = Math.max(this.#paidAt, now - CREDIT_MS) + bytes / this.#bytesPerMs;
    if (this.#paidAt > now) await delay(this.#paidAt - now, undefined, { signal });
  }
}
