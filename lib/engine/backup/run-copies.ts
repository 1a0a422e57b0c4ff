import type { Chunk } from '../archive/manifest.ts';
import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { type CopySession, openCopySession } from '../snapshot/copy-session.ts';
import { sqlState } from '../snapshot/lock-relations.ts';
import { type ChunkDestination, type CopiedChunk, copyChunk } from './copy-chunk.ts';

/** One planned COPY, and the key under which it is stored. */
export interface CopyTask {
  /** For messages: `public.users`, `large objects`. */
  readonly name: string;
  readonly statement: string;
  readonly key: string;
  /** The table that a copying session locks before it reads. */
  readonly lock?: { readonly schema: string; readonly name: string };
  readonly keepEmpty: boolean;
}

export interface RunCopiesOptions {
  readonly settings: ConnectionSettings;
  readonly coordinator: Coordinator;
  readonly jobs: number;
  /** Settles when the coordinator's session is free to copy the tables that the others could not lock. */
  readonly coordinatorFree: Promise<unknown>;
  readonly connectOptions: ConnectOptions;
  readonly destination: Omit<ChunkDestination, 'key' | 'keepEmpty'>;
  readonly onDone?: (task: CopyTask) => void;
}

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
): Promise<Map<Task, Chunk>> {
  const queue = [...tasks];
  const refused: Task[] = [];
  const stored = new Map<Task, Chunk>();
  const failed = new AbortController();
  const sessions: CopySession[] = [];
  const writes = new Set<Promise<void>>();

  const finish = async (task: Task, copied: CopiedChunk | undefined) => {
    if (copied) stored.set(task, await copied.stored);
    options.onDone?.(task);
  };
  /** Comes back when there is room for another one. */
  const finishMeanwhile = async (task: Task, copied: CopiedChunk | undefined) => {
    const write = finish(task, copied)
      .catch(stopAll)
      .finally(() => writes.delete(write));
    writes.add(write);
    if (writes.size >= MOST_WRITES) await Promise.race(writes);
  };
  const worker = async () => {
    const { settings, coordinator, connectOptions } = options;
    const session = await openCopySession(settings, coordinator.exportedSnapshot, connectOptions);
    sessions.push(session);
    await session.client.query('SAVEPOINT chunk');
    for (let task = queue.shift(); task; task = queue.shift()) {
      failed.signal.throwIfAborted();
      const copied = await copyWithoutWaiting(session, task, options, failed.signal);
      if (copied === 'locked') refused.push(task);
      else await finishMeanwhile(task, copied);
    }
  };
  const stopAll = (reason: unknown) => {
    failed.abort(reason);
    for (const session of sessions) session.abandon();
  };

  try {
    const workers = Array.from({ length: Math.min(options.jobs, tasks.length) }, () =>
      worker().catch(stopAll),
    );
    await Promise.all(workers);
    failed.signal.throwIfAborted();
    await options.coordinatorFree;
    for (const task of refused)
      await finish(task, await copyLocked(options.coordinator, task, options, failed.signal));
    await Promise.all(writes);
    failed.signal.throwIfAborted();
    return stored;
  } finally {
    await Promise.allSettled([...writes, ...sessions.map((session) => session.end())]);
  }
}

/**
 * Locks a task's table with NOWAIT and copies it; 'locked' if it cannot be locked. Behind a migration that waits for the coordinator's
 * lock, a worker would wait for ever, and the server could not see the deadlock. So the coordinator, which
 * already has the lock, copies instead. The rollback to the savepoint releases the lock on the table before
 * and undoes a refusal: a session that kept all locks could fill the lock table. It is all one message, because
 * there may be thousands of tables and a distant server.
 */
async function copyWithoutWaiting(
  session: CopySession,
  task: CopyTask,
  options: RunCopiesOptions,
  failed: AbortSignal,
): Promise<CopiedChunk | 'locked' | undefined> {
  const { lock, statement } = task;
  const locking =
    lock && `LOCK TABLE ONLY ${qualifiedName(lock.schema, lock.name)} IN ACCESS SHARE MODE NOWAIT`;
  const statements = ['ROLLBACK TO SAVEPOINT chunk', ...(locking ? [locking] : []), statement];
  try {
    return await copy(session, { ...task, statement: statements.join('; ') }, options, failed);
  } catch (error) {
    if (sqlState(error) === SQLSTATE_LOCK_NOT_AVAILABLE) return 'locked';
    throw session.failure(error, `Reading ${task.name}`);
  }
}

async function copyLocked(
  coordinator: Coordinator,
  task: CopyTask,
  options: RunCopiesOptions,
  failed: AbortSignal,
): Promise<CopiedChunk | undefined> {
  try {
    return await copy(coordinator, task, options, failed);
  } catch (error) {
    throw coordinator.failure(error, `Reading ${task.name}`);
  }
}

async function copy(
  { client }: Pick<Session, 'client'>,
  { statement, key, keepEmpty }: CopyTask,
  { destination }: RunCopiesOptions,
  failed: AbortSignal,
): Promise<CopiedChunk | undefined> {
  const signal = AbortSignal.any([destination.signal, failed]);
  return await copyChunk(client, statement, { ...destination, key, keepEmpty, signal });
}
