import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTo, displayWidth, printable } from '../../../../lib/present/terminal/printable.ts';

const ESCAPE = '\u001b';

describe('printable', () => {
  it('shows what shows nothing, for two names may differ by it alone', () => {
    const hidden = [
      'users\u200b',
      'u\u00adsers',
      'users\ufeff',
      'us\u2060ers',
      'users\u034f',
      'users\u3164',
      'users\u{e0041}',
    ];
    const shown = hidden.map(printable);
    for (const text of shown) expect(text).toMatch(/\\[xu]/);
    expect(new Set([...shown, 'users']).size).toBe(hidden.length + 1);
  });

  it('shows what could move a cursor or turn a line, instead of doing it', () => {
    expect(printable(`a${ESCAPE}[2Jb\nc\r\u009b1m\u202ed\u2028`)).toBe(
      'a\\x1b[2Jb\\x0ac\\x0d\\x9b1m\\u202ed\\u2028',
    );
  });

  it('leaves the letters of every language alone', () => {
    expect(printable('Bestellungen äöü 注文 заказ 🚢')).toBe('Bestellungen äöü 注文 заказ 🚢');
  });

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('displayWidth and cutTo', () => {
  it.each([
    ['shop', 4],
    ['注文', 4],
    ['e\u0301', 1],
    ['🚢', 2],
    [`${ESCAPE}[31mred${ESCAPE}[39m`, 3],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('cuts to what fits, never through a wide character', () => {
    expect(cutTo('注文注文', 5)).toBe('注文…');
    expect(cutTo('short', 5)).toBe('short');
    expect(cutTo('anything', 0)).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, columns) => {
        expect(displayWidth(cutTo(text, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
