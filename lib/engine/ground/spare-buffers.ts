/**
 * Keeps used buffers for reuse. New memory for each part of an upload would cost the kernel as much time as
 * everything else in the upload together, and buffers left to the garbage collector stay resident until it
 * runs.
 */
export class SpareBuffers {
  readonly #buffers: Buffer[] = [];
  readonly #most: number;

  /** Keeps at most `most` buffers. */
  constructor(most: number) {
    this.#most = most;
  }

  /** A buffer of at least this size. Sizes may grow, so a spare buffer that is too small is dropped. */
  take(sizeBytes: number): Buffer {
    const found = this.#buffers.pop();
    return found && found.length >= sizeBytes ? found : Buffer.allocUnsafeSlow(sizeBytes);
  }

  give(buffer: Buffer): void {
    if (this.#buffers.length < this.#most) this.#buffers.push(buffer);
  }
}
