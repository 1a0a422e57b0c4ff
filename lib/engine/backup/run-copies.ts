import type { Chunk } from '../archive/manifest.ts';
import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { type CopySession, openCopySession } from '../snapshot/copy-session.ts';
import { sqlState } from '../snapshot/lock-relations.ts';
import { type ChunkDestination, type CopiedChunk, copyChunk } from './copy-chunk.ts';
import { copySmallTables } from './copy-small-tables.ts';
import { type SharedChunks, SharedObjects } from './shared-objects.ts';

/** One planned COPY, and the key under which it is stored. */
export interface CopyTask {
  /** For messages: `public.users`, `large objects`. */
  readonly name: string;
  readonly statement: string;
  readonly key: string;
  /** The table that a copying session locks before it reads. */
  readonly lock?: { readonly schema: string; readonly name: string };
  readonly keepEmpty: boolean;
  /** Whether its rows may be in one object with those of other tables. */
  readonly mayShare?: boolean;
}

export interface RunCopiesOptions {
  readonly settings: ConnectionSettings;
  readonly coordinator: Coordinator;
  readonly jobs: number;
  /** Settles when the coordinator's session is free to copy the tables that the others could not lock. */
  readonly coordinatorFree: Promise<unknown>;
  readonly connectOptions: ConnectOptions;
  readonly destination: Omit<ChunkDestination, 'key' | 'keepEmpty'>;
  /** The key of the first, second, … object that several tables share. */
  readonly sharedKey: (number: number) => string;
  readonly onDone?: (task: CopyTask) => void;
}

/** How many tables are read with one message, if they may share an object. */
const TABLES_IN_ONE_MESSAGE = 64;
/** Small chunks that are written while the next ones are read: some megabytes of memory at most. */
const MOST_WRITES = 16;

/**
 * Runs all tasks, `jobs` at a time, each in its own session under the coordinator's snapshot. The first
 * failure stops all: half a backup is no backup. The result does not have tasks that stored nothing because
 * there were no rows.
 */
export async function runCopies<Task extends CopyTask>(
  tasks: readonly Task[],
  options: RunCopiesOptions,
): Promise<ReadonlyMap<Task, Chunk>> {
  return await new CopyRun(tasks, options).run();
}

class CopyRun<Task extends CopyTask> {
  readonly #options: RunCopiesOptions;
  readonly #queue: Task[];
  /** Tables that a session could not lock. */
  readonly #refused: Task[] = [];
  readonly #stored = new Map<Task, Chunk>();
  readonly #sessions: CopySession[] = [];
  readonly #writes = new Set<Promise<void>>();
  readonly #failed = new AbortController();
  readonly #destination: RunCopiesOptions['destination'];
  #sharedObjects = 0;

