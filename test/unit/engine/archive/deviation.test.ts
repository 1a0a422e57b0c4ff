import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deviationOf, median } from '../../../../lib/engine/archive/deviation.ts';

const backup = (storedBytes: number, durationMs = 1000) => ({ storedBytes, durationMs });

it('the median has as many values below as above', () => {
  expect([median([3]), median([4, 2]), median([9, 1, 5])]).toEqual([3, 3, 5]);
  expect(() => median([])).toThrow(RangeError);
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values);
      const below = values.filter((value) => value < middle).length;
      const above = values.filter((value) => value > middle).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});

it('half as much and half as much again are both 50 per cent', () => {
  const before = [backup(100), backup(100), backup(100)];
  expect(deviationOf(backup(50), before)?.sizePercent).toBe(50);
  expect(deviationOf(backup(150), before)?.sizePercent).toBe(50);
  expect(deviationOf(backup(100, 2500), before)).toEqual({ sizePercent: 0, durationFactor: 2.5 });
});

it('one outlier among those before is no yardstick', () => {
  const before = [backup(100), backup(1e12), backup(100), backup(1), backup(100)];
  expect(deviationOf(backup(100), before)?.sizePercent).toBe(0);
});

it('says nothing of fewer than three, nor against nothing', () => {
  expect(deviationOf(backup(1), [backup(1), backup(1)])).toBeUndefined();
  expect(deviationOf(backup(1), [backup(0), backup(0), backup(0)])).toBeUndefined();
});
