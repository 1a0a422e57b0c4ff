import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';

/** Compares the text of an object, as it comes, with what the manifest says of each chunk in it. */
export class ContentCheck {
  readonly #expected: readonly ContentDigest[];
  readonly #digests: RowDigest[];
  #chunk = 0;
  #bytes = 0;
  /** How the object differs; completes "this object …". */
  problem: string | undefined;

  /** `expected` is in the order of the text. */
  constructor(expected: readonly ContentDigest[]) {
    this.#expected = expected;
    this.#digests = expected.map(() => new RowDigest());
  }

  /** Throws if more comes than was backed up: such an object might decompress for hours, and is damaged whatever follows. */
  take(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0) {
      const expected = this.#expected[this.#chunk];
      if (!expected) throw new Error('more than was read');
      const some = rest.subarray(0, expected.rawBytes - this.#bytes);
      this.#digests[this.#chunk]?.update(some);
      this.#bytes += some.length;
      rest = rest.subarray(some.length);
      if (this.#bytes === expected.rawBytes && this.#chunk < this.#expected.length) {
        this.#chunk += 1;
        this.#bytes = 0;
      }
    }
  }

  /** Call it when all has come. Throws if a chunk ends within a row. */
  finish(): void {
    for (const [index, expected] of this.#expected.entries()) {
      const found = this.#digests[index]?.finish();
      const difference = found && differenceOf(expected, found);
      if (difference === undefined) continue;
      const total = this.#expected.length;
      this.problem = total === 1 ? difference : `${difference}, in chunk ${index + 1} of the ${total} in it`;
      return;
    }
  }
}

function differenceOf(expected: ContentDigest, found: ContentDigest): string | undefined {
  if (found.rows !== expected.rows) return `holds ${found.rows} rows, but the manifest says ${expected.rows}`;
  if (found.rawBytes !== expected.rawBytes)
    return `holds ${found.rawBytes} bytes of rows, but the manifest says ${expected.rawBytes}`;
  if (found.digest !== expected.digest) return 'holds other rows than were backed up: their digest differs';
  return undefined;
}
