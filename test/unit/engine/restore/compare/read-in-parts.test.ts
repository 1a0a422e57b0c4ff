import { expect, it } from 'vitest';
import { rangesOf } from '../../../../../lib/engine/restore/compare/read-in-parts.ts';

it('cuts pages into ranges that meet, the last one open', () => {
  expect(rangesOf(10, 3)).toEqual([
    { from: 0, to: 3 },
    { from: 3, to: 6 },
    { from: 6, to: null },
  ]);
  expect(rangesOf(2, 2)).toEqual([
    { from: 0, to: 1 },
    { from: 1, to: null },
  ]);
});
