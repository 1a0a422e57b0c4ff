import type pg from 'pg';
import { lastQueryIsOver } from './watch-silence.ts';

/**
 * What the server allows a session of ours, a little above what Lifeboat allows itself: a client that sleeps (a closed laptop, a
 * frozen machine, SIGSTOP) cannot keep its own limits, and would hold snapshot and locks for as long.
 */
export interface ServerGuards {
  /** In a transaction without a statement, in milliseconds. Sessions say something every 30 seconds: see {@link stayAwake}. */
  readonly longestIdleMs: number;
  /** With an answer that nobody takes, in milliseconds: what is read goes into a vault, which may be slow. */
  readonly longestStallMs: number;
  /** A transaction as a whole, in milliseconds. None, where Lifeboat has no limit either. */
  readonly longestTransactionMs?: number;
}

/** Four times the pause between two signs of life. */
const LONGEST_IDLE_MS = 2 * 60_000;
/** Eight tries of a request to S3 with a minute of silence each, the pauses between them (storage/s3-client.ts), and a minute more. */
const LONGEST_STALL_MS = 11 * 60_000;
/** Time to connect, to lock and to notice. */
const MARGIN_MS = 60_000;
const AWAKE_INTERVAL_MS = 30_000;

export function serverGuards(longestTransactionMs?: number): ServerGuards {
  return {
    longestIdleMs: LONGEST_IDLE_MS,
    longestStallMs: Math.min(
      LONGEST_STALL_MS,
      (longestTransactionMs ?? Number.POSITIVE_INFINITY) + MARGIN_MS,
    ),
    ...(longestTransactionMs === undefined ? {} : { longestTransactionMs: longestTransactionMs + MARGIN_MS }),
  };
}

export interface GuardedServer {
  readonly major: number;
  /** Whether its operating system is Linux, by `version()`. */
  readonly isLinux: boolean;
}

/** Of all time-outs in milliseconds: PostgreSQL manual, "Client Connection Defaults". */
const MOST_MS = 2 ** 31 - 1;

/**
 * The guards as SET statements. A session that waits for the client inside a transaction is ended by the idle time-out. One that
 * sends and finds no taker is not: while it waits for the socket it heeds no time-out (tried on 15 to 19), and the client's
 * kernel acknowledges what the sleeping process does not read. There only `tcp_user_timeout` helps, which on Linux also counts
 * the time for which the window is closed (tcp(7), TCP_USER_TIMEOUT); over a Unix-domain socket nothing does. The check of
 * the connection notices a client that is gone in the middle of a long statement.
 */
export function guardStatements(guards: ServerGuards, { major, isLinux }: GuardedServer): string[] {
  const { longestIdleMs, longestStallMs, longestTransactionMs } = guards;
  const transaction = longestTransactionMs === undefined ? undefined : milliseconds(longestTransactionMs);
  return [
    `SET idle_in_transaction_session_timeout = ${milliseconds(longestIdleMs)}`,
    ...(transaction !== undefined && major >= 14 ? [`SET idle_session_timeout = ${transaction}`] : []),
    ...(transaction !== undefined && major >= 17 ? [`SET transaction_timeout = ${transaction}`] : []),
    // Refused, or of no effect, where the operating system has no such thing.
    ...(isLinux
      ? [
          'SET tcp_keepalives_idle = 60',
          'SET tcp_keepalives_interval = 15',
          'SET tcp_keepalives_count = 8',
          `SET tcp_user_timeout = ${milliseconds(longestStallMs)}`,
          ...(major >= 14 ? ["SET client_connection_check_interval = '5s'"] : []),
        ]
      : []),
  ];
}

function milliseconds(duration: number): number {
  return Math.min(Math.ceil(duration), MOST_MS);
}

/**
 * Asks something small whenever the session has nothing to do, so that its idle time-out ends it only when we are not there any
 * more: it may wait for the vault for longer. Answers what ends it.
 */
export function stayAwake(client: pg.Client, intervalMs = AWAKE_INTERVAL_MS): () => void {
  const timer = setInterval(() => {
    // Whoever asks next hears of a failure.
    if (lastQueryIsOver(client)) client.query('SELECT 1').catch(() => {});
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
