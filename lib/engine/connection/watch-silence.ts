import type { Socket } from 'node:net';
import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';

/** The longest wait for one answer: pg_dump's queries on the catalogs of 100,000 tables are slow. */
export const LONGEST_SILENCE_MS = 5 * 60_000;
/** The longest wait for the end of a connection. Only a healthy server needs to hear of it. */
const FAREWELL_MS = 5000;

/**
 * Ends a connection that awaits an answer and receives nothing for `longestSilenceMs`: a firewall forgot it,
 * the machine is gone, or a pooler hangs. TCP alone would wait for a quarter of an hour, or for ever if
 * nothing is sent. The waiting query fails with `source-not-answering`. A connection without a query is left
 * alone, and so is one whose bytes stay unread because the vault is slow. A statement that takes longer than
 * that, as the index of a large table does, goes on if `isAtWork` finds out that the server works on it.
 */
export function watchSilence(
  client: pg.Client,
  display: string,
  longestSilenceMs: number,
  isAtWork: () => Promise<boolean> = async () => false,
): void {
  const stream = streamOf(client);
  stream.setTimeout(longestSilenceMs);
  // From now on the server must send again.
  stream.on('resume', () => stream.setTimeout(longestSilenceMs));
  const isSilent = () => awaitsAnswer(client) && stream.readableLength === 0 && !stream.isPaused();
  stream.on('timeout', async () => {
    const { bytesRead } = stream;
    const isLost = isSilent() && !(await isAtWork().catch(() => false));
    // It may have answered while it was asked in another way.
    if (isLost && isSilent() && stream.bytesRead === bytesRead) {
      stream.destroy(notAnswering(display, longestSilenceMs));
    } else {
      stream.setTimeout(longestSilenceMs);
    }
  });
}

/**
 * Ends the connection properly, and closes the socket if the server does not react: it must not block the
 * end.
 */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => streamOf(client).destroy(), FAREWELL_MS);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the last statement of a session. Ignores its failure, and a server that does not answer in time. */
export async function lastStatement(client: pg.Client, sql: string): Promise<void> {
  const given = Promise.withResolvers<void>();
  const timer = setTimeout(given.resolve, FAREWELL_MS);
  await Promise.race([client.query(sql).catch(() => {}), given.promise]);
  clearTimeout(timer);
}

// `pg` declares neither of these, and offers nothing else that tells a silent server from an idle client.
function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

function awaitsAnswer(client: pg.Client): boolean {
  return !lastQueryIsOver(client);
}

export function lastQueryIsOver(client: pg.Client): boolean {
  return (client as unknown as { readyForQuery: boolean }).readyForQuery;
}

function notAnswering(display: string, silenceMs: number): LifeboatError {
  return new LifeboatError({
    code: 'source-not-answering',
    kind: 'source',
    what: `${display} did not answer for ${silenceMs / 1000} seconds, although the connection seemed open.`,
    meaning: 'The server hangs, or the network drops the data. Lifeboat closed the connection.',
    remedy: 'Try again. If it fails again, check the server’s load and every firewall and pooler on the way.',
  });
}
