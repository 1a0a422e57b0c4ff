/** One part of an object, or the whole of a small one. */
export interface Part {
  readonly bytes: Buffer;
  /** Nothing comes after it. Of an object with one part only, the first is the last. */
  readonly isLast: boolean;
  /** Gives the memory back for a later part; `bytes` are not to be used afterwards. */
  release(): void;
}

/** The first buffer of an object starts this small: most objects of a database with many tables are. */
const FIRST_BUFFER_BYTES = 64 * 1024;

/**
 * Gathers a stream into parts; an empty stream makes one empty part. Pieces are copied, so whoever yields them may use
 * their memory again. A part leaves only when a further byte has come, which is how the last one is known.
 */
export async function* cutIntoParts(
  body: AsyncIterable<Uint8Array>,
  sizeAfter: (sentBytes: number) => number,
): AsyncGenerator<Part, void, undefined> {
  // Fresh memory for each part costs the kernel as much time as everything else here does together.
  const spare: Buffer[] = [];
  let sentBytes = 0;
  let part = new PartBuffer(sizeAfter(0), Buffer.allocUnsafeSlow(Math.min(FIRST_BUFFER_BYTES, sizeAfter(0))));
  for await (const piece of body) {
    for (let taken = 0; taken < piece.length; ) {
      if (part.isFull) {
        const bytes = part.bytes();
        sentBytes += bytes.length;
        yield { bytes, isLast: false, release: () => void spare.push(bytes) };
        part = new PartBuffer(sizeAfter(sentBytes), takeBuffer(spare, sizeAfter(sentBytes)));
      }
      taken += part.append(piece.subarray(taken));
    }
  }
  yield { bytes: part.bytes(), isLast: true, release: () => {} };
}

/** Parts grow, so a spare one can be too small; it is dropped then. */
function takeBuffer(spare: Buffer[], sizeBytes: number): Buffer {
  const found = spare.pop();
  return found && found.length >= sizeBytes ? found : Buffer.allocUnsafeSlow(sizeBytes);
}

/** Grows by doubling up to the part's size. */
class PartBuffer {
  readonly #limitBytes: number;
  #buffer: Buffer;
  #usedBytes = 0;

  constructor(limitBytes: number, buffer: Buffer) {
    this.#limitBytes = limitBytes;
    this.#buffer = buffer;
  }

  get isFull(): boolean {
    return this.#usedBytes === this.#limitBytes;
  }

  /** Copies what fits, and says how much that was. */
  append(piece: Uint8Array): number {
    const count = Math.min(piece.length, this.#limitBytes - this.#usedBytes);
    this.#reserve(this.#usedBytes + count);
    this.#buffer.set(piece.subarray(0, count), this.#usedBytes);
    this.#usedBytes += count;
    return count;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#usedBytes);
  }

  #reserve(neededBytes: number): void {
    if (neededBytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(
      Math.min(Math.max(neededBytes, this.#buffer.length * 2), this.#limitBytes),
    );
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}
