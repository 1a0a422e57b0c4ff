import { expect, it } from 'vitest';
import { shareOfBuild } from '../../../../../lib/engine/restore/apply/watch-builds.ts';

it('never goes back while a B-tree is read, sorted and written', () => {
  const btree = 'building index: ';
  const shares = [
    { phase: `${btree}scanning table`, blocks: '0', all_blocks: '900' },
    { phase: `${btree}scanning table`, blocks: '450', all_blocks: '900' },
    { phase: `${btree}scanning table`, blocks: '900', all_blocks: '900' },
    { phase: `${btree}sorting live tuples`, blocks: '0', all_blocks: '0' },
    { phase: `${btree}loading tuples in tree`, tuples: '10', all_tuples: '1000' },
    { phase: `${btree}loading tuples in tree`, tuples: '1000', all_tuples: '1000' },
  ].map(shareOfBuild);
  expect(shares).toEqual(shares.toSorted((a, b) => Number(a) - Number(b)));
  expect(shares.at(-1)).toBe(1);
  expect(shareOfBuild({ phase: 'building index', blocks: '30', all_blocks: '90' })).toBeCloseTo(1 / 3);
  expect(shareOfBuild({ phase: 'initializing', blocks: null, all_blocks: null })).toBeUndefined();
});
