/**
 * Memory that has done its work, for the next one of the same size: fresh memory for each part of an upload costs the kernel as
 * much time as everything else there does together, and what is left to the garbage collector stays resident until that comes.
 */
export class SpareBuffers {
  readonly #buffers: Buffer[] = [];
  readonly #most: number;

  /** Keeps `most` buffers. */
  constructor(most: number) {
    this.#most = most;
  }

  /** At least so large: sizes may grow, and a spare one can be too small; it is dropped then. */
  take(sizeBytes: number): Buffer {
    const found = this.#buffers.pop();
    return found && found.length >= sizeBytes ? found : Buffer.allocUnsafeSlow(sizeBytes);
  }

  give(buffer: Buffer): void {
    if (this.#buffers.length < this.#most) this.#buffers.push(buffer);
  }
}
