import type { DrillReport } from '../archive/drill-report.ts';
import type { Observer } from '../ground/progress.ts';

/** The items of a phase that does not work on tables. */
export interface CountedItems {
  readonly items: string;
  readonly total: number;
  /** Items that were done before the phase began. */
  readonly done?: number;
}

/** Times the phases of a drill or restore, and tells the observer which one is running. */
export class PhaseClock {
  readonly phases: Array<DrillReport['phases'][number]> = [];
  readonly #observer: Observer | undefined;
  readonly #tablesTotal: number;
  readonly #startedAt = performance.now();
  #phase = '';
  #counted: CountedItems | undefined;
  #tablesDone = 0;
  #rawBytes = 0;
  readonly #expectedBytes: number;

  constructor(observer: Observer | undefined, tablesTotal: number, expectedBytes: number) {
    this.#observer = observer;
    this.#tablesTotal = tablesTotal;
    this.#expectedBytes = expectedBytes;
  }

  async time<T>(phase: string, work: () => Promise<T>, counted?: CountedItems): Promise<T> {
    this.#phase = phase;
    this.#counted = counted;
    this.#tablesDone = counted?.done ?? 0;
    this.#report();
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.phases.push({ phase, durationMs: Math.round(performance.now() - startedAt) });
    }
  }

  /** The time since the clock started. */
  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Counts one table, or one item of the phase, as done. */
  tableDone(): void {
    this.#tablesDone += 1;
    this.#report();
  }

  bytesDone(rawBytes: number): void {
    this.#rawBytes += rawBytes;
    this.#report();
  }

  #report(): void {
    this.#observer?.onProgress?.({
      phase: this.#phase,
      tablesDone: this.#tablesDone,
      tablesTotal: this.#counted?.total ?? this.#tablesTotal,
      ...(this.#counted ? { items: this.#counted.items } : {}),
      rawBytes: this.#rawBytes,
      expectedBytes: this.#expectedBytes,
    });
  }
}
