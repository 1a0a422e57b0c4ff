import { expect, it } from 'vitest';
import { sharedObjectsFor, thoseThatShare } from '../../../../lib/engine/backup/small-tables.ts';

const KIB = 1024;
const sizes = (small: number) => [
  ...Array.from({ length: small }, () => 16 * KIB),
  ...[256 * KIB + 1, 10_000 * KIB],
];

it('many small tables share objects, and larger ones do not', () => {
  expect(thoseThatShare(sizes(32), (size) => size)).toEqual(sizes(32).slice(0, 32));
  expect(thoseThatShare([...sizes(31), 256 * KIB], (size) => size)).toHaveLength(32);
});

it('few small tables have objects of their own, and so has a page range', () => {
  expect(thoseThatShare(sizes(31), (size) => size)).toEqual([]);
  expect(thoseThatShare(sizes(40), () => undefined)).toEqual([]);
});

it('so many tables share about so many objects', () => {
  expect([sharedObjectsFor(0, 0), sharedObjectsFor(40, 100), sharedObjectsFor(10_000, 5e6)]).toEqual([
    0, 1, 20,
  ]);
  expect(sharedObjectsFor(375, 9.5e6)).toBe(10);
});
