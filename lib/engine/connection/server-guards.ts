import type pg from 'pg';
import { lastQueryIsOver } from './watch-silence.ts';

/**
 * Limits that the server enforces on Lifeboat's sessions. They are a little higher than Lifeboat's own
 * limits. A client that sleeps (a closed laptop, a frozen machine, SIGSTOP) cannot keep its own limits, and
 * would hold its snapshot and locks.
 */
export interface ServerGuards {
  /**
   * Longest time in a transaction without a statement, in milliseconds. Sessions send one every 30 seconds:
   * see {@link stayAwake}.
   */
  readonly longestIdleMs: number;
  /** Longest time with an answer that the client does not read, in milliseconds: the vault may be slow. */
  readonly longestStallMs: number;
  /** Longest transaction, in milliseconds. Absent if Lifeboat itself has no limit. */
  readonly longestTransactionMs?: number;
}

/** Four times the interval of {@link stayAwake}. */
const LONGEST_IDLE_MS = 2 * 60_000;
/**
 * Eight tries of an S3 request with a minute of silence each, the pauses between them (storage/s3-client.ts),
 * and one minute more.
 */
const LONGEST_STALL_MS = 11 * 60_000;
/** Additional time to connect, to lock and to notice. */
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
  /** Whether its operating system is Linux, according to `version()`. */
  readonly isLinux: boolean;
}

/** Highest value of a time-out, in milliseconds: PostgreSQL manual, "Client Connection Defaults". */
const MOST_MS = 2 ** 31 - 1;

/**
 * The guards as SET statements. The idle time-out ends a session that waits for the client inside a
 * transaction. It does not end a session that waits for the socket to send rows: such a session obeys no
 * time-out (tried on 15 to 19), and the client's kernel acknowledges data that the sleeping process does not
 * read. Then only `tcp_user_timeout` helps, because on Linux it also counts the time while the window is
 * closed (tcp(7), TCP_USER_TIMEOUT). Over a Unix-domain socket nothing helps.
 * `client_connection_check_interval` notices a client that vanishes during a long statement.
 */
export function guardStatements(guards: ServerGuards, { major, isLinux }: GuardedServer): string[] {
  const { longestIdleMs, longestStallMs, longestTransactionMs } = guards;
  const transaction = longestTransactionMs === undefined ? undefined : milliseconds(longestTransactionMs);
  return [
    `SET idle_in_transaction_session_timeout = ${milliseconds(longestIdleMs)}`,
    ...(transaction !== undefined && major >= 14 ? [`SET idle_session_timeout = ${transaction}`] : []),
    ...(transaction !== undefined && major >= 17 ? [`SET transaction_timeout = ${transaction}`] : []),
    // Other operating systems refuse these settings or ignore them.
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
 * Sends a small query whenever the session is idle, because it may wait for the vault for longer than its
 * idle time-out. So the time-out ends it only when this process no longer runs. Returns a function that stops
 * it.
 */
export function stayAwake(client: pg.Client, intervalMs = AWAKE_INTERVAL_MS): () => void {
  const timer = setInterval(() => {
    // The next query reports a failure.
    if (lastQueryIsOver(client)) client.query('SELECT 1').catch(() => {});
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
