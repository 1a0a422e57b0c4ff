import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** A lock that a task needs on something. Two tasks can share it unless one of them needs it alone. */
export interface TaskLock {
  readonly on: string;
  readonly alone: boolean;
}

/** A piece of work for one session, with the locks that may keep other tasks waiting. */
export interface Task<Session = ServerTarget> {
  readonly locks: readonly TaskLock[];
  /** Tasks of the same queue that must be done first. */
  readonly after: readonly Task<Session>[];
  /** Whether nothing else may run at the same time; asked when the task could begin. */
  isAlone?(): boolean;
  run(session: Session): Promise<void>;
}

/**
 * Hands tasks to sessions: a free session takes the first task that waits for no other task and no lock. So
 * no task waits for a lock inside the server, where two tasks could wait for each other.
 */
export class TaskQueue<Session = ServerTarget> {
  readonly #waiting: Set<Task<Session>>;
  readonly #running = new Set<Task<Session>>();
  #wake = Promise.withResolvers<void>();

  constructor(tasks: Iterable<Task<Session>>) {
    this.#waiting = new Set(tasks);
  }

  /** Works on tasks until none is left. Call it once for each session; the calls run in parallel. */
  async work(session: Session): Promise<void> {
    while (this.#waiting.size > 0) {
      const task = this.#takeNext();
      if (!task) {
        if (this.#running.size === 0) throw new TypeError('tasks wait for each other in a circle');
        await this.#wake.promise;
        continue;
      }
      try {
        await task.run(session);
      } finally {
        this.#running.delete(task);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    }
  }

  #takeNext(): Task<Session> | undefined {
    const running = [...this.#running];
    if (running.some((task) => task.isAlone?.())) return undefined;
    for (const task of this.#waiting) {
      const waits = task.after.some((other) => this.#waiting.has(other) || this.#running.has(other));
      if (waits || running.some((other) => inTheWay(task, other))) continue;
      // The tasks behind it wait too, or its turn might never come.
      if (task.isAlone?.() && running.length > 0) return undefined;
      this.#waiting.delete(task);
      this.#running.add(task);
      return task;
    }
    return undefined;
  }
}

function inTheWay(a: Pick<Task, 'locks'>, b: Pick<Task, 'locks'>): boolean {
  return a.locks.some((one) => b.locks.some((other) => one.on === other.on && (one.alone || other.alone)));
}
