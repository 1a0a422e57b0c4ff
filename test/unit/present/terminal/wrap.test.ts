import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelled, wrap } from '../../../../lib/present/terminal/wrap.ts';

it('breaks at spaces, never within a word, and not at all in a pipe', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a_word_that_is_too_long for it', 6)).toEqual(['a_word_that_is_too_long', 'for it']);
  expect(wrap('one two three', undefined)).toEqual(['one two three']);
  expect(wrap('', 10)).toEqual(['']);
});

it('keeps a number with its unit', () => {
  expect(wrap('it took 7.1 s or so', 11)).toEqual(['it took', '7.1 s or so']);
});

it('loses nothing, whatever the width', () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 30 }), fc.integer({ min: 1, max: 90 }), (text, columns) => {
      expect(wrap(text, columns).join(' ')).toBe(text);
    }),
  );
});

it('puts further lines under the first', () => {
  expect(labelled('to do  ', 'check the host and the port', 27)).toEqual([
    'to do  check the host and',
    '       the port',
  ]);
});

it('a command stays on one line, to be copied, however long it is', () => {
  const text = 'Take one now, `lifeboat backup --name shop`, and look why (`lifeboat doctor --name shop`).';
  expect(wrap(text, 30)).toEqual([
    'Take one now,',
    '`lifeboat backup --name shop`,',
    'and look why',
    '(`lifeboat doctor --name shop`).',
  ]);
  expect(wrap('a lone ` does no harm to what comes after it', 20).at(-1)).toBe('after it');
});
