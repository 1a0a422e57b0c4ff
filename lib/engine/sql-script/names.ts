import type { TokenKind } from './scanner.ts';

const UNICODE_ESCAPE = /\\(?:\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|(\\))/g;
const STRING_ESCAPE =
  /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))|''/g;
const CONTROL_ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The identifier of a token: an unquoted one in lower case, a quoted one without its quotes. */
export function decodeName(kind: TokenKind, token: string): string {
  if (kind !== 'quoted-name') return token.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (token.startsWith('"')) return token.slice(1, -1).replaceAll('""', '"');
  return decodeUnicodeEscapes(token.slice(3, -1).replaceAll('""', '"'));
}

/**
 * The value of a string constant. A byte that an E'' string spells as `\x` or octal becomes the character of
 * that number. This is correct for scripts decoded as latin1, and for ASCII in any script.
 */
export function decodeString(token: string): string {
  const first = token.charAt(0);
  if (first === '$') {
    const tagLength = token.indexOf('$', 1) + 1;
    return token.slice(tagLength, -tagLength);
  }
  if (first === "'") return token.slice(1, -1).replaceAll("''", "'");
  if (first === 'U' || first === 'u') return decodeUnicodeEscapes(token.slice(3, -1).replaceAll("''", "'"));
  if (first !== 'E' && first !== 'e') return token.slice(2, -1).replaceAll("''", "'");
  return token
    .slice(2, -1)
    .replace(
      STRING_ESCAPE,
      (whole, short?: string, long?: string, hex?: string, octal?: string, other?: string) => {
        if (whole === "''") return "'";
        const unicode = short ?? long;
        if (unicode !== undefined) return String.fromCodePoint(Number.parseInt(unicode, 16));
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        return CONTROL_ESCAPES[other ?? ''] ?? other ?? '';
      },
    );
}

function decodeUnicodeEscapes(text: string): string {
  return text.replace(UNICODE_ESCAPE, (_, long?: string, short?: string) => {
    const digits = long ?? short;
    return digits === undefined ? '\\' : String.fromCodePoint(Number.parseInt(digits, 16));
  });
}
