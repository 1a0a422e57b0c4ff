import type { SpareBuffers } from '../ground/spare-buffers.ts';

/** One part of an object, or the whole of a small one. */
export interface Part {
  readonly bytes: Buffer;
  /** Nothing comes after it. Of an object with one part only, the first is the last. */
  readonly isLast: boolean;
  /** Gives the memory back for a later part; `bytes` are not to be used afterwards. */
  release(): void;
}

/** The first buffer of an object starts this small, and grows: most objects of a database with many tables are. */
const FIRST_BUFFER_BYTES = 64 * 1024;
/** What has grown to this will be a whole part, more likely than not, and gets one's memory at once. */
const MOST_GROWN_BYTES = 1024 * 1024;

/**
 * Gathers a stream into parts; an empty stream makes one empty part. Pieces are copied, so whoever yields them may use
 * their memory again. A part leaves only when a further byte has come, which is how the last one is known.
 */
export async function* cutIntoParts(
  body: AsyncIterable<Uint8Array>,
  sizeAfter: (sentBytes: number) => number,
  spare: SpareBuffers,
): AsyncGenerator<Part, void, undefined> {
  let sentBytes = 0;
  const first = Buffer.allocUnsafeSlow(Math.min(FIRST_BUFFER_BYTES, sizeAfter(0)));
  let part = new PartBuffer(sizeAfter(0), first, spare);
  for await (const piece of body) {
    for (let taken = 0; taken < piece.length; ) {
      if (part.isFull) {
        const full = part;
        sentBytes += full.bytes().length;
        yield { bytes: full.bytes(), isLast: false, release: () => full.release() };
        part = new PartBuffer(sizeAfter(sentBytes), spare.take(sizeAfter(sentBytes)), spare);
      }
      taken += part.append(piece.subarray(taken));
    }
  }
  const last = part;
  yield { bytes: last.bytes(), isLast: true, release: () => last.release() };
}

/** Grows by doubling, and then to the part's size. */
class PartBuffer {
  readonly #limitBytes: number;
  readonly #spare: SpareBuffers;
  #buffer: Buffer;
  #usedBytes = 0;

  constructor(limitBytes: number, buffer: Buffer, spare: SpareBuffers) {
    this.#limitBytes = limitBytes;
    this.#buffer = buffer;
    this.#spare = spare;
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

  /** What is as large as a part serves another one. */
  release(): void {
    if (this.#buffer.length >= this.#limitBytes) this.#spare.give(this.#buffer);
  }

  #reserve(neededBytes: number): void {
    if (neededBytes <= this.#buffer.length) return;
    const wanted = Math.max(neededBytes, this.#buffer.length * 2);
    const grown =
      wanted > MOST_GROWN_BYTES || wanted >= this.#limitBytes
        ? this.#spare.take(this.#limitBytes)
        : Buffer.allocUnsafeSlow(wanted);
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}
