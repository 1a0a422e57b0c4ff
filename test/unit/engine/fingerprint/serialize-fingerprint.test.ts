import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Fingerprint,
  type FingerprintEntry,
  OBJECT_KINDS,
} from '../../../../lib/engine/fingerprint/fingerprint.ts';
import {
  hashOfFingerprint,
  parseFingerprint,
  serializeFingerprint,
} from '../../../../lib/engine/fingerprint/serialize-fingerprint.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 10 });
const facts = fc.dictionary(
  // Valibot drops these keys; no fact is called so.
  text.filter((name) => !['__proto__', 'prototype', 'constructor'].includes(name)),
  fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 })),
  { maxKeys: 3, noNullPrototype: true },
);
const objectName = fc.record({ kind: fc.constantFrom(...OBJECT_KINDS), name: text });
const entry: fc.Arbitrary<FingerprintEntry> = fc
  .tuple(
    objectName,
    fc.record({ parent: objectName, text: facts, notes: facts }, { requiredKeys: [] }),
    facts,
  )
  .map(([name, rest, own]) => ({ ...name, ...rest, facts: own }));
const fingerprint: fc.Arbitrary<Fingerprint> = fc.record({
  format: fc.constant(1 as const),
  serverVersionNumber: fc.integer({ min: 130_000, max: 189_999 }),
  entries: fc.array(entry, { maxLength: 8 }),
});

function parse(serialized: string): Fingerprint {
  return parseFingerprint(Buffer.from(serialized), 'fingerprint.json');
}

describe('a serialised fingerprint', () => {
  it('comes back as it was, with its hash', () => {
    fc.assert(
      fc.property(fingerprint, (one) => {
        const back = parse(serializeFingerprint(one));
        expect(back).toEqual(one);
        expect(hashOfFingerprint(back)).toBe(hashOfFingerprint(one));
      }),
    );
  });

  it('has one entry a line', () => {
    const one: Fingerprint = {
      format: 1,
      serverVersionNumber: 180004,
      entries: [
        { kind: 'schema', name: 'a\nb', facts: {} },
        { kind: 'schema', name: 'c', facts: {} },
      ],
    };
    expect(serializeFingerprint(one).split('\n')).toHaveLength(5);
  });

  it.each([
    ['', 'not JSON'],
    ['[]', 'format'],
    ['"fingerprint"', 'the whole: Invalid type: Expected Object'],
    ['{"format":2,"serverVersionNumber":150000,"entries":[]}', 'format'],
    [
      '{"format":1,"serverVersionNumber":150000,"entries":[{"kind":"tabel","name":"x","facts":{}}]}',
      'entries.0.kind',
    ],
    [
      '{"format":1,"serverVersionNumber":150000,"entries":[{"kind":"table","name":"x","facts":{"a":null}}]}',
      'entries.0.facts.a',
    ],
  ])('that is damaged is refused by name: %s', (damaged, why) => {
    expect(() => parse(damaged)).toThrow(
      expect.objectContaining({ code: 'fingerprint-invalid', what: expect.stringContaining(why) }),
    );
  });
});

describe('the hash of a fingerprint', () => {
  const base: Fingerprint = {
    format: 1,
    serverVersionNumber: 180004,
    entries: [{ kind: 'view', name: 'v', facts: {}, text: { definition: 'a' } }],
  };
  const withEntries = (...entries: FingerprintEntry[]): Fingerprint => ({ ...base, entries });

  it('changes with a fact, a text, an order, a name', () => {
    const a: FingerprintEntry = { kind: 'table', name: 'a', facts: {} };
    const b: FingerprintEntry = { kind: 'table', name: 'b', facts: {} };
    const variants = [
      base,
      withEntries(),
      withEntries({ kind: 'view', name: 'v', facts: {}, text: { definition: 'b' } }),
      withEntries({ kind: 'view', name: 'v', facts: { owner: 'x' }, text: { definition: 'a' } }),
      withEntries(a, b),
      withEntries(b, a),
    ];
    expect(new Set(variants.map(hashOfFingerprint)).size).toBe(variants.length);
  });

  it('does not change with large objects, which come and go like rows', () => {
    const lo: FingerprintEntry = { kind: 'large objects', name: '0 to 999', facts: { count: 1 } };
    expect(hashOfFingerprint(withEntries(...base.entries, lo))).toBe(hashOfFingerprint(base));
  });
});
