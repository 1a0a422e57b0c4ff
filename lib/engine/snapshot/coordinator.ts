import type pg from 'pg';
import { NOTHING_OMITTED, type Omissions } from '../catalog/omissions.ts';
import { refuseUnreadable } from '../catalog/refuse-unreadable.ts';
import { type LockedRelation, relationsToLock, rewrittenRelations } from '../catalog/tables.ts';
import { refuseUnreadableNames } from '../catalog/unreadable-names.ts';
import type { Session } from '../connection/connect.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { lastStatement } from '../connection/watch-silence.ts';
import { LifeboatError } from '../ground/errors.ts';
import { isForgotten, lockBlockers, lockRefused, nameBlocker } from './lock-blockers.ts';
import { backOff, LOCK_TIMEOUT_MS, lockRelations } from './lock-relations.ts';

/** The session that holds the locks and the snapshot while a backup reads. */
export interface Coordinator {
  readonly client: pg.Client;
  readonly failure: Session['failure'];
  readonly major: number;
  readonly query: QueryRows;
  /** The name for SET TRANSACTION SNAPSHOT in the copying sessions. */
  readonly exportedSnapshot: string;
  /** pg_current_snapshot() (13 and later). */
  readonly snapshot: string;
  readonly takenAt: Date;
  readonly lsn: string | null;
  readonly standby: boolean;
  readonly locked: readonly LockedRelation[];
  /**
   * Aborts with the reason when the session ends or loses a lock. All readers under its snapshot then stop.
   */
  readonly lost: AbortSignal;
  /**
   * Throws unless the session is still in its transaction and holds all of its locks. The last check before
   * sealing.
   */
  assertHolding(): Promise<void>;
  /** Ends the transaction, and with it every lock. */
  release(): Promise<void>;
}

export interface CoordinatorOptions {
  readonly signal: AbortSignal;
  /** Objects that are not read, and so need neither a lock nor a privilege. */
  readonly omissions?: Omissions;
  /** How long to retry while other sessions block the locks. @default 120,000 */
  readonly lockPatienceMs?: number;
  /** Milliseconds between two checks of the locks. @default 30 seconds */
  readonly pingIntervalMs?: number;
  readonly onWaiting?: (blockers: readonly string[]) => void;
  /** Called before each statement of the start-up; tests put a TRUNCATE or an ALTER there. */
  readonly beforeStep?: (step: CoordinatorStep) => Promise<void>;
}

export type CoordinatorStep = 'list' | 'begin' | 'lock' | 'snapshot' | 'check' | 'done';

/** Short enough that no NAT drops the connection, and that lost locks are noticed long before the end. */
const PING_INTERVAL_MS = 30_000;

/**
 * Takes the locks first, then the snapshot. TRUNCATE and rewriting ALTERs are not MVCC-safe (PostgreSQL
 * manual, "Caveats" of concurrency control), so a table that was emptied between an older snapshot and its
 * lock would read as empty.
 */
export async function openCoordinator(session: Session, options: CoordinatorOptions): Promise<Coordinator> {
  const { client, major } = session;
  const query = queryRows(client);
  await refuseUnreadable(query, options.omissions);
  const { locked, taken } = await lockThenSnapshot(client, query, options);

  const lost = new AbortController();
  session.lost.addEventListener('abort', () => lost.abort(session.lost.reason));
  const assertHolding = () => assertLocks(query, locked, taken.snapshot);
  const ping = setInterval(() => {
    assertHolding().catch((reason) => lost.abort(reason));
  }, options.pingIntervalMs ?? PING_INTERVAL_MS);
  ping.unref();

  return {
    client,
    failure: session.failure,
    major,
    query,
    ...taken,
    locked,
    lost: lost.signal,
    assertHolding,
    async release() {
      clearInterval(ping);
      await lastStatement(client, 'ROLLBACK');
    },
  };
}

type Taken = Pick<Coordinator, 'exportedSnapshot' | 'snapshot' | 'takenAt' | 'lsn' | 'standby'>;

