import type { Chunk } from '../archive/manifest.ts';
import { LifeboatError, messageOf } from '../errors.ts';
import { qualifiedName } from '../sql.ts';
import type { ConnectOptions } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { Coordinator } from './coordinator.ts';
import { type ChunkDestination, copyChunk } from './copy-chunk.ts';
import { type CopySession, openCopySession } from './copy-session.ts';
import { copyOut, selectRows } from './copy-statement.ts';
import { SQLSTATE_LOCK_NOT_AVAILABLE, sqlState } from './lock-relations.ts';
import type { PlannedChunk } from './plan.ts';

export interface CopyTablesOptions {
  readonly settings: ConnectionSettings;
  readonly coordinator: Coordinator;
  readonly encoding: string;
  readonly jobs: number;
  /** The coordinator's own session is free from here on: it copies what the others could not lock. */
  readonly coordinatorFree: Promise<unknown>;
  readonly connectOptions: ConnectOptions;
  /** Where the chunk goes. */
  readonly destinationOf: (chunk: PlannedChunk) => ChunkDestination;
  readonly onChunk?: (chunk: PlannedChunk) => void;
}

/** What a planned chunk became; `stored` is absent when it held no rows. */
export interface CopiedChunk {
  readonly planned: PlannedChunk;
  readonly stored?: Chunk;
}

/**
 * Copies every chunk, `jobs` at once, each in a session of its own under the coordinator's snapshot. The first failure
 * stops all: half a backup is no backup.
 */
export async function copyTables(
  chunks: readonly PlannedChunk[],
  options: CopyTablesOptions,
): Promise<CopiedChunk[]> {
  const queue = [...chunks];
  const refused: PlannedChunk[] = [];
  const copied: CopiedChunk[] = [];
  const failed = new AbortController();
  const sessions: CopySession[] = [];
  const finish = (planned: PlannedChunk, stored: Chunk | undefined) => {
    copied.push(stored ? { planned, stored } : { planned });
    options.onChunk?.(planned);
  };

  const worker = async () => {
    if (queue.length === 0) return;
    const { settings, coordinator, connectOptions } = options;
    const session = await openCopySession(settings, coordinator.exportedSnapshot, connectOptions);
    sessions.push(session);
    for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
      failed.signal.throwIfAborted();
      if (!(await lockWithoutWaiting(session, chunk))) {
        refused.push(chunk);
        continue;
      }
      finish(chunk, await copyOne(session.client, chunk, options, failed.signal));
      // Undoing the savepoint gives this table's lock back: a session that kept them all could fill the lock table.
      await session.client.query('ROLLBACK TO SAVEPOINT chunk');
    }
  };

  const stopAll = (reason: unknown) => {
    failed.abort(reason);
    for (const session of sessions) session.abandon();
    throw reason;
  };
  try {
    const workers = Array.from({ length: Math.min(options.jobs, chunks.length) }, worker);
    const stopping = workers.map((work) => work.catch(stopAll));
    const results = await Promise.allSettled(stopping);
    if (failed.signal.aborted) throw failed.signal.reason;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await options.coordinatorFree;
    for (const chunk of refused) {
      finish(chunk, await copyOne(options.coordinator.client, chunk, options, failed.signal));
    }
    return copied;
  } finally {
    await Promise.allSettled(sessions.map((session) => session.end()));
  }
}

async function copyOne(
  client: CopySession['client'],
  chunk: PlannedChunk,
  { destinationOf, encoding }: CopyTablesOptions,
  failed: AbortSignal,
): Promise<Chunk | undefined> {
  const destination = destinationOf(chunk);
  const signal = AbortSignal.any([destination.signal, failed]);
  const statement = copyOut(selectRows(chunk.table, chunk.pages), encoding);
  try {
    const keepEmpty = chunk.pages !== undefined;
    const stored = await copyChunk(client, statement, { ...destination, signal, keepEmpty });
    return stored && chunk.pages ? { ...stored, pages: chunk.pages } : stored;
  } catch (error) {
    throw copyFailure(chunk, error);
  }
}

function copyFailure({ table }: PlannedChunk, error: unknown): unknown {
  if (error instanceof LifeboatError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new LifeboatError({
    code: 'source-copy-failed',
    kind: 'source',
    what: `Reading ${table.schema}.${table.name} failed: ${messageOf(error)}.`,
    meaning: 'The backup was abandoned; nothing was sealed.',
    remedy: 'Start it again; if it fails at the same table, look at the log of the server.',
    cause: error,
  });
}

/**
 * Behind a migration that waits for the coordinator's lock, a worker that queued up would wait for ever, and the server
 * could not see the deadlock. So it asks without waiting; whoever holds the lock already, the coordinator, copies instead.
 */
async function lockWithoutWaiting(session: CopySession, { table }: PlannedChunk): Promise<boolean> {
  const name = qualifiedName(table.schema, table.name);
  await session.client.query('SAVEPOINT chunk');
  try {
    await session.client.query(`LOCK TABLE ONLY ${name} IN ACCESS SHARE MODE NOWAIT`);
    return true;
  } catch (error) {
    if (sqlState(error) !== SQLSTATE_LOCK_NOT_AVAILABLE) throw error;
    await session.client.query('ROLLBACK TO SAVEPOINT chunk');
    return false;
  }
}
