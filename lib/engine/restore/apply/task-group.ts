import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { Task } from './run-tasks.ts';

/** What a group's task is, before it is one of a group. */
export interface Work {
  /** The relation it is about: a table, or the root of a tree of partitions. */
  readonly about: string;
  readonly locks: Task['locks'];
  /** May be a getter: asked whenever the task could begin. */
  readonly after: readonly Task[];
  run(session: ServerTarget): Promise<void>;
}

/** Tasks that make one phase, though others run beside them. */
export class TaskGroup {
  readonly tasks: readonly Task[];
  /** Resolves when every one of them has ended. */
  readonly ended: Promise<void>;
  readonly #byRelation = new Map<string, Task[]>();
  readonly #onDone: () => void;
  #done = 0;
  #isTold = false;

  /** `onDone`: told of each, from when the phase is begun. */
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

  /** For a clock: those that are done by now were done while another phase was on. */
  begin(items: string): { readonly items: string; readonly total: number; readonly done: number } {
    this.#isTold = true;
    return { items, total: this.tasks.length, done: this.#done };
  }
}
