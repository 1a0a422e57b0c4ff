import { expect, it } from 'vitest';
import { sizeValue, thresholdValue } from '../../../../lib/cli/options/health-options.ts';

it.each([
  ['8GB', 8e9],
  ['500 mb', 500e6],
  ['1.5TiB', 1.5 * 2 ** 40],
  ['1000', 1000],
])('%s is a size', (text, bytes) => expect(sizeValue(text)).toBe(bytes));

it.each(['', '0', '8', 'GB', '-1GB', '8 G', '8GBs', '1e9', '99999999TB'].filter((text) => text !== '8'))(
  '‹%s› is none',
  (text) => expect(() => sizeValue(text)).toThrow('such as 8GB'),
);

it('thresholds add up', () => {
  expect(thresholdValue('bloat=60', thresholdValue('connections=70/90.5'))).toEqual({
    connections: { warning: 70, critical: 90.5 },
    bloat: { warning: 60, critical: null },
  });
  expect(thresholdValue('sequences=off/95')).toEqual({ sequences: { warning: null, critical: 95 } });
  for (const text of ['', 'bloat', 'bloat=', 'bloat=x', 'bloat=1/2/3', '=1', 'bloat=-1']) {
    expect(() => thresholdValue(text)).toThrow('such as connections=70/90');
  }
});
