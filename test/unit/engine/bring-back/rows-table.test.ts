import { expect, it } from 'vitest';
import { controlNames, relationOf } from '../../../../lib/engine/bring-back/rows-table.ts';

it('a control column never has the name of a column of the table', () => {
  const columns = ['id', 'lifeboat_kind', '_lifeboat_row'];
  expect(Object.values(controlNames(columns)).filter((name) => columns.includes(name))).toEqual([]);
  expect(controlNames(['id']).kind).toBe('lifeboat_kind');
});

it('a table is read without those that inherit from it, and a partitioned one with its partitions', () => {
  expect(relationOf({ schema: 'a', name: 'b', kind: 'r' })).toBe('ONLY "a"."b"');
  expect(relationOf({ schema: 'a', name: 'b', kind: 'p' })).toBe('"a"."b"');
});
