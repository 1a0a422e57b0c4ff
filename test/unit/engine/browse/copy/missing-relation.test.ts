import { expect, it } from 'vitest';
import { missingRelation, namesIn } from '../../../../../lib/engine/browse/copy/missing-relation.ts';

const error = (code: string, message: string) =>
  new Map([
    ['C', code],
    ['M', message],
  ]);

it.each([
  ['42501', 'permission denied for table orders', { name: 'orders', exists: true }],
  ['42501', 'permission denied for table odd "name.s', { name: 'odd "name.s', exists: true }],
  ['42P01', 'relation "orders" does not exist', { name: 'orders', exists: false }],
  ['42P01', 'relation "app.orders" does not exist', { schema: 'app', name: 'orders', exists: false }],
  ['42501', 'permission denied for schema app', undefined],
  ['42501', 'permission denied to create role', undefined],
  ['42P01', 'missing FROM-clause entry for table "o"', undefined],
  ['22012', 'permission denied for table orders', undefined],
])('%s %s', (code, message, expected) => {
  expect(missingRelation(error(code, message))).toEqual(expected);
});

it('names are read from any SQL, folded or quoted; from none that breaks off', () => {
  expect([...namesIn([`SELECT "A b" FROM App.Orders -- comment`])]).toEqual(
    expect.arrayContaining(['A b', 'app', 'orders']),
  );
  expect([...namesIn([`SELECT 'no end`])]).toEqual([]);
});
