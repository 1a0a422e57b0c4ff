import { expect, it } from 'vitest';
import { findTables } from '../../../../lib/engine/archive/find-tables.ts';
import type { TableData } from '../../../../lib/engine/archive/manifest.ts';

const table = (schema: string, name: string, rest: Partial<TableData> = {}): TableData => ({
  schema,
  name,
  columns: ['a'],
  generatedColumns: [],
  rows: 0,
  digest: '0000000000000000',
  rawBytes: 0,
  chunks: [],
  ...rest,
});
const events = { partitionRoot: { schema: 'public', name: 'events' } };
const manifest = {
  tables: [
    table('app', 'users'),
    table('public', 'orders'),
    table('app', 'orders'),
    table('public', 'events_1', events),
    table('public', 'events_2', events),
    table('odd', 'a.b'),
    table('Odd', 'Name'),
  ],
};
const found = (...tables: string[]) =>
  findTables(manifest, { tables }).map(({ schema, name }) => `${schema}.${name}`);

it('tables are found by their names, as people write them', () => {
  expect(found('users')).toEqual(['app.users']);
  expect(found('public.orders', 'users')).toEqual(['app.users', 'public.orders']);
  expect(found('"app"."orders"')).toEqual(['app.orders']);
  expect(found('events')).toEqual(['public.events_1', 'public.events_2']);
  expect(found('odd.a.b')).toEqual(['odd.a.b']);
  expect(found('"Odd"."Name"', 'odd."a.b"')).toEqual(['odd.a.b', 'Odd.Name']);
  expect(findTables(manifest, { schemas: ['"Odd"'] })).toHaveLength(1);
  expect(findTables(manifest, { schemas: ['app'] })).toHaveLength(2);
  expect(findTables(manifest, {})).toEqual([]);
});

it('what is not there is asked after, where one can think what was meant', () => {
  const asked = (written: string) => {
    try {
      return found(written);
    } catch (error) {
      return /Did you mean (.*?)\?/.exec(String(error))?.[1];
    }
  };
  expect(asked('user')).toBe('app.users');
  expect(asked('public.users')).toBe('app.users');
  expect(asked('public.ordres')).toBe('public.orders');
  expect(asked('event')).toBe('public.events');
  expect(asked('payments')).toBeUndefined();
  // In two schemas: there is no telling which.
  expect(asked('ordres')).toBeUndefined();
  expect(() => findTables(manifest, { schemas: ['pubic'] })).toThrow('Did you mean public?');
});

it('what is not there, or not there once, is said', () => {
  expect(() => found('nope')).toThrow(expect.objectContaining({ code: 'table-unknown' }));
  expect(() => found('orders')).toThrow(expect.objectContaining({ code: 'table-ambiguous' }));
  expect(() => findTables(manifest, { schemas: ['nope'] })).toThrow(
    expect.objectContaining({ code: 'schema-unknown' }),
  );
});
