import { expect, it } from 'vitest';
import type { Manifest, TableData } from '../../../../lib/engine/archive/manifest.ts';
import type { ColumnFacts } from '../../../../lib/engine/masking/column-facts.ts';
import { decideMasks } from '../../../../lib/engine/masking/decide-masks.ts';
import { columnType } from '../../../../lib/engine/masking/rules/column-type.ts';
import type { FakeKind } from '../../../../lib/engine/masking/rules/fake-kinds.ts';
import { loadFakes } from '../../../../lib/engine/masking/rules/fakes.ts';
import { type Masks, parseMasks, type Rule } from '../../../../lib/engine/masking/rules/masks-file.ts';

const tools = { key: 'a key that is long enough', makeUp: await loadFakes() };

/** Tables of one column `k` each, unique in `a`; `b` refers to `a` if it is there. */
function decide(types: Readonly<Record<string, string>>, rows: number, rule: Rule): void {
  const tables = Object.keys(types).map(
    (name) =>
      ({
        schema: 'public',
        name,
        columns: ['k'],
        generatedColumns: [],
        rows,
        chunks: [],
      }) as unknown as TableData,
  );
  const facts: ColumnFacts = {
    type: (_, table) => columnType(String(types[table]), new Map()),
    isNotNull: () => true,
    unique: (_, table) => (table === 'a' ? [['k']] : []),
    references: [{ name: 'b_k', from: 'public.b', columns: ['k'], to: 'public.a', referenced: ['k'] }],
  };
  const masks: Masks = parseMasks(
    JSON.stringify({
      version: 1,
      tables: Object.fromEntries(tables.map(({ name }) => [`public.${name}`, { k: rule }])),
    }),
  );
  decideMasks({ tables } as unknown as Manifest, facts, masks, tools);
}

it.each<[type: string, rows: number, rule: Rule]>([
  ['smallint', 300, 'hash'],
  ['integer', 60_000, 'hash'],
  ['character varying(6)', 6000, 'hash'],
  ['character varying(18)', 10_000, { fake: 'email' }],
  ['character varying(12)', 10_000, { fake: 'url' }],
  ['character varying(6)', 6000, { partial: 'domain' }],
])('refuses a unique %s of %d rows with %j, in which two masked values would meet', (type, rows, rule) => {
  expect(() => decide({ a: type }, rows, rule)).toThrow(/so little room/);
});

it.each<[type: string, rows: number, rule: Rule]>([
  ['smallint', 100, 'hash'],
  ['integer', 40_000, 'hash'],
  ['bigint', 100_000_000, 'hash'],
  ['uuid', 1e9, 'hash'],
  ['character varying(40)', 1e9, 'hash'],
  ['character varying(40)', 1e8, { fake: 'email' }],
  ['text', 1e8, { fake: 'url' }],
])('takes a unique %s of %d rows with %j', (type, rows, rule) => {
  expect(() => decide({ a: type }, rows, rule)).not.toThrow();
});

it.each<[one: string, other: string, rule: Rule]>([
  ['bigint', 'integer', 'hash'],
  ['text', 'character varying(20)', 'hash'],
  ['character(40)', 'character varying(40)', { fake: 'email' }],
])('refuses a foreign key between %s and %s with %j: the masked values would differ', (a, b, rule) => {
  expect(() => decide({ a, b }, 10, rule)).toThrow(/masks otherwise/);
});

it.each<[one: string, other: string, rule: Rule]>([
  ['bigint', 'integer', 'keep'],
  ['text', 'character varying(255)', { fake: 'email' satisfies FakeKind }],
  ['uuid', 'uuid', 'hash'],
])('takes a foreign key between %s and %s with %j', (a, b, rule) => {
  expect(() => decide({ a, b }, 10, rule)).not.toThrow();
});
