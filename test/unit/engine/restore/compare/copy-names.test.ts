import { expect, it } from 'vitest';
import type { FingerprintEntry } from '../../../../../lib/engine/fingerprint/fingerprint.ts';
import { relationKey } from '../../../../../lib/engine/restore/archived/relation-key.ts';
import { entryInNamesOf, identityIn } from '../../../../../lib/engine/restore/compare/copy-names.ts';
import { reversed } from '../../../../../lib/engine/restore/renaming/places.ts';

const schema = reversed({ schemas: new Map([['app', 'b c']]), objects: new Map(), indexes: new Map() });
const tables = reversed({
  schemas: new Map(),
  objects: new Map([[relationKey('app', 'orders'), { schema: 'app', name: 'orders_2' }]]),
  indexes: new Map([
    [
      relationKey('app', 'orders_pkey'),
      { schema: 'app', name: 'orders_pkey_2', table: relationKey('app', 'orders') },
    ],
  ]),
});

it.each([
  ['schema', '"b c"', 'app'],
  ['function', '"b c".f("b c".state,integer)', 'app.f(app.state,integer)'],
  ['operator', '"b c".===("b c".t,"b c".t)', 'app.===(app.t,app.t)'],
  ['cast', '("b c".pair AS "b c".state)', '(app.pair AS app.state)'],
  [
    'default privileges',
    'for role "b c" in schema "b c" on tables',
    'for role "b c" in schema app on tables',
  ],
] as const)('finds the name in the backup of a %s: %s', (kind, name, before) => {
  expect(identityIn({ kind, name }, schema)).toBe(before);
});

it('knows that a constraint has the name of its index', () => {
  const parent = { kind: 'table', name: 'app.orders_2' } as const;
  expect(identityIn({ kind: 'constraint', name: 'orders_pkey_2 on app.orders_2', parent }, tables)).toBe(
    'orders_pkey on app.orders',
  );
  expect(identityIn({ kind: 'constraint', name: 'total_check on app.orders_2', parent }, tables)).toBe(
    'total_check on app.orders',
  );
});

it('turns back facts, the search_path and definitions, and no string in them', () => {
  const entry = (name: string, path: string, body: string): FingerprintEntry => ({
    kind: 'function',
    name: `${name}.f()`,
    facts: {
      owner: 'b c',
      settings: [`search_path=${path}, pg_temp`, 'work_mem=1MB'],
      result: `${name}.state`,
    },
    text: { body },
  });
  const text = (name: string) => `SELECT '{"b c".x}'::text, ${name}.g(${name}.t.*) FROM ${name}.t`;
  const now = entryInNamesOf(entry('"b c"', '"b c"', text('"b c"')), schema);
  const before = entryInNamesOf(entry('app', 'app', text('app')), {
    schemas: new Map(),
    objects: new Map(),
    indexes: new Map(),
  });
  expect(now).toEqual(before);
});
