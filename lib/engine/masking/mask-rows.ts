import { decodeField, encodeField, fieldBorders } from '../copy-text/copy-fields.ts';
import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import type { DecidedColumn } from './decide-masks.ts';

const LINE_FEED = 0x0a;
const TAB = 0x09;

export interface RowMask {
  readonly columns: readonly DecidedColumn[];
  /** The rows are in UTF-8; other encodings are passed on byte for byte. */
  readonly isUtf8: boolean;
  /** Told of each original that is masked. */
  readonly onOriginal: (column: string, original: string) => void;
}

/**
 * Masks COPY text on its way. Kept fields are passed on byte for byte, and digested: a line of them alone, as COPY would print
 * the kept columns. One row at most is held. The pieces that come out are new memory, and no field of a masked column is in
 * them but as its mask made it.
 */
export async function* maskRows(
  pieces: AsyncIterable<Uint8Array>,
  mask: RowMask,
  onEnd: (kept: ContentDigest) => void,
): AsyncGenerator<Uint8Array> {
  const digest = new RowDigest();
  const rows = new MaskedRows(mask);
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
    const { masked, kept } = rows.of(text.subarray(0, end));
    // Copied before the next piece overwrites the memory.
    rest = Buffer.from(text.subarray(end));
    digest.update(kept);
    yield masked;
  }
  if (rest.length > 0) throw new RangeError('COPY text ended within a row');
  onEnd(digest.finish());
}

/** Fields that follow each other and are kept, which are copied at once; or one that is masked. */
interface Span {
  readonly first: number;
  readonly last: number;
  readonly column?: DecidedColumn;
}

function spansOf(columns: readonly DecidedColumn[]): Span[] {
  const spans: Span[] = [];
  for (const [at, column] of columns.entries()) {
    const before = spans.at(-1);
    if (column.mask) spans.push({ first: at, last: at, column });
    else if (before && !before.column) spans[spans.length - 1] = { ...before, last: at };
    else spans.push({ first: at, last: at });
  }
  return spans;
}

class MaskedRows {
  readonly #mask: RowMask;
  readonly #encoding: 'utf8' | 'latin1';
  readonly #spans: readonly Span[];

  constructor(mask: RowMask) {
    this.#mask = mask;
    this.#encoding = mask.isUtf8 ? 'utf8' : 'latin1';
    this.#spans = spansOf(mask.columns);
  }

  /** Whole lines. */
  of(text: Buffer): { readonly masked: Buffer; readonly kept: Buffer } {
    const { columns } = this.#mask;
    const masked = new Growing(text.length + (text.length >> 2));
    const kept = new Growing(text.length);
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf(LINE_FEED, from);
      const line = text.subarray(from, end);
      const borders = fieldBorders(line, columns.length);
      let isFirstKept = true;
      for (const { first, last, column } of this.#spans) {
        const [begin = 0, next = 0] = [borders[first], borders[last + 1]];
        if (first > 0) masked.byte(TAB);
        if (column) {
          this.#write(masked, line.subarray(begin, next - 1), column);
          continue;
        }
        masked.copy(line, begin, next - 1);
        if (!isFirstKept) kept.byte(TAB);
        kept.copy(line, begin, next - 1);
        isFirstKept = false;
      }
      masked.byte(LINE_FEED);
      kept.byte(LINE_FEED);
      from = end + 1;
    }
    return { masked: masked.bytes(), kept: kept.bytes() };
  }

  #write(to: Growing, field: Buffer, { name, mask }: DecidedColumn): void {
    const original = decodeField(field.toString(this.#encoding));
    // NULL stays NULL: it says nothing.
    if (original === null || !mask) {
      to.copy(field);
      return;
    }
    this.#mask.onOriginal(name, original);
    to.copy(Buffer.from(encodeField(mask(original)), this.#encoding));
  }
}

/** A buffer that grows. */
class Growing {
  #memory: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#memory = Buffer.allocUnsafe(Math.max(size, 64));
  }

  byte(value: number): void {
    this.#room(1);
    this.#memory[this.#length] = value;
    this.#length += 1;
  }

  copy(from: Buffer, begin = 0, end = from.length): void {
    this.#room(end - begin);
    from.copy(this.#memory, this.#length, begin, end);
    this.#length += end - begin;
  }

  bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#memory.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#memory.length * 2));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#memory = larger;
  }
}
