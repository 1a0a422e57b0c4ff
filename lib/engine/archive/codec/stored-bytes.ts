import { createHash } from 'node:crypto';
import { messageOf } from '../../ground/errors.ts';
import { ObjectMissingError, type ObjectStore, ObjectTruncatedError } from '../../storage/object-store.ts';
import type { StoredObject } from '../manifest.ts';

export type ObjectVerdict = 'match' | 'damaged' | 'unreadable';

/** The result of checking one object. `problem` completes the sentence "this object …". */
export interface ObjectCheck {
  readonly verdict: ObjectVerdict;
  readonly problem?: string;
  /** The number of bytes fetched. */
  readonly readBytes: number;
  /** The reason of `unreadable`, as the store threw it. */
  readonly cause?: unknown;
}

/** Passes on the stored bytes of one object, and checks whether they are those that were written. */
export class StoredBytes {
  readonly #store: ObjectStore;
  readonly #expected: StoredObject;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash('sha256');
  #readBytes = 0;
  #failure: { error: unknown } | undefined;
  /** Whether the stream was read to its end, to a failure of the store, or to the first byte too many. */
  ended = false;

  constructor(store: ObjectStore, expected: StoredObject, signal?: AbortSignal) {
    this.#store = store;
    this.#expected = expected;
    this.#signal = signal;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    let withReader = false;
    try {
      const options = this.#signal ? { signal: this.#signal } : {};
      for await (const piece of this.#store.get(this.#expected.key, options)) {
        this.#readBytes += piece.length;
        this.#hash.update(piece);
        if (this.#readBytes > this.#expected.sizeBytes) break;
        withReader = true;
        yield piece;
        withReader = false;
      }
      this.ended = true;
    } catch (error) {
      // A reader that gives up may throw its own error into the generator. That is not a failure of the
      // store.
      if (!withReader) {
        this.#failure = { error };
        this.ended = true;
      }
      throw error;
    }
  }

  /** The result. Call it after the pieces were read to their end. */
  verdict(): ObjectCheck {
    const readBytes = this.#readBytes;
    const { sizeBytes, sha256 } = this.#expected;
    const damaged = (problem: string): ObjectCheck => ({ verdict: 'damaged', problem, readBytes });
    if (this.#failure) {
      const { error } = this.#failure;
      if (error instanceof ObjectMissingError) return damaged('is missing');
      if (error instanceof ObjectTruncatedError) return damaged('is cut short in the vault');
      return {
        verdict: 'unreadable',
        problem: `could not be read: ${messageOf(error)}`,
        readBytes,
        cause: error,
      };
    }
    if (readBytes > sizeBytes) return damaged(`is longer than the ${sizeBytes} bytes that were written`);
    if (readBytes < sizeBytes) return damaged(`has ${readBytes} bytes, ${sizeBytes} were written`);
    if (this.#hash.digest('hex') !== sha256) return damaged('is not what was written: its SHA-256 differs');
    return { verdict: 'match', readBytes };
  }
}
