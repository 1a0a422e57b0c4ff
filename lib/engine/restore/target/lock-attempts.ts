import { setTimeout as delay } from 'node:timers/promises';
import { SQLSTATE_DEADLOCK, SQLSTATE_LOCK_NOT_AVAILABLE } from '../../connection/query-failure.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import { readRelationKey } from '../archived/relation-key.ts';
import { LOCK_ATTEMPT_MS } from './lock-attempt-ms.ts';
import { holderText, type LockHolder, lockHolders } from './lock-holders.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** lock_timeout, statement_timeout, deadlock: this session gives way, and nothing is done. */
const GAVE_WAY: ReadonlySet<string> = new Set([SQLSTATE_LOCK_NOT_AVAILABLE, '57014', SQLSTATE_DEADLOCK]);

/** Whether a statement waited for a lock in vain, so that another attempt may succeed. */
export function gaveWay(error: unknown): boolean {
  return error instanceof TargetStatementError && GAVE_WAY.has(error.sqlState);
}

export interface LockWish {
  /** Keys of views and tables to lock in ACCESS EXCLUSIVE mode, in this order. */
  readonly alone: readonly string[];
  /** Keys of tables to lock in SHARE ROW EXCLUSIVE mode, as ADD FOREIGN KEY does. */
  readonly againstWriting: readonly string[];
  readonly patienceMs: number;
}

export interface LockWaiting {
  readonly signal: AbortSignal;
  /** Called before each pause. */
  readonly onWait?: (what: string, pauseMs: number) => void;
  /** What became of what was made until now, for the error at the end of the patience. */
  readonly whenGivenUp: { readonly meaning: string; readonly remedy: string };
}

/**
 * Runs `work` in a transaction that has these locks. It takes them in short attempts with growing pauses, so that
 * nobody queues behind it for longer than one attempt. Throws `restore-lock-held`, with the names of those who hold
 * the locks, when the patience ends: everything is rolled back then.
 */
export async function withLocks<T>(
  session: ServerTarget,
  wish: LockWish,
  { signal, onWait, whenGivenUp }: LockWaiting,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const until = startedAt + wish.patienceMs;
  const lock = await lockStatement(session, wish);
  for (let attempt = 1; ; attempt += 1) {
    const { rows } = await session.execute('SELECT pg_catalog.clock_timestamp()::pg_catalog.text AS now');
    try {
      return await session.transaction(async () => {
        await takeLocks(session, lock);
        return await work();
      });
    } catch (error) {
      if (!gaveWay(error)) throw error;
      const holders = await lockHolders(
        session,
        [...wish.alone, ...wish.againstWriting],
        String(rows[0]?.now),
      );
      const left = until - performance.now();
      const tried = { attempts: attempt, durationMs: performance.now() - startedAt };
      if (left <= 0) throw lockHeld(session, wish, holders, tried, whenGivenUp);
      const pauseMs = Math.round(Math.min(left, pauseAfter(attempt)));
      onWait?.(`Waiting for a lock: ${holdersText(holders)}.`, pauseMs);
      await delay(pauseMs, undefined, { signal });
    }
  }
}

/** Doubles, and is jittered, so that two restores, or a restore and a job that runs every second, do not meet again and again. */
export function pauseAfter(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
  return whole * (0.5 + random() / 2);
}

/**
 * One statement that takes all locks, so that statement_timeout counts for all of them together. LOCK TABLE of a view
 * would lock every table below it; giving the view to its owner again locks only the view.
 */
async function lockStatement(
  session: ServerTarget,
  { alone, againstWriting }: LockWish,
): Promise<string | undefined> {
  const { rows } = await session.execute(`
    SELECT k.key, c.relkind AS kind, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) AS owner,
           pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS locks
      FROM (SELECT key, pg_catalog.to_regclass(key) AS oid FROM pg_catalog.unnest(${textArray([...alone, ...againstWriting])}) key) k
      JOIN pg_catalog.pg_class c ON c.oid = k.oid`);
  const found = new Map(rows.map((row) => [String(row.key), row]));
  const statements = [
    ...alone.flatMap((key) => {
      const one = found.get(key);
      if (one?.kind === 'v') return [`ALTER VIEW ${key} OWNER TO ${one.owner}`];
      if (one?.kind === 'm') return [`ALTER MATERIALIZED VIEW ${key} OWNER TO ${one.owner}`];
      return one?.locks === 't' ? [`LOCK TABLE ${key} IN ACCESS EXCLUSIVE MODE`] : [];
    }),
    ...againstWriting.flatMap((key) =>
      found.get(key)?.locks === 't' ? [`LOCK TABLE ${key} IN SHARE ROW EXCLUSIVE MODE`] : [],
    ),
  ];
  return statements.length === 0 ? undefined : `DO ${quoteLiteral(`BEGIN ${statements.join('; ')}; END`)}`;
}

async function takeLocks(session: ServerTarget, lock: string | undefined): Promise<void> {
  // Whoever notices a deadlock first gives way: this session, if its role may say so. Else somebody's query might fail.
  await session.execute('SAVEPOINT lifeboat_locks');
  try {
    await session.execute("SET LOCAL deadlock_timeout = '100ms'");
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    await session.execute('ROLLBACK TO SAVEPOINT lifeboat_locks');
  }
  await session.execute('RELEASE SAVEPOINT lifeboat_locks');
  if (lock !== undefined) {
    await session.execute(`SET LOCAL statement_timeout = ${LOCK_ATTEMPT_MS}`);
    await session.execute(lock);
  }
  await session.execute('SET LOCAL statement_timeout = 0');
  await session.execute(`SET LOCAL lock_timeout = ${LOCK_ATTEMPT_MS}`);
}

function lockHeld(
  { display }: Pick<ServerTarget, 'display'>,
  { alone, againstWriting }: LockWish,
  holders: readonly LockHolder[],
  { attempts, durationMs }: { readonly attempts: number; readonly durationMs: number },
  { meaning, remedy }: LockWaiting['whenGivenUp'],
): LifeboatError {
  const names = [...alone, ...againstWriting].map((key) => {
    const { schema, name } = readRelationKey(key);
    return `${schema}.${name}`;
  });
  const pids = holders.flatMap(({ pid }) => pid ?? []);
  const prepared = holders.flatMap(({ prepared }) => prepared ?? []);
  const ends = [
    ...pids.map((pid) => `\`SELECT pg_terminate_backend(${pid});\``),
    ...prepared.map((gid) => `\`ROLLBACK PREPARED ${quoteLiteral(gid)};\``),
  ];
  return new LifeboatError({
    code: 'restore-lock-held',
    kind: 'target',
    what: `The restore could not lock ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''} in ${display}, in ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} over ${(durationMs / 1000).toFixed(1)} s: ${holdersText(holders)}.`,
    meaning,
    remedy: `${ends.length === 0 ? 'Try again at a quieter time.' : `Let that transaction end, or end it: ${ends.join(' ')}.`} ${remedy} --lock-patience gives it more time.`,
  });
}

function holdersText(holders: readonly LockHolder[]): string {
  if (holders.length === 0) return 'many short transactions hold it by turns';
  const shown = holders.slice(0, 3).map(holderText).join('; ');
  return holders.length > 3 ? `${shown}; and ${holders.length - 3} more` : shown;
}

function textArray(keys: readonly string[]): string {
  return `ARRAY[${keys.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`;
}
