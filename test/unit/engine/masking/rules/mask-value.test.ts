import { beforeAll, expect, it } from 'vitest';
import { mapElements } from '../../../../../lib/engine/masking/rules/array-text.ts';
import { columnType } from '../../../../../lib/engine/masking/rules/column-type.ts';
import { FAKE_KINDS } from '../../../../../lib/engine/masking/rules/fake-kinds.ts';
import { loadFakes, type MakeUp } from '../../../../../lib/engine/masking/rules/fakes.ts';
import { maskJson } from '../../../../../lib/engine/masking/rules/json-text.ts';
import { maskOf } from '../../../../../lib/engine/masking/rules/mask-value.ts';
import type { Rule } from '../../../../../lib/engine/masking/rules/masks-file.ts';

let makeUp: MakeUp;
beforeAll(async () => {
  makeUp = await loadFakes();
});

const DOMAINS = new Map([['public.mail', 'character varying(12)']]);
function mask(rule: Rule, type: string, key = 'the first key of all') {
  return maskOf(rule, columnType(type, DOMAINS), { key, makeUp }) ?? ((value: string) => value);
}

it.each<[Rule, string, string, RegExp]>([
  ['hash', 'text', 'a', /^[0-9a-f]{32}$/],
  ['hash', 'public.mail', 'a', /^[0-9a-f]{12}$/],
  [
    'hash',
    'uuid',
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  ],
  ['hash', 'smallint', '12', /^\d{1,5}$/],
  ['hash', 'bytea', '\\x00', /^\\x[0-9a-f]{64}$/],
  [{ fake: 'email' }, 'character varying(200)', 'a@b.c', /^[a-z]+\.[0-9a-f]{16}@example\.com$/],
  [{ fake: 'phone' }, 'text', '1', /^\+1[2-9]{3}55501\d\d$/],
  [{ partial: 'domain' }, 'text', 'anna@acme.org', /^[0-9a-f]{16}@acme\.org$/],
  [{ partial: 'domain' }, 'text', 'no address', /^[0-9a-f]{16}$/],
  [{ partial: 'first' }, 'text', '😀nna', /^😀\*\*\*$/],
  [{ partial: 'last4' }, 'text', '4111111111111234', /^\*{12}1234$/],
  [{ partial: 'last4' }, 'text', '12345678', /^\*{8}$/],
  [{ partial: 'year' }, 'date', '0044-03-15 BC', /^0044-01-01 BC$/],
  [{ partial: 'year' }, 'timestamp with time zone', 'infinity', /^infinity$/],
  [{ partial: 'network' }, 'inet', '10.20.30.40/24', /^10\.20\.30\.0$/],
  ['hash', 'text[]', '{a,NULL,"b\\"c"}', /^\{"[0-9a-f]{32}",NULL,"[0-9a-f]{32}"\}$/],
  [{ fixed: 7 }, 'integer', '1', /^7$/],
])('%j masks %s %s', (rule, type, original, masked) => {
  expect(mask(rule, type)(original)).toMatch(masked);
});

it('masks alike with the same key, and otherwise with another', () => {
  for (const rule of ['hash', ...FAKE_KINDS.slice(0, 9).map((fake) => ({ fake }))] as Rule[]) {
    const [one, again, other] = [
      mask(rule, 'text'),
      mask(rule, 'text'),
      mask(rule, 'text', 'the second key of all'),
    ];
    const originals = Array.from({ length: 20 }, (_, at) => `value ${at}`);
    expect(originals.map(one)).toEqual(originals.map(again));
    expect(originals.map(one)).not.toEqual(originals.map(other));
  }
});

it.each<[Rule, string]>([
  ['hash', 'boolean'],
  ['hash', 'date'],
  [{ fake: 'email' }, 'integer'],
  [{ partial: 'year' }, 'text'],
  [{ json: { a: 'null' } }, 'text'],
])('%j does not fit %s', (rule, type) => {
  expect(() => mask(rule, type)).toThrow(/does not fit|needs a column/);
});

it('finds the elements of arrays as PostgreSQL writes them', () => {
  const seen: string[] = [];
  const masked = mapElements('[0:1][2:3]={{a,"b,\\"}"},{NULL,"NULL"}}', (element) => {
    seen.push(element);
    return `${element}!`;
  });
  expect(seen).toEqual(['a', 'b,"}', 'NULL']);
  expect(masked).toBe('[0:1][2:3]={{"a!","b,\\"}!"},{NULL,"NULL!"}}');
  expect(mapElements('{}', () => 'x')).toBe('{}');
});

it('changes what the paths of a document lead to, and no digit of a number', () => {
  const document =
    '{"a": [{"b": "x", "c": 1.10}, {"b": null}], "n": 12345678901234567890.5, "__proto__": {"b": "y"}}';
  const rules = [
    { path: ['a', '*', 'b'], mask: () => 'masked' },
    { path: ['a', '0', 'c'], mask: (value: string) => `<${value}>` },
    { path: ['__proto__', 'b'], mask: () => null },
    { path: ['absent', 'b'], mask: () => 'never' },
  ];
  expect(maskJson(document, rules)).toBe(
    '{"a":[{"b":"masked","c":"<1.10>"},{"b":null}],"n":12345678901234567890.5,"__proto__":{"b":null}}',
  );
});
