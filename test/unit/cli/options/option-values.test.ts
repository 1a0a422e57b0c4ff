import { describe, expect, it } from 'vitest';
import { instantValue, wholeNumber } from '../../../../lib/cli/options/option-values.ts';

describe('wholeNumber', () => {
  it('takes numbers within its bounds', () => {
    expect([wholeNumber(1, 64)('1'), wholeNumber(1, 64)('64')]).toEqual([1, 64]);
  });

  it.each(['0', '65', '-1', '1.5', '0x10', '1e1', '', ' 3', 'four'])('refuses %j', (text) => {
    expect(() => wholeNumber(1, 64)(text)).toThrow(/from 1 to 64/);
  });
});

describe('instant', () => {
  it.each([
    ['2026-11-20T02:00:00Z', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20T02:00Z', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20T02:00:00.5+02:00', '2026-11-20T00:00:00.500Z'],
  ])('reads %s', (text, time) => {
    expect(instantValue(text).toISOString()).toBe(time);
  });

  it.each(['2026-11-20', '2026-11-20T02:00:00', '02:00', 'now', '2026-13-01T00:00:00Z', ''])(
    'refuses %j',
    (text) => {
      expect(() => instantValue(text)).toThrow(/with its zone/);
    },
  );
});
