import type { Observer } from '../progress.ts';
import type { DrillReport } from './report.ts';

/** Times the arrows of a drill's flow, and tells whoever watches at which it is. */
export class PhaseClock {
  readonly phases: Array<DrillReport['phases'][number]> = [];
  readonly #observer: Observer | undefined;
  readonly #tablesTotal: number;
  readonly #startedAt = performance.now();
  #phase = '';
  #tablesDone = 0;
  #rawBytes = 0;
  readonly #expectedBytes: number;

  constructor(observer: Observer | undefined, tablesTotal: number, expectedBytes: number) {
    this.#observer = observer;
    this.#tablesTotal = tablesTotal;
    this.#expectedBytes = expectedBytes;
  }

  async time<T>(phase: string, work: () => Promise<T>): Promise<T> {
    this.#phase = phase;
    this.#tablesDone = 0;
    this.#report();
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.phases.push({ phase, durationMs: Math.round(performance.now() - startedAt) });
    }
  }

  /** Since the drill began. */
  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

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
      tablesTotal: this.#tablesTotal,
      rawBytes: this.#rawBytes,
      expectedBytes: this.#expectedBytes,
    });
  }
}
