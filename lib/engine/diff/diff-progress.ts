import type { Observer } from '../ground/progress.ts';
import type { Matched } from './table-pair.ts';

/** Reports how much of the source has been read. The total is estimated from the backup. */
export class DiffProgress {
  readonly #observer: Observer | undefined;
  readonly #tablesTotal: number;
  readonly #expectedBytes: number;
  #tablesDone = 0;
  #rawBytes = 0;

  constructor(observer: Observer | undefined, { pairs, gone, added }: Matched) {
    this.#observer = observer;
    this.#tablesTotal = pairs.length + gone.length + added.length;
    this.#expectedBytes = pairs.reduce((sum, { backup }) => sum + backup.rawBytes, 0);
    this.#report();
  }

  addBytes(rawBytes: number): void {
    this.#rawBytes += rawBytes;
    this.#report();
  }

  tableDone(): void {
    this.#tablesDone += 1;
    this.#report();
  }

  #report(): void {
    this.#observer?.onProgress?.({
      phase: 'compare',
      tablesDone: this.#tablesDone,
      tablesTotal: this.#tablesTotal,
      rawBytes: this.#rawBytes,
      ...(this.#rawBytes <= this.#expectedBytes ? { expectedBytes: this.#expectedBytes } : {}),
    });
  }
}
