interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Over how long the rate is taken: long enough to be calm, short enough to follow. */
const WINDOW_MS = 5000;

/** Bytes per second over the last seconds. */
export class TransferRate {
  #samples: Sample[] = [];

  /** `bytes`: how many in all, until now. */
  record(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // Another phase begins to count at zero.
    if (last && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ atMs, bytes });
    const secondInWindow = this.#samples.findIndex((sample) => sample.atMs > atMs - WINDOW_MS);
    if (secondInWindow > 1) this.#samples.splice(0, secondInWindow - 1);
  }

  /** Undefined until enough is known. */
  bytesPerSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.atMs - first.atMs < 200) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
