import type { Socket } from 'node:net';
import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';

/** As long as pg_dump may wait for one answer: the catalogs of 100,000 tables are slow, and a dead connection is for ever. */
export const LONGEST_SILENCE_MS = 5 * 60_000;
/** For the last words on a connection, which only matter to a server that is well. */
const FAREWELL_MS = 5000;

/**
 * Ends a connection on which an answer is awaited and nothing has come for so long: a firewall that forgot it, a machine
 * that is gone, a pooler that hangs. TCP alone would wait for a quarter of an hour, or for ever if only we keep silent.
 * Whoever waits is told `source-not-answering`. A connection on which nothing was asked is left alone, and so is one
 * whose bytes we leave unread because the vault is slow.
 */
export function watchSilence(client: pg.Client, display: string, longestSilenceMs: number): void {
  const stream = streamOf(client);
  stream.setTimeout(longestSilenceMs);
  // From then on it is the server's turn again.
  stream.on('resume', () => stream.setTimeout(longestSilenceMs));
  stream.on('timeout', () => {
    if (awaitsAnswer(client) && stream.readableLength === 0 && !stream.isPaused()) {
      stream.destroy(notAnswering(display, longestSilenceMs));
    } else {
      stream.setTimeout(longestSilenceMs);
    }
  });
}

/** Says goodbye, and hangs up when that is not heard: a silent server must not keep us from ending. */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => streamOf(client).destroy(), FAREWELL_MS);
  try {
    await client.end();
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the last statement of a session; its failure, or a server that does not answer in time, is nobody's concern. */
export async function lastStatement(client: pg.Client, sql: string): Promise<void> {
  const given = Promise.withResolvers<void>();
  const timer = setTimeout(given.resolve, FAREWELL_MS);
  await Promise.race([client.query(sql).catch(() => {}), given.promise]);
  clearTimeout(timer);
}

// `pg` keeps both to itself, and offers nothing that tells a silent server from a client with nothing to ask.
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
    what: `${display} was asked and sent nothing for ${silenceMs / 1000} seconds, though the connection seemed open.`,
    meaning: 'The server hangs, or something on the way swallows the bytes; the connection was given up.',
    remedy: 'Start the backup again; if it repeats, look at the server’s load and at what stands between.',
  });
}
