import type { Progress } from '../../engine/ground/progress.ts';

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** The rate is measured over this long: long enough to be steady, short enough to follow changes. */
const WINDOW_MS = 5000;
/** A shorter time gives no rate: a first chunk that arrives in one piece would seem infinitely fast. */
const LEAST_MS = 500;

/** Bytes per second: over the last seconds of a phase, and over all of it, which says more of what is to come. */
export class TransferRate {
  #phase: string | undefined;
  #samples: Sample[] = [];
  #first: Sample | undefined;

  record(atMs: number, { phase, rawBytes: bytes }: Pick<Progress, 'phase' | 'rawBytes'>): void {
    const last = this.#samples.at(-1);
    if (phase !== this.#phase || (last && bytes < last.bytes)) {
      this.#samples = [];
      this.#first = undefined;
    }
    this.#phase = phase;
    // The time before the first byte is preparation, and not part of the rate.
    if (this.#samples.length === 1 && this.#samples[0]?.bytes === bytes) this.#samples.pop();
    this.#samples.push({ atMs, bytes });
    if (this.#samples.length === 1) this.#first = { atMs, bytes };
    const firstInWindow = this.#samples.findIndex((sample) => sample.atMs > atMs - WINDOW_MS);
    if (firstInWindow > 1) this.#samples.splice(0, firstInWindow - 1);
  }

  /** Since the phase began to move bytes. */
  averageBytesPerSecond(): number | undefined {
    return this.#since(this.#first);
  }

  /** Undefined until there are samples over {@link LEAST_MS}. */
  bytesPerSecond(): number | undefined {
    return this.#since(this.#samples[0]);
  }

  #since(first: Sample | undefined): number | undefined {
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < LEAST_MS) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
