import type { Observer } from '../ground/progress.ts';
import type { ContentPlan, ContentTask } from './plan-contents.ts';

/** Adds up the progress of all copies for the person who watches. */
export class CopyProgress {
  readonly #observer: Observer | undefined;
  readonly #expectedBytes: number;
  readonly #tablesTotal: number;
  /** The number of chunks of each table that are not copied yet. */
  readonly #open = new Map<unknown, number>();
  #tablesDone = 0;
  #rawBytes = 0;

  constructor(plan: ContentPlan, observer: Observer | undefined) {
    this.#observer = observer;
    this.#expectedBytes = plan.expectedBytes;
    this.#tablesTotal = plan.tables.length;
    for (const task of plan.tasks) {
      const table = tableOf(task);
      this.#open.set(table, (this.#open.get(table) ?? 0) + 1);
    }
    this.#tablesDone = plan.withoutRows.size;
  }

  add(rawBytes: number): void {
    this.#rawBytes += rawBytes;
    this.#report();
  }

  finish(task: ContentTask): void {
    const table = tableOf(task);
    const left = (this.#open.get(table) ?? 1) - 1;
    this.#open.set(table, left);
    if (left === 0 && task.chunk) this.#tablesDone += 1;
    this.#report();
  }

  #report(): void {
    this.#observer?.onProgress?.({
      phase: 'copy',
      tablesDone: this.#tablesDone,
      tablesTotal: this.#tablesTotal,
      rawBytes: this.#rawBytes,
      // COPY text may be smaller or larger than the table's pages. A total that is exceeded is not reported.
      ...(this.#rawBytes <= this.#expectedBytes ? { expectedBytes: this.#expectedBytes } : {}),
    });
  }
}

function tableOf(task: ContentTask): unknown {
  return task.chunk ? task.chunk.table : 'large objects';
}
