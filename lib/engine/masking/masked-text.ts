import { decodeField, encodeField } from '../copy-text/copy-fields.ts';
import type { MaskedPiece, RowMask } from './row-mask.ts';
import type { MaskValue } from './rules/mask-value.ts';

const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * Masks whole lines. A string of one character for each byte shows where fields begin, and passes kept ones on as they are: a
 * call into native code for each field would cost more than most masks.
 */
export function maskText(bytes: Buffer, mask: RowMask): MaskedPiece {
  const text = bytes.toString('latin1');
  const { columns } = mask;
  const last = columns.length - 1;
  let masked = '';
  let kept = '';
  // Up to where the text is in them.
  let maskedTo = 0;
  let keptTo = 0;
  for (let from = 0; from < text.length; ) {
    const lineEnd = text.indexOf('\n', from);
    let isKeptBefore = false;
    for (let at = 0, begin = from; at <= last; at += 1) {
      const tab = at === last ? lineEnd : text.indexOf('\t', begin);
      if (tab === -1 || tab > lineEnd)
        throw new RangeError(`a row of ${columns.length} columns has ${at + 1} fields`);
      const column = columns[at];
      if (column?.mask) {
        masked += text.slice(maskedTo, begin);
        masked += maskedField(bytes, begin, tab, column.name, column.mask, mask);
        maskedTo = tab;
        // Of the tabs around a field that is left out, one goes with it.
        kept += text.slice(keptTo, isKeptBefore ? begin - 1 : begin);
        keptTo = isKeptBefore || at === last ? tab : tab + 1;
      } else isKeptBefore = true;
      begin = tab + 1;
    }
    from = lineEnd + 1;
  }
  masked += text.slice(maskedTo);
  kept += text.slice(keptTo);
  return { masked: Buffer.from(masked, 'latin1'), kept: Buffer.from(kept, 'latin1') };
}

function maskedField(
  bytes: Buffer,
  begin: number,
  end: number,
  name: string,
  mask: MaskValue,
  { isUtf8, onOriginal }: RowMask,
): string {
  // New memory: a part of the text would hold all of it for as long as the value is remembered.
  const field = bytes.toString(isUtf8 ? 'utf8' : 'latin1', begin, end);
  const original = decodeField(field);
  // NULL stays NULL: it says nothing.
  if (original === null) return field;
  const masked = mask(original, (part) => onOriginal(name, part));
  // A value that its mask leaves as it is, such as a network's own address, is in the target, and no leak.
  if (masked !== original) onOriginal(name, original);
  const made = encodeField(masked);
  return isUtf8 && BEYOND_ASCII.test(made) ? Buffer.from(made, 'utf8').toString('latin1') : made;
}
