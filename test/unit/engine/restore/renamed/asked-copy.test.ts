import { expect, it } from 'vitest';
import type { RestoreScope } from '../../../../../lib/engine/restore/archived/restore-scope.ts';
import { askedCopy } from '../../../../../lib/engine/restore/renamed/asked-copy.ts';
import { withSuffix } from '../../../../../lib/engine/restore/renamed/table-copy.ts';

it.each<[string, RestoreScope, unknown]>([
  ['nothing', { tables: ['t'] }, undefined],
  ['a schema', { schemas: ['a'], asSchema: 'b' }, { kind: 'schema', from: 'a', to: 'b' }],
  ['a suffix', { tables: ['t', 'u'], asSuffix: '_2' }, { kind: 'tables', schema: undefined, suffix: '_2' }],
  ['both', { tables: ['t'], asSuffix: '_2', asSchema: 'b' }, { kind: 'tables', schema: 'b', suffix: '_2' }],
])('takes %s', (_, scope, copy) => {
  expect(askedCopy(scope)).toEqual(copy);
});

it.each<[string, RestoreScope]>([
  ['no table', { asSuffix: '_2' }],
  ['no schema', { asSchema: 'b' }],
  ['two schemas', { schemas: ['a', 'c'], asSchema: 'b' }],
  ['a schema and a table', { schemas: ['a'], tables: ['t'], asSchema: 'b' }],
  ['the same schema', { schemas: ['a'], asSchema: 'a' }],
  ['--as besides', { tables: ['t'], as: 'x', asSuffix: '_2' }],
  ['rows alone', { tables: ['t'], asSuffix: '_2', content: 'data' }],
  ['dependents', { tables: ['t'], asSuffix: '_2', dependents: 'with' }],
  ['an empty suffix', { tables: ['t'], asSuffix: '' }],
  ['a schema of PostgreSQL', { schemas: ['a'], asSchema: 'pg_b' }],
  ['a schema of the restore', { schemas: ['a'], asSchema: 'lifeboat_staging' }],
  ['a name that is too long', { schemas: ['a'], asSchema: 'é'.repeat(32) }],
])('refuses %s', (_, scope) => {
  expect(() => askedCopy(scope)).toThrow(expect.objectContaining({ code: 'restore-as-unusable' }));
});

it('cuts a long name and not the suffix, at the end of a character', () => {
  expect(withSuffix('orders', '_then')).toBe('orders_then');
  const cut = withSuffix('ü'.repeat(31), '_then');
  expect(cut).toBe(`${'ü'.repeat(29)}_then`);
  expect(Buffer.byteLength(cut)).toBe(63);
});
