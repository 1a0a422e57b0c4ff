import { expect, it } from 'vitest';
import { compareVolume, type Volume, volumeWarnings } from '../../../../lib/engine/verify/compare-volume.ts';

const volume = (tables: Record<string, number>, storedBytes = 1000): Volume => ({
  scope: 'full',
  storedBytes,
  rows: Object.values(tables).reduce((sum, rows) => sum + rows, 0),
  tableRows: new Map(Object.entries(tables)),
});
const USUAL = { 'public.users': 1000, 'public.orders': 4000, 'public.queue': 0 };
const before = [volume(USUAL), volume({ ...USUAL, 'public.orders': 3900 }), volume(USUAL)];
const warnings = (now: Volume, others = before) => {
  const compared = compareVolume(now, others);
  return compared && volumeWarnings(compared);
};

it('says nothing before there are three to compare with', () => {
  expect(compareVolume(volume(USUAL), before.slice(1))).toBeUndefined();
});

it('takes what changes by a half or less as usual', () => {
  expect(
    warnings(volume({ ...USUAL, 'public.users': 500, 'public.orders': 6000, 'public.queue': 40 }, 1500)),
  ).toEqual([]);
  expect(compareVolume(volume(USUAL, 900), before)).toEqual({
    comparedWith: 3,
    storedBytes: { now: 900, usual: 1000, changePercent: -10 },
    rows: { now: 5000, usual: 5000, changePercent: 0 },
    lostRows: [],
  });
});

it('names the tables that lost more than half of their rows, and those that are gone, the greatest loss first', () => {
  const shrunk = volume({ 'public.users': 499, 'public.queue': 0 }, 400);
  expect(compareVolume(shrunk, before)?.lostRows).toEqual([
    { name: 'public.orders', rows: 0, usualRows: 4000 },
    { name: 'public.users', rows: 499, usualRows: 1000 },
  ]);
  expect(warnings(shrunk)).toEqual([
    'The backup takes 60 % less space than the median of the 3 full backups before it in its class.',
    'The backup has 90 % fewer rows than the median of the 3 full backups before it in its class.',
    'public.orders has 0 rows, but usually 4,000.',
    'public.users has 499 rows, but usually 1,000.',
  ]);
});

it('a table that only one of them had is not missed, and one odd backup is no yardstick', () => {
  const odd = [...before, volume({ ...USUAL, 'public.copy_of_users': 1000, 'public.users': 1_000_000 }, 1e9)];
  expect(warnings(volume(USUAL), odd)).toEqual([]);
});

it('what is usually empty has nothing to lose, and nothing to grow from', () => {
  const empty = [volume({}), volume({}), volume({})];
  expect(warnings(volume(USUAL), empty)).toEqual([]);
  expect(compareVolume(volume(USUAL), empty)?.rows).toEqual({ now: 5000, usual: 0, changePercent: null });
});
