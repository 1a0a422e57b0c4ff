import type { ResultColumn, ResultTaker } from '../../browse/query/query.ts';
import type { Row } from '../rows-of-copy-text.ts';

const BATCH_ROWS = 1000;
/** Batches that may wait until they are read. */
const MOST_WAITING = 8;

/** Takes a result as a server sends it, and gives it to a reader that is slower, without holding more than some batches. */
export class RowChannel implements ResultTaker {
  readonly #known = Promise.withResolvers<readonly ResultColumn[]>();
  readonly #waiting: Row[][] = [];
  #batch: Row[] = [];
  #wake: (() => void) | undefined;
  #drained: Array<() => void> = [];
  #end: { readonly error?: unknown } | undefined;
  /** The reader has stopped. The server must not wait for it. */
  #isAbandoned = false;

  constructor() {
    // Who reads the rows gets the same failure.
    this.#known.promise.catch(() => {});
  }

  /** The columns, as soon as the server has said them. */
  get known(): Promise<readonly ResultColumn[]> {
    return this.#known.promise;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.#known.resolve(columns);
  }

  row(values: Row): void {
    if (this.#isAbandoned) return;
    this.#batch.push(values);
    if (this.#batch.length >= BATCH_ROWS) this.#handOver();
  }

  get isFull(): boolean {
    return !this.#isAbandoned && this.#waiting.length >= MOST_WAITING;
  }

  onceDrained(callback: () => void): void {
    if (this.#end || this.#isAbandoned) callback();
    else this.#drained.push(callback);
  }

  /** Nothing comes any more. */
  close(error?: unknown): void {
    this.#handOver();
    this.#end = error === undefined ? {} : { error };
    this.#known.reject(error ?? new Error('the statement has no result'));
    this.#wake?.();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Row[]> {
    try {
      for (;;) {
        const batch = this.#waiting.shift();
        if (batch) {
          if (!this.isFull) this.#release();
          yield batch;
        } else if (this.#end) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else {
          const { promise, resolve } = Promise.withResolvers<void>();
          this.#wake = resolve;
          await promise;
        }
      }
    } finally {
      this.#isAbandoned = true;
      this.#waiting.length = 0;
      this.#release();
    }
  }

  #handOver(): void {
    if (this.#batch.length > 0) this.#waiting.push(this.#batch);
    this.#batch = [];
    this.#wake?.();
  }

  #release(): void {
    const callbacks = this.#drained;
    this.#drained = [];
    for (const callback of callbacks) callback();
  }
}
