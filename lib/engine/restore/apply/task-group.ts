import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { Task } from './run-tasks.ts';

/** A task before a group takes it. */
export interface Work {
  /** The relation it is about: a table, or the root of a tree of partitions. */
  readonly about: string;
  readonly locks: Task['locks'];
  /** May be a getter: asked whenever the task could begin. */
  readonly after: readonly Task[];
  run(session: ServerTarget): Promise<void>;
}

/** Tasks that form one phase, though other tasks may run at the same time. */
export class TaskGroup {
  readonly tasks: readonly Task[];
  /** Resolves when all tasks have ended. */
  readonly ended: Promise<void>;
  readonly #byRelation = new Map<string, Task[]>();
  readonly #onDone: () => void;
  #done = 0;
  #isTold = false;

  /** `onDone` is called for each task that ends after {@link begin}. */
  constructor(works: readonly Work[], onDone: () => void) {
    this.#onDone = onDone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    if (works.length === 0) resolve();
    this.tasks = works.map((work) => {
      const task: Task = {
        locks: work.locks,
        get after() {
          return work.after;
        },
        run: async (session) => {
          await work.run(session);
          this.#done += 1;
          if (this.#isTold) this.#onDone();
          if (this.#done === works.length) resolve();
        },
      };
      this.#byRelation.set(work.about, [...(this.#byRelation.get(work.about) ?? []), task]);
      return task;
    });
  }

  about(relation: string): readonly Task[] {
    return this.#byRelation.get(relation) ?? [];
  }

  /** Begins the phase for a clock. `done` tasks were done during earlier phases. */
  begin(items: string): { readonly items: string; readonly total: number; readonly done: number } {
    this.#isTold = true;
    return { items, total: this.tasks.length, done: this.#done };
  }
}
