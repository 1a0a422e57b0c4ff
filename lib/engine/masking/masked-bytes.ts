import { decodeField, encodeField, fieldBorders } from '../copy-text/copy-fields.ts';
import type { MaskedPiece, RowMask } from './row-mask.ts';

const LINE_FEED = 0x0a;
const TAB = 0x09;

/** Masks whole lines that are too long for a string: kept fields of up to 1 GB are copied as bytes. */
export function maskBytes(text: Buffer, { columns, isUtf8, onOriginal }: RowMask): MaskedPiece {
  const encoding = isUtf8 ? 'utf8' : 'latin1';
  const masked: Buffer[] = [];
  const kept: Buffer[] = [];
  const tab = Buffer.of(TAB);
  const lineFeed = Buffer.of(LINE_FEED);
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(LINE_FEED, from);
    const line = text.subarray(from, end);
    const borders = fieldBorders(line, columns.length);
    let isFirstKept = true;
    for (const [at, { name, mask }] of columns.entries()) {
      if (at > 0) masked.push(tab);
      const field = line.subarray(borders[at], (borders[at + 1] ?? 0) - 1);
      if (!mask) {
        if (!isFirstKept) kept.push(tab);
        isFirstKept = false;
        kept.push(field);
        masked.push(field);
        continue;
      }
      const original = decodeField(field.toString(encoding));
      if (original === null) {
        masked.push(field);
        continue;
      }
      const made = mask(original, (part) => onOriginal(name, part));
      if (made !== original) onOriginal(name, original);
      masked.push(Buffer.from(encodeField(made), encoding));
    }
    masked.push(lineFeed);
    kept.push(lineFeed);
    from = end + 1;
  }
  return { masked: Buffer.concat(masked), kept: Buffer.concat(kept) };
}
