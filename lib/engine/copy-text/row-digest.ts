import { CopyText } from './copy-text.ts';

/**
 * The digest of a stream of COPY text: the number of rows, the number of bytes, and the sum modulo 2^64 of
 * the xxHash64 (seed 0) of each row's line without its line feed. It is a sum, so that neither the order of
 * rows nor the way a table was cut changes it. A row that occurs twice is added twice, and the rows are
 * counted as well.
 */
export interface ContentDigest {
  readonly rows: number;
  readonly rawBytes: number;
  /** 16 lower-case hexadecimal digits. */
  readonly digest: string;
}

export const EMPTY_DIGEST: ContentDigest = { rows: 0, rawBytes: 0, digest: '0000000000000000' };

const MODULUS_BITS = 64;

/** The digest of several pieces of one table. */
export function sumDigests(pieces: Iterable<ContentDigest>): ContentDigest {
  let rows = 0;
  let rawBytes = 0;
  let sum = 0n;
  for (const piece of pieces) {
    rows += piece.rows;
    rawBytes += piece.rawBytes;
    sum += BigInt(`0x${piece.digest}`);
  }
  return { rows, rawBytes, digest: formatDigest(sum) };
}

/**
 * Reads COPY text in pieces that may be cut anywhere. Every byte 0x0A ends a row: COPY's text format writes a
 * line feed inside a value as `\n`, and no server encoding uses 0x0A within another character (PostgreSQL
 * manual, COPY).
 */
export class RowDigest {
  readonly #text = new CopyText();

  update(piece: Uint8Array): void {
    this.#text.read(piece);
  }

  /** The digest. Throws when the stream ended within a row, because then it was not a complete COPY. */
  finish(): ContentDigest {
    return contentOf(this.#text);
  }
}

/** The digest of a stream that was read to its end. Throws when it ended within a row. */
export function contentOf({ isWithinRow, rows, rawBytes, sum }: CopyText): ContentDigest {
  if (isWithinRow) throw new Error('COPY text ended within a row');
  return { rows, rawBytes, digest: formatDigest(sum) };
}

function formatDigest(sum: bigint): string {
  return BigInt.asUintN(MODULUS_BITS, sum).toString(16).padStart(16, '0');
}
