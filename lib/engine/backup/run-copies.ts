import type { Chunk } from '../archive/manifest.ts';
import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { type CopySession, openCopySession } from '../snapshot/copy-session.ts';
import { sqlState } from '../snapshot/lock-relations.ts';
import { type ChunkDestination, copyChunk } from './copy-chunk.ts';

/** One COPY stream to come, and the key it goes to. */
export interface CopyTask {
  /** For messages: `public.users`, `large objects`. */
  readonly name: string;
  readonly statement: string;
  readonly key: string;
  /** The table that a copying session asks for before it reads. */
  readonly lock?: { readonly schema: string; readonly name: string };
  readonly keepEmpty: boolean;
}

export interface RunCopiesOptions {
  readonly settings: ConnectionSettings;
  readonly coordinator: Coordinator;
  readonly jobs: number;
  /** The coordinator's own session is free from here on: it copies what the others could not lock. */
  readonly coordinatorFree: Promise<unknown>;
  readonly connectOptions: ConnectOptions;
  readonly destination: Omit<ChunkDestination, 'key' | 'keepEmpty'>;
  readonly onDone?: (task: CopyTask) => void;
}

/**
 * Runs every task, `jobs` at once, each in a session of its own under the coordinator's snapshot. The first failure stops
 * all: half a backup is no backup. A task that stored nothing, for there were no rows, is not in the answer.
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
 * Behind a migration that waits for the coordinator's lock, a worker that queued up would wait for ever, and the server
 * could not see the deadlock. So it asks without waiting; whoever holds the lock already, the coordinator, copies instead.
 * The lock on the table before is given back by the way, and a refusal undone: a session that kept them all could fill the
 * lock table. In one message, for a distant server answers each of thousands of tables.
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
