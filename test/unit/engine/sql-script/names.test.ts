import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral } from '../../../../lib/engine/ground/sql.ts';
import { decodeName, decodeString } from '../../../../lib/engine/sql-script/names.ts';
import { trickyText } from './sql-arbitraries.ts';

const text = trickyText.map((raw) => raw.replaceAll('\0', ''));

test('a quoted name is what was quoted', () => {
  fc.assert(fc.property(text, (name) => decodeName('quoted-name', quoteIdentifier(name)) === name));
});

test('a literal is what was quoted', () => {
  fc.assert(fc.property(text, (value) => decodeString(quoteLiteral(value)) === value));
});

test('an escaped literal is what was escaped', () => {
  fc.assert(
    fc.property(text, (value) => {
      const escaped = `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`;
      expect(decodeString(escaped)).toBe(value);
    }),
  );
});

test.each([
  ['Mixed_Case1', 'mixed_case1'],
  ['ÄÖ', 'ÄÖ'],
])('the unquoted name %s is %s: only ASCII is folded', (written, name) => {
  expect(decodeName('word', written)).toBe(name);
});

test.each([
  ['U&"d\\0061t\\+000061"', 'data'],
  ['U&"a\\\\b""c"', 'a\\b"c'],
])('%s is %s', (written, name) => {
  expect(decodeName('quoted-name', written)).toBe(name);
});

test.each([
  ["E'\\x41\\102\\u0043\\U00000044'", 'ABCD'],
  ["E'\\'\\\\\\q''\\t'", "'\\q'\t"],
  ["$$a'b$$", "a'b"],
  ['$x$a$$b$x$', 'a$$b'],
  ["B'01'", '01'],
  ["U&'\\00e9'", 'é'],
])('%s is %s', (written, value) => {
  expect(decodeString(written)).toBe(value);
});
