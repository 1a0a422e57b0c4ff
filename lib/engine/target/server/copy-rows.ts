import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type ContentDigest, RowDigest } from '../../digest/row-digest.ts';
import { LifeboatError } from '../../errors.ts';

/** Bytes that may wait for the socket: COPY pieces come in 256 KiB. */
const WAITING_BYTES = 1024 * 1024;

/** Sends a body as the data of one `COPY … FROM STDIN` and resolves to the number of rows that the server took. */
export async function copyRowsIn(
  client: pg.Client,
  statement: string,
  body: AsyncIterable<Uint8Array>,
): Promise<number> {
  const copy = client.query(copyFrom(statement, { highWaterMark: WAITING_BYTES }));
  // Whoever writes hears of an error; one that comes after it would end the process.
  copy.on('error', () => {});
  await pipeline(body, copy);
  return copy.rowCount;
}

/** Digests what a `COPY … TO STDOUT` sends, holding one row at most. */
export async function digestRowsOut(client: pg.Client, statement: string): Promise<ContentDigest> {
  const copy = client.query(copyTo(statement));
  // The library only emits: who begins to read after that would wait for ever.
  copy.on('error', (error) => copy.destroy(error));
  const digest = await RowDigest.create();
  for await (const piece of copy) digest.update(piece as Buffer);
  // The end of the data is not the end of the statement: its command tag arrives before the answer to the next one.
  await client.query('SELECT');
  const content = digest.finish();
  if (copy.rowCount === content.rows) return content;
  throw new LifeboatError({
    code: 'target-copy-incomplete',
    kind: 'target',
    what: `The server reported ${copy.rowCount} rows in a COPY and sent ${content.rows}.`,
    meaning: 'The stream was cut or altered on its way.',
    remedy: 'Try again, without a proxy between.',
  });
}
