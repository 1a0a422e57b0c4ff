import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** A lock that a task needs, by what it is on; two tasks can share it unless one of them needs it alone. */
export interface TaskLock {
  readonly on: string;
  readonly alone: boolean;
}

/** Something that one session does by itself, and that may keep others from what it has locked. */
export interface Task<Session = ServerTarget> {
  readonly locks: readonly TaskLock[];
  /** Tasks of the same queue that have to be done before. */
  readonly after: readonly Task<Session>[];
  /** Asked when it could begin: whether nothing else may run meanwhile. */
  isAlone?(): boolean;
  run(session: Session): Promise<void>;
}

/**
 * Hands tasks to sessions, in their order as far as they can begin: a session that is free takes the first task that waits
 * for no other one and for none's lock. So none waits inside the server, where two could wait for each other.
 */
export class TaskQueue<Session = ServerTarget> {
  readonly #waiting: Set<Task<Session>>;
  readonly #running = new Set<Task<Session>>();
  #wake = Promise.withResolvers<void>();

  constructor(tasks: Iterable<Task<Session>>) {
    this.#waiting = new Set(tasks);
  }

  /** Works on tasks until none is left. To be called once for each session, side by side. */
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
      // What comes behind it waits as well, or its turn might never come.
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
