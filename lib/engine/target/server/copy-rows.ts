import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CopyOut } from '../../copy-text/copy-out.ts';
import type { ContentDigest } from '../../copy-text/row-digest.ts';
import { LifeboatError } from '../../ground/errors.ts';

/** Bytes that may wait for the socket. Pieces of COPY text have 256 KiB. */
const WAITING_BYTES = 1024 * 1024;

/**
 * Sends a body as the data of one `COPY … FROM STDIN`. Resolves to the number of rows that the server
 * accepted.
 */
export async function copyRowsIn(
  client: pg.Client,
  statement: string,
  body: AsyncIterable<Uint8Array>,
): Promise<number> {
  const copy = client.query(copyFrom(statement, { highWaterMark: WAITING_BYTES }));
  // The writer gets an error by itself. Without this listener, a later one would end the process.
  copy.on('error', () => {});
  await pipeline(body, copy);
  return copy.rowCount;
}

/** Digests the data of a `COPY … TO STDOUT` without keeping it. */
export async function digestRowsOut(
  client: pg.Client,
  statement: string,
  onBytes?: (bytes: number) => void,
): Promise<ContentDigest> {
  const copy = new CopyOut(client, statement);
  let bytes = 0;
  for await (const piece of copy) {
    bytes += piece.length;
    onBytes?.(bytes);
  }
  const content = copy.content();
  if (copy.reportedRows === content.rows) return content;
  throw new LifeboatError({
    code: 'target-copy-incomplete',
    kind: 'target',
    what: `The server reported ${copy.reportedRows} rows in a COPY and sent ${content.rows}.`,
    meaning: 'The stream was cut or altered in transit.',
    remedy: 'Try again without a proxy in between.',
  });
}