  constructor(tasks: readonly Task[], options: RunCopiesOptions) {
    const { destination } = options;
    this.#options = options;
    this.#queue = [...tasks];
    this.#destination = {
      ...destination,
      signal: AbortSignal.any([destination.signal, this.#failed.signal]),
    };
  }

  async run(): Promise<ReadonlyMap<Task, Chunk>> {
    const { jobs, coordinatorFree } = this.#options;
    try {
      const sessions = Array.from({ length: Math.min(jobs, this.#queue.length) }, () => this.#work());
      await Promise.all(sessions.map((session) => session.catch(this.#stopAll)));
      this.#failed.signal.throwIfAborted();
      await coordinatorFree;
      for (const task of this.#refused) await this.#finish(task, await this.#copyByCoordinator(task));
      await Promise.all(this.#writes);
      this.#failed.signal.throwIfAborted();
      return this.#stored;
    } finally {
      await Promise.allSettled([...this.#writes, ...this.#sessions.map((session) => session.end())]);
    }
  }

  async #work(): Promise<void> {
    const { settings, coordinator, connectOptions, sharedKey } = this.#options;
    const session = await openCopySession(settings, coordinator.exportedSnapshot, connectOptions);
    this.#sessions.push(session);
    await session.client.query('SAVEPOINT chunk');
    const nextKey = () => {
      this.#sharedObjects += 1;
      return sharedKey(this.#sharedObjects);
    };
    const shared = new SharedObjects<Task>({ ...this.#destination, nextKey });
    for (let task = this.#queue.shift(); task; task = this.#queue.shift()) {
      this.#failed.signal.throwIfAborted();
      if (task.mayShare) await this.#copySmallTables(session, [task, ...this.#smallTablesAhead()], shared);
      else await this.#copyWithoutWaiting(session, task);
    }
    const rest = shared.rest();
    if (rest) await this.#meanwhile(this.#finishShared(rest));
  }

  /** Takes those that fit into the message of the one before them. */
  #smallTablesAhead(): Task[] {
    const most = this.#queue.slice(0, TABLES_IN_ONE_MESSAGE - 1);
    const end = most.findIndex(({ mayShare }) => !mayShare);
    return this.#queue.splice(0, end === -1 ? most.length : end);
  }

  async #copySmallTables(session: CopySession, tasks: Task[], shared: SharedObjects<Task>): Promise<void> {
    let taken = 0;
    const statements = tasks.map(statementsOf).join('; ');
    try {
      await copySmallTables(session.client, statements, tasks, this.#destination, {
        small: async (rows) => {
          taken += 1;
          const full = shared.add(rows);
          if (full) await this.#meanwhile(this.#finishShared(full));
        },
        alone: async (task, copied) => {
          taken += 1;
          await this.#meanwhile(this.#finish(task, copied));
        },
      });
    } catch (error) {
      const [failed, ...notRead] = tasks.slice(taken);
      if (!failed || sqlState(error) !== SQLSTATE_LOCK_NOT_AVAILABLE)
        throw session.failure(error, `Reading ${failed?.name ?? 'small tables'}`);
      this.#refused.push(failed);
      this.#queue.unshift(...notRead);
    }
  }

  /** Behind a migration that waits for the coordinator's lock, the coordinator, which already has the lock, copies instead. */
  async #copyWithoutWaiting(session: CopySession, task: Task): Promise<void> {
    let copied: CopiedChunk | undefined;
    try {
      copied = await this.#copy(session, { ...task, statement: statementsOf(task) });
    } catch (error) {
      if (sqlState(error) !== SQLSTATE_LOCK_NOT_AVAILABLE)
        throw session.failure(error, `Reading ${task.name}`);
      this.#refused.push(task);
      return;
    }
    await this.#meanwhile(this.#finish(task, copied));
  }

  async #copyByCoordinator(task: Task): Promise<CopiedChunk | undefined> {
    const { coordinator } = this.#options;
    try {
      return await this.#copy(coordinator, task);
    } catch (error) {
      throw coordinator.failure(error, `Reading ${task.name}`);
    }
  }

  async #copy(
    { client }: Pick<Session, 'client'>,
    { statement, key, keepEmpty }: CopyTask,
  ): Promise<CopiedChunk | undefined> {
    return await copyChunk(client, statement, { ...this.#destination, key, keepEmpty });
  }

  async #finish(task: Task, copied: CopiedChunk | undefined): Promise<void> {
    if (copied) this.#stored.set(task, await copied.stored);
    this.#options.onDone?.(task);
  }

  async #finishShared(written: Promise<SharedChunks<Task>>): Promise<void> {
    for (const [task, chunk] of await written) {
      this.#stored.set(task, chunk);
      this.#options.onDone?.(task);
    }
  }

  /** Comes back when there is room for another one. */
  async #meanwhile(finishing: Promise<void>): Promise<void> {
    const write = finishing.catch(this.#stopAll).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
    if (this.#writes.size >= MOST_WRITES) await Promise.race(this.#writes);
  }

  readonly #stopAll = (reason: unknown): void => {
    this.#failed.abort(reason);
    for (const session of this.#sessions) session.abandon();
  };
}

/**
 * Locks a task's table with NOWAIT and copies it. Behind a migration that waits for the coordinator's lock, a session would wait for ever, and
 * the server could not see the deadlock. The rollback to the savepoint releases the lock on the table before and undoes a refusal: a session
 * that kept all locks could fill the lock table. It is all one message, because there may be thousands of tables and a distant server.
 */
function statementsOf({ lock, statement }: CopyTask): string {
  const locking =
    lock && `LOCK TABLE ONLY ${qualifiedName(lock.schema, lock.name)} IN ACCESS SHARE MODE NOWAIT`;
  return ['ROLLBACK TO SAVEPOINT chunk', ...(locking ? [locking] : []), statement].join('; ');
}
