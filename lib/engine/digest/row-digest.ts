import xxhash from 'xxhash-wasm';

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

const LINE_FEED = 0x0a;
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
  #rows = 0;
  #rawBytes = 0;
  #sum = 0n;
  /** Pieces of a row whose end has not come yet. */
  #open: Uint8Array[] = [];
  readonly #hash: (line: Uint8Array) => bigint;

  private constructor(hash: (line: Uint8Array) => bigint) {
    this.#hash = hash;
  }

  static async create(): Promise<RowDigest> {
    const { h64Raw } = await loaded;
    return new RowDigest((line) => h64Raw(line));
  }

  update(piece: Uint8Array): void {
    this.#rawBytes += piece.length;
    let start = 0;
    let sum = 0n;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      const line = piece.subarray(start, end);
      sum += this.#hash(this.#open.length === 0 ? line : this.#closeRow(line));
      this.#rows += 1;
      start = end + 1;
    }
    this.#sum = BigInt.asUintN(MODULUS_BITS, this.#sum + sum);
    if (start < piece.length) this.#open.push(piece.slice(start));
  }

  /** Throws when the stream ended within a row: whatever it was, it was not a whole COPY. */
  finish(): ContentDigest {
    if (this.#open.length > 0) throw new Error('COPY text ended within a row');
    return { rows: this.#rows, rawBytes: this.#rawBytes, digest: formatDigest(this.#sum) };
  }

  #closeRow(lastPiece: Uint8Array): Uint8Array {
    const line = Buffer.concat([...this.#open, lastPiece]);
    this.#open = [];
    return line;
  }
}

const loaded = xxhash();

function formatDigest(sum: bigint): string {
  return BigInt.asUintN(MODULUS_BITS, sum).toString(16).padStart(16, '0');
}
