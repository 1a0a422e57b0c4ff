import { LifeboatError } from '../../ground/errors.ts';

const LINE_FEED = 0x0a;

/**
 * Cuts COPY text at line ends into blobs of at most `maxBytes`; a single row that is larger makes a blob of
 * its own. Only one blob is held at a time. Each has its own memory, so that it can be transferred to another
 * thread. Throws `copy-text-cut` if the text ends within a row.
 */
export async function* rowBlobs(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  /** Bytes up to and including the last line feed. */
  let wholeRows = 0;

  const take = (piece: Uint8Array) => {
    const lineEnd = piece.lastIndexOf(LINE_FEED) + 1;
    if (lineEnd > 0) wholeRows = size + lineEnd;
    if (piece.length > 0) pieces.push(piece);
    size += piece.length;
  };
  const cut = (): Uint8Array<ArrayBuffer> => {
    const blob = new Uint8Array(wholeRows);
    const rest: Uint8Array[] = [];
    let at = 0;
    for (const piece of pieces) {
      const fitting = piece.subarray(0, Math.max(0, wholeRows - at));
      blob.set(fitting, at);
      at += fitting.length;
      if (fitting.length < piece.length) rest.push(piece.subarray(fitting.length));
    }
    pieces = [];
    size = 0;
    wholeRows = 0;
    for (const piece of rest) take(piece);
    return blob;
  };

  for await (const arrived of body) {
    let piece = arrived;
    while (piece.length > 0) {
      const room = maxBytes - size;
      if (room > 0) {
        take(piece.subarray(0, room));
        piece = piece.subarray(room);
      } else if (wholeRows > 0) {
        yield cut();
      } else {
        // This row is larger than a blob, so the blob continues to the end of the row.
        const lineEnd = piece.indexOf(LINE_FEED) + 1;
        const part = lineEnd > 0 ? piece.subarray(0, lineEnd) : piece;
        take(part);
        piece = piece.subarray(part.length);
        if (lineEnd > 0) yield cut();
      }
    }
  }
  if (wholeRows < size) {
    throw new LifeboatError({
      code: 'copy-text-cut',
      kind: 'verification',
      what: 'The COPY text ends within a row.',
      meaning: 'The text was cut off in transit or in the vault.',
      remedy: 'Run `lifeboat verify`, which names the damaged object.',
    });
  }
  if (wholeRows > 0) yield cut();
}
