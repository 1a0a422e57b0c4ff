import type { SpareBuffers } from '../ground/spare-buffers.ts';

/** One part of an object, or the whole of a small one. */
export interface Part {
  readonly bytes: Buffer;
  /** Whether no part follows. The only part of an object is the last one, too. */
  readonly isLast: boolean;
  /** Returns the memory for a later part. Do not use `bytes` afterwards. */
  release(): void;
}

/**
 * The first buffer of an object starts at this size and grows: in a database with many tables, most objects
 * are small.
 */
const FIRST_BUFFER_BYTES = 64 * 1024;
/** A buffer of this size will probably become a whole part, so it gets a part's memory at once. */
const MOST_GROWN_BYTES = 1024 * 1024;

/**
 * Gathers a stream into parts; an empty stream makes one empty part. Pieces are copied, so `body` may reuse
 * their memory. A part is yielded only when a further byte has come, so that the last part is known.
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

/** Doubles its size as it fills, and then grows to the part's size. */
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

  /** Copies as many bytes as fit, and returns their number. */
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

  /** Gives a buffer as large as a part to another part. */
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
