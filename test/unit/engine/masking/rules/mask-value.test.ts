import { createHmac } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { mapElements } from '../../../../../lib/engine/masking/rules/array-text.ts';
import { columnType } from '../../../../../lib/engine/masking/rules/column-type.ts';
import { FAKE_KINDS } from '../../../../../lib/engine/masking/rules/fake-kinds.ts';
import { loadFakes, type MakeUp } from '../../../../../lib/engine/masking/rules/fakes.ts';
import { maskJson } from '../../../../../lib/engine/masking/rules/json-text.ts';
import { KeyedDigest } from '../../../../../lib/engine/masking/rules/keyed-digest.ts';
import { maskOf } from '../../../../../lib/engine/masking/rules/mask-value.ts';
import type { Rule } from '../../../../../lib/engine/masking/rules/masks-file.ts';

let makeUp: MakeUp;
beforeAll(async () => {
  makeUp = await loadFakes();
});

const DOMAINS = new Map([['public.mail', 'character varying(12)']]);
function mask(rule: Rule, type: string, key = 'the first key of all') {
  const made = maskOf(rule, columnType(type, DOMAINS), { key, makeUp });
  return (value: string) => (made ? made(value) : value);
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

it('masks a document of another shape: a plain value where a path goes on, and each element where a name meets an array', () => {
  const mask = (value: string) => `<${value}>`;
  const rules = [{ path: ['contact', 'mail'], mask }];
  const told: string[] = [];
  const masked = (document: string) => maskJson(document, rules, (original) => told.push(original));
  expect(masked('{"contact":"ada@x.org","kept":"a"}')).toBe('{"contact":"<ada@x.org>","kept":"a"}');
  expect(masked('{"contact":[{"mail":"ada@x.org","kept":1},"bob@x.org",4917]}')).toBe(
    '{"contact":[{"mail":"<ada@x.org>","kept":1},"<bob@x.org>","<4917>"]}',
  );
  expect(masked('{"contact":null}')).toBe('{"contact":null}');
  expect(masked('{"contact":true}')).toBe('{"contact":true}');
  expect(masked('"plain"')).toBe('"<plain>"');
  expect(told).toEqual(['ada@x.org', 'ada@x.org', 'bob@x.org', '4917', 'plain']);
});

it('tells the elements of an array, which a note may hold one by one', () => {
  const told: string[] = [];
  const made = maskOf({ partial: 'last4' }, columnType('text[]', DOMAINS), { key: 'k', makeUp });
  expect(made?.('{"0900-1234",NULL,"0900-5678"}', (part) => told.push(part))).toBe(
    '{"*****1234",NULL,"*****5678"}',
  );
  expect(told).toEqual(['0900-1234', '0900-5678']);
});

it('digests as node:crypto does, at the edges of blocks of keys and of texts', () => {
  const lengths = [0, 1, 54, 55, 56, 63, 64, 65, 127, 128, 129, 2730, 2731, 8192, 8193];
  for (const keyBytes of [16, 31, 32, 33, 63, 64, 65, 200])
    for (const unit of ['k', 'ü', '€', '😀', '\ud800']) {
      const key = unit.repeat(Math.ceil(keyBytes / Buffer.byteLength(unit)));
      const digest = new KeyedDigest(key);
      for (const length of lengths) {
        const text = unit.repeat(length);
        const expected = createHmac('sha256', key).update(text, 'utf8').digest();
        expect(digest.hex(text), `${keyBytes} ${unit} ${length}`).toBe(expected.toString('hex'));
        expect(Buffer.from(digest.bytes(text)).equals(expected)).toBe(true);
      }
    }
});
