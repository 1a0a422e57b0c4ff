import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatRatio,
  formatTime,
} from '../../../../lib/present/terminal/units.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1234, '1.23 kB'],
    [99_940, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [34_512_000, '34.5 MB'],
    [812_000_000_000, '812 GB'],
    [9_999_999_999_999, '10.0 TB'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('takes seven characters at most below a petabyte, and is never off by more than half a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_000_000_000_000 }), (bytes) => {
        const text = formatBytes(bytes);
        expect(text.length).toBeLessThanOrEqual(7);
        const [number, unit = ''] = text.split(' ');
        const value = Number(number) * 1000 ** ['B', 'kB', 'MB', 'GB', 'TB'].indexOf(unit);
        expect(Math.abs(value - bytes) / bytes).toBeLessThanOrEqual(0.0051);
      }),
    );
  });
});

describe('durations and ages', () => {
  it.each([
    [0, '0.0 s'],
    [840, '0.8 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [125 * SECOND, '2 min 05 s'],
    [3599.6 * SECOND, '1 h 00 min'],
    [HOUR + 4 * MINUTE, '1 h 04 min'],
  ])('writes %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([
    [-5, '0:00'],
    [8200, '0:08'],
    [754 * SECOND, '12:34'],
    [HOUR + 61 * SECOND, '1:01:01'],
  ])('draws a clock at %d ms as %s', (milliseconds, text) => {
    expect(formatClock(milliseconds)).toBe(text);
  });

  it.each([
    [40 * SECOND, '40 s'],
    [12 * MINUTE, '12 min'],
    [25 * HOUR, '25 h'],
    [9 * 24 * HOUR, '9 d'],
  ])('tells an age of %d ms as %s', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text);
  });
});

it('groups thousands, counts things, and writes times in UTC', () => {
  expect(formatCount(1_300_412)).toBe('1,300,412');
  expect([countOf(1, 'table'), countOf(0, 'table'), countOf(2, 'entry', 'entries')]).toEqual([
    '1 table',
    '0 tables',
    '2 entries',
  ]);
  expect(formatTime(new Date('2026-11-20T03:00:07.9+01:00'))).toBe('2026-11-20 02:00:07');
  expect([formatRatio(62, 10), formatRatio(5, 0)]).toEqual(['6.2 : 1', '-']);
});
