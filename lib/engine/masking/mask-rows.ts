import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import { maskBytes } from './masked-bytes.ts';
import { maskText } from './masked-text.ts';
import type { RowMask } from './row-mask.ts';

const LINE_FEED = 0x0a;
/** A string of V8 has half a gigabyte at most. */
const LONGEST_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * Masks COPY text on its way. Kept fields are passed on byte for byte, and digested: a line of them alone, as COPY would print
 * the kept columns. One row at most is held. The pieces that come out are new memory, and no field of a masked column is in
 * them but as its mask made it.
 */
export async function* maskRows(
  pieces: AsyncIterable<Uint8Array>,
  mask: RowMask,
  onEnd: (kept: ContentDigest) => void,
  longestTextBytes = LONGEST_TEXT_BYTES,
): AsyncGenerator<Uint8Array> {
  const digest = new RowDigest();
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const last = piece.lastIndexOf(LINE_FEED);
    if (last === -1) {
      rest = Buffer.concat([rest, piece]);
      continue;
    }
    const text =
      rest.length > 0
        ? Buffer.concat([rest, piece])
        : Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const end = text.lastIndexOf(LINE_FEED) + 1;
    const maskLines = end > longestTextBytes ? maskBytes : maskText;
    const { masked, kept } = maskLines(text.subarray(0, end), mask);
    // Copied before the next piece overwrites the memory.
    rest = Buffer.from(text.subarray(end));
    digest.update(kept);
    yield masked;
  }
  if (rest.length > 0) throw new RangeError('COPY text ended within a row');
  onEnd(digest.finish());
}
