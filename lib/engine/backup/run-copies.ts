import type { Chunk } from '../archive/manifest.ts';
import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { type CopySession, openCopySession } from '../snapshot/copy-session.ts';
import { sqlState } from '../snapshot/lock-relations.ts';
import { type ChunkDestination, copyChunk } from './copy-chunk.ts';

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

  const run = async (session: Pick<Session, 'client' | 'failure'>, task: Task) => {
    const chunk = await copyOne(session, task, options, failed.signal);
    if (chunk) stored.set(task, chunk);
    options.onDone?.(task);
  };
  const worker = async () => {
    const { settings, coordinator, connectOptions } = options;
    const session = await openCopySession(settings, coordinator.exportedSnapshot, connectOptions);
    sessions.push(session);
    await session.client.query('SAVEPOINT chunk');
    for (let task = queue.shift(); task; task = queue.shift()) {
      failed.signal.throwIfAborted();
      if (!(await lockWithoutWaiting(session, task))) {
        refused.push(task);
        continue;
      }
      await run(session, task);
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
    for (const task of refused) await run(options.coordinator, task);
    return stored;
  } finally {
    await Promise.allSettled(sessions.map((session) => session.end()));
  }
}

async function copyOne(
  session: Pick<Session, 'client' | 'failure'>,
  { name, statement, key, keepEmpty }: CopyTask,
  { destination }: RunCopiesOptions,
  failed: AbortSignal,
): Promise<Chunk | undefined> {
  const signal = AbortSignal.any([destination.signal, failed]);
  try {
    return await copyChunk(session.client, statement, { ...destination, key, keepEmpty, signal });
  } catch (error) {
    throw session.failure(error, `Reading ${name}`);
  }
}

/**
 * Locks a task's table with NOWAIT; false if it cannot. Behind a migration that waits for the coordinator's
 * lock, a worker would wait for ever, and the server could not see the deadlock. So the coordinator, which
 * already has the lock, copies instead. The rollback to the savepoint releases the lock on the table before
 * and undoes a refusal: a session that kept all locks could fill the lock table. It is one message, because
 * there may be thousands of tables and a distant server.
 */
async function lockWithoutWaiting(session: CopySession, { lock }: CopyTask): Promise<boolean> {
  const undoing = 'ROLLBACK TO SAVEPOINT chunk';
  const locking =
    lock && `LOCK TABLE ONLY ${qualifiedName(lock.schema, lock.name)} IN ACCESS SHARE MODE NOWAIT`;
  try {
    await session.client.query(locking ? `${undoing}; ${locking}` : undoing);
    return true;
  } catch (error) {
    if (sqlState(error) !== SQLSTATE_LOCK_NOT_AVAILABLE) throw error;
    return false;
  }
}
