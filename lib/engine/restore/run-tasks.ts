import type { ServerTarget } from '../target/server.ts';

/** A lock that a task needs, by what it is on; two tasks can share it unless one of them needs it alone. */
export interface TaskLock {
  readonly on: string;
  readonly alone: boolean;
}

/** Something that one session does by itself, and that may keep others from what it has locked. */
export interface Task<Session = ServerTarget> {
  readonly locks: readonly TaskLock[];
  run(session: Session): Promise<void>;
}

/**
 * Hands tasks to sessions, in their order as far as locks allow: a session that is free takes the first task that need not
 * wait for another one's lock. So none waits inside the server, where two could wait for each other.
 */
export class TaskQueue<Session = ServerTarget> {
  readonly #waiting: Array<Task<Session>>;
  readonly #running = new Set<Task<Session>>();
  #wake = Promise.withResolvers<void>();

  constructor(tasks: readonly Task<Session>[]) {
    this.#waiting = [...tasks];
  }

  /** Works on tasks until none is left. To be called once for each session, side by side. */
  async work(session: Session): Promise<void> {
    while (this.#waiting.length > 0) {
      const task = this.#takeNext();
      if (!task) {
        await this.#wake.promise;
        continue;
      }
      this.#running.add(task);
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
    const at = this.#waiting.findIndex((task) => [...this.#running].every((other) => !inTheWay(task, other)));
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0];
  }
}

function inTheWay(a: Pick<Task, 'locks'>, b: Pick<Task, 'locks'>): boolean {
  return a.locks.some((one) => b.locks.some((other) => one.on === other.on && (one.alone || other.alone)));
}
