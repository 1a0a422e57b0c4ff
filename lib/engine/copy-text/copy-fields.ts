const TAB = 0x09;

/**
 * The borders of the fields in a line of COPY text. A tab inside a value is written as `\t`, so each tab ends
 * a field.
 */
export function fieldBorders(line: Buffer, fields: number): Int32Array {
  const borders = new Int32Array(fields + 1);
  let at = 0;
  for (let field = 1; field < fields; field += 1) {
    const tab = line.indexOf(TAB, at);
    if (tab === -1) throw new RangeError(`a row of ${fields} columns has ${field} fields`);
    at = tab + 1;
    borders[field] = at;
  }
  // The last border is as if a tab came after the last field.
  borders[fields] = line.length + 1;
  return borders;
}

export function fieldAt(line: Buffer, borders: Int32Array, field: number): Buffer {
  return line.subarray(borders[field], (borders[field + 1] ?? 0) - 1);
}

/** COPY's escapes: PostgreSQL manual, COPY, "Text Format". */
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The value of a field, or null. */
export function decodeField(field: string): string | null {
  if (field === '\\N') return null;
  return field.includes('\\')
    ? field.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
    : field;
}

const LETTERS: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
  '\\': '\\',
};

const WRITTEN_OTHERWISE = /[\b\f\n\r\t\v\\]/;

/** A value as a field of COPY text: the reverse of {@link decodeField}. */
export function encodeField(value: string | null): string {
  if (value === null) return '\\N';
  if (!WRITTEN_OTHERWISE.test(value)) return value;
  return value.replace(/[\b\f\n\r\t\v\\]/g, (character) => `\\${LETTERS[character] ?? character}`);
}