async function lockThenSnapshot(
  client: pg.Client,
  query: QueryRows,
  {
    signal,
    omissions = NOTHING_OMITTED,
    lockPatienceMs = 120_000,
    onWaiting,
    beforeStep,
  }: CoordinatorOptions,
): Promise<{ locked: LockedRelation[]; taken: Taken }> {
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    await beforeStep?.('list');
    const [relations] = await Promise.all([
      relationsToLock(query, omissions),
      refuseUnreadableNames(query, omissions),
    ]).catch(async (error: unknown) => {
      // The names were queried together. The server refuses to send such a name, and does not say which
      // object has it.
      await refuseUnreadableNames(query, omissions);
      throw error;
    });
    await beforeStep?.('begin');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await beforeStep?.('lock');
    const outcome = await lockRelations(client, relations);
    if (outcome === 'locked') {
      await beforeStep?.('snapshot');
      const taken = await takeSnapshot(query);
      await beforeStep?.('check');
      if (await snapshotMatchesLocks(query, relations, omissions)) {
        await beforeStep?.('done');
        return { locked: relations, taken };
      }
    }
    await client.query('ROLLBACK');
    const waitedMs = performance.now() - startedAt;
    if (outcome === 'refused') {
      const blockers = await lockBlockers(client, relations);
      if (waitedMs + LOCK_TIMEOUT_MS > lockPatienceMs || blockers.some(isForgotten)) {
        throw lockRefused(blockers, waitedMs);
      }
      onWaiting?.(blockers.map(nameBlocker));
      await backOff(attempt, signal);
    } else if (waitedMs > lockPatienceMs) {
      throw new LifeboatError({
        code: 'source-changing',
        kind: 'source',
        what: `Tables were created, dropped or rewritten during each of ${attempt + 1} attempts to lock them.`,
        remedy: 'Start the backup again when the schema changes less.',
      });
    }
  }
}

/** Runs the first query of the transaction, which takes the snapshot. */
async function takeSnapshot(query: QueryRows): Promise<Taken> {
  const [[exported], [facts]] = await Promise.all([
    query('SELECT pg_catalog.pg_export_snapshot() AS id, pg_catalog.statement_timestamp() AS taken_at'),
    query(`
      SELECT pg_catalog.pg_current_snapshot()::text AS snapshot,
             pg_catalog.pg_is_in_recovery() AS standby,
             CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()::text
                  ELSE pg_catalog.pg_current_wal_insert_lsn()::text END AS lsn`),
  ]);
  return {
    exportedSnapshot: String(exported?.id),
    snapshot: String(facts?.snapshot),
    takenAt: exported?.taken_at instanceof Date ? exported.taken_at : new Date(String(exported?.taken_at)),
    standby: facts?.standby === true,
    lsn: facts?.lsn === null ? null : String(facts?.lsn),
  };
}

/**
 * Whether every table in the snapshot is locked, and is still in the file that the snapshot's catalog names.
 */
async function snapshotMatchesLocks(
  query: QueryRows,
  locked: readonly LockedRelation[],
  omissions: Omissions,
): Promise<boolean> {
  const held = new Set(locked.map(({ oid }) => oid));
  const [shown, rewritten] = await Promise.all([
    relationsToLock(query, omissions),
    rewrittenRelations(query, [...held]),
  ]);
  return shown.length === held.size && shown.every(({ oid }) => held.has(oid)) && rewritten.length === 0;
}

async function assertLocks(
  query: QueryRows,
  locked: readonly LockedRelation[],
  snapshot: string,
): Promise<void> {
  const [answer] = await query(`
    SELECT pg_catalog.count(DISTINCT relation)::int AS held, pg_catalog.pg_current_snapshot()::text AS snapshot
      FROM pg_catalog.pg_locks
     WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted
       AND mode = 'AccessShareLock' AND relation = ANY ('{${locked.map(({ oid }) => oid).join(',')}}'::oid[])`);
  if (answer?.held === locked.length && answer.snapshot === snapshot) return;
  throw new LifeboatError({
    code: 'source-locks-lost',
    kind: 'source',
    what: `The session that guards the backup holds ${String(answer?.held)} of its ${locked.length} locks.`,
    meaning: 'Its transaction ended, so tables could have been emptied unnoticed. The backup was abandoned.',
    remedy: 'Connect without a pooler in between, and start the backup again.',
  });
}
