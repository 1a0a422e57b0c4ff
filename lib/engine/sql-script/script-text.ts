import { isUtf8 } from 'node:buffer';

/**
 * Base of the lone low surrogates that stand for bytes: U+DC80 for the byte 80, U+DCFF for ff. UTF-8 never
 * decodes to them.
 */
const OTHER_BYTE = 0xdc00;
const OTHER_BYTES = /[\udc80-\udcff]/g;

/**
 * Decodes a script. It is UTF-8, but the catalogs of a SQL_ASCII database may hold any other bytes. Such a
 * byte becomes a lone surrogate, so that nothing is lost and `holdsOtherBytes` finds it.
 */
export function decodeScript(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const pieces: string[] = [];
  let valid = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    pieces.push(bytes.toString('utf8', valid, at), String.fromCharCode(OTHER_BYTE + (bytes[at] ?? 0)));
    at += 1;
    valid = at;
  }
  return pieces.join('') + bytes.toString('utf8', valid);
}

/** Whether a text of {@link decodeScript}, or a part of one, holds bytes that are not UTF-8. */
export function holdsOtherBytes(text: string): boolean {
  return !text.isWellFormed();
}

/**
 * A text for people and for comparisons: each byte that is not UTF-8 becomes the character of that number.
 */
export function readableText(text: string): string {
  if (!holdsOtherBytes(text)) return text;
  return text.replaceAll(OTHER_BYTES, (byte) => String.fromCharCode(byte.charCodeAt(0) - OTHER_BYTE));
}

/** The length of the UTF-8 sequence that begins at `at`; 0 if none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
