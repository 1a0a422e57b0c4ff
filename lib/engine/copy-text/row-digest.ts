import { CopyText } from './copy-text.ts';

/**
 * What is remembered of a stream of COPY text: how many rows, how many bytes, and the sum modulo 2^64 of xxHash64
 * (seed 0) over each row's line, its line feed left out. A sum, so that neither the order of rows nor the way a table
 * was cut changes it; rows are counted besides, and a row that comes twice adds twice.
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
 * Reads COPY text in pieces cut anywhere. In COPY's text format a line feed inside a value is written as `\n`, and no
 * server encoding uses the byte 0x0A within another character, so every 0x0A ends a row (PostgreSQL manual, COPY).
 */
export class RowDigest {
  readonly #text = new CopyText();

  update(piece: Uint8Array): void {
    this.#text.read(piece);
  }

  /** Throws when the stream ended within a row: whatever it was, it was not a whole COPY. */
  finish(): ContentDigest {
    return contentOf(this.#text);
  }
}

/** Of a stream that was read to its end; throws when that came within a row. */
export function contentOf({ isWithinRow, rows, rawBytes, sum }: CopyText): ContentDigest {
  if (isWithinRow) throw new Error('COPY text ended within a row');
  return { rows, rawBytes, digest: formatDigest(sum) };
}

function formatDigest(sum: bigint): string {
  return BigInt.asUintN(MODULUS_BITS, sum).toString(16).padStart(16, '0');
}
