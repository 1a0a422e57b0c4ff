import { setTimeout as delay } from 'node:timers/promises';

/** How much of a pause may be made up for: enough for timers that fire late, too little to be felt as a burst. */
const CREDIT_MS = 100;

/**
 * Shares a number of bytes a second out among all who read, in the order in which they ask. Whoever has read a piece
 * waits here before reading on; meanwhile the server waits as well, for nobody empties the connection.
 */
export class ReadLimit {
  readonly #bytesPerMs: number;
  /** When everything that was read so far has been paid for, on the clock of `performance.now()`. */
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
