import { TargetStatementError } from '../target.ts';
import { AnswerReader, simpleQuery } from './answer-reader.ts';
import type { AnswerWindow } from './answer-window.ts';
import type { EmbeddedTarget } from './embedded-target.ts';

interface Piece {
  readonly text: readonly Buffer[];
  release(): void;
}

/**
 * The rows of a query as COPY text in UTF-8, in pieces that may be cut anywhere. The server waits while a piece is used, so a
 * table of any size streams.
 */
export async function* copyTextOf(
  target: Pick<EmbeddedTarget, 'converse'>,
  query: string,
): AsyncGenerator<Buffer> {
  const arrived: Piece[] = [];
  let wake = () => {};
  let isOver = false;
  let isWanted = true;
  let text: Buffer[] = [];
  const reader = new AnswerReader((piece) => text.push(Buffer.from(piece)));
  const take = (piece: Uint8Array, window: AnswerWindow) => {
    const release = () => window.release(piece.length);
    reader.read(piece);
    if (isWanted) arrived.push({ text, release });
    else release();
    text = [];
    wake();
  };
  const talk = target
    .converse(simpleQuery(`COPY (${query}) TO STDOUT (ENCODING 'UTF8')`), take)
    .finally(() => {
      isOver = true;
      wake();
    });
  // Awaited below; it may fail while a piece is used.
  talk.catch(() => {});
  try {
    for (;;) {
      const piece = arrived.shift();
      if (piece) {
        yield* piece.text;
        piece.release();
      } else if (isOver) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await talk;
    const { error, tags } = reader.answer();
    if (error) throw new TargetStatementError(error.message, error.sqlState, error.refused);
    if (!tags[0]?.startsWith('COPY '))
      throw new Error('the embedded server ended within the rows of a table');
  } finally {
    isWanted = false;
    for (const { release } of arrived.splice(0)) release();
    await talk.catch(() => {});
  }
}
