import { setTimeout as delay } from 'node:timers/promises';

/** Lets so many pass in a second. Whoever asks is served in turn. */
export class Rate {
  readonly #perSecond: number | undefined;
  readonly #now: () => number;
  #freeAt = 0;

  constructor(perSecond: number | undefined, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** How long to wait before `count` may pass; they count from then on. */
  reserve(count: number): number {
    if (this.#perSecond === undefined) return 0;
    const now = this.#now();
    const at = Math.max(now, this.#freeAt);
    this.#freeAt = at + (count * 1000) / this.#perSecond;
    return at - now;
  }

  async pass(count: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.reserve(count);
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
  }
}
