import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey, checkPrefix, compareKeys, faultOfKey } from '../../../../lib/engine/storage/object-key.ts';

describe('a key', () => {
  test('that is accepted never leads out of the vault, and back to itself', () => {
    const name = fc.oneof(
      fc.constantFrom('.', '..', '', '...', 'a', ' '),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const keys = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(keys, (key) => {
        fc.pre(faultOfKey(key) === undefined);
        expect(relative('/srv/vault', join('/srv/vault', ...key.split('/')))).toBe(key);
      }),
    );
  });

  test.each(['a', 'a/b', 'a b/ü', '.hidden', '...', 'a..b', '~', 'C:\\x', 'x'.repeat(255)])(
    '%j is accepted',
    (key) => {
      expect(checkKey(key)).toBe(key);
      expect(checkPrefix(`${key}/`)).toBe(`${key}/`);
    },
  );

  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/..',
    'a\0b',
    'a\x7f',
    '\udc00',
    'x'.repeat(256),
    'ü'.repeat(128),
  ])('%j is refused', (key) => {
    expect(() => checkKey(key)).toThrow(
      expect.objectContaining({ code: 'object-key-invalid', kind: 'vault' }),
    );
  });

  test('is refused beyond 1,024 bytes', () => {
    const names = Array(10).fill('x'.repeat(101)).join('/');
    expect(Buffer.byteLength(names)).toBe(1019);
    expect(faultOfKey(`${names}/abcd`)).toBeUndefined();
    expect(faultOfKey(`${names}/abcde`)).toBe('it is too long');
  });
});

test('a prefix is empty or ends with a slash', () => {
  expect(checkPrefix('')).toBe('');
  expect(() => checkPrefix('a')).toThrow(expect.objectContaining({ code: 'object-key-invalid' }));
  expect(() => checkPrefix('/')).toThrow(expect.objectContaining({ code: 'object-key-invalid' }));
});

test('keys are ordered by their bytes', () => {
  // U+FFEE comes before U+1F6DF, whose first UTF-16 unit is D83D.
  expect(['\u{1f6df}', '\uffee', 'b', 'a', 'B'].sort(compareKeys)).toEqual([
    'B',
    'a',
    'b',
    '\uffee',
    '\u{1f6df}',
  ]);
});
