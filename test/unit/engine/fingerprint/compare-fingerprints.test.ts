import { describe, expect, it } from 'vitest';
import {
  compareFingerprints,
  type FingerprintItem,
} from '../../../../lib/engine/fingerprint/compare-fingerprints.ts';
import { dependents } from '../../../../lib/engine/fingerprint/dependents.ts';
import type { Fingerprint, FingerprintEntry } from '../../../../lib/engine/fingerprint/fingerprint.ts';

const TABLE = { kind: 'table', name: 'public.users' } as const;

function column(name: string, facts: FingerprintEntry['facts'] = { type: 'text' }): FingerprintEntry {
  return { kind: 'column', name: `public.users.${name}`, parent: TABLE, facts };
}

function fingerprint(entries: FingerprintEntry[], major = 18): Fingerprint {
  return { format: 1, serverVersionNumber: major * 10_000 + 1, entries };
}

const USERS: FingerprintEntry[] = [{ ...TABLE, facts: { owner: 'app' } }, column('id'), column('name')];
const VIEW: FingerprintEntry = { kind: 'view', name: 'public.v', facts: {}, text: { definition: 'abc' } };

function told(items: readonly FingerprintItem[]): string[] {
  return items
    .filter(({ verdict }) => verdict !== 'match')
    .map(({ kind, name, verdict, layer, differences, reason }) =>
      [
        verdict,
        layer,
        kind,
        name,
        ...(differences ?? []).map(({ fact }) => fact),
        ...(reason ? [reason] : []),
      ].join(' '),
    );
}

describe('a comparison of fingerprints', () => {
  it('has an item for each object of the source', () => {
    const items = compareFingerprints(fingerprint(USERS), fingerprint(USERS));
    expect(items.map(({ verdict, name }) => `${verdict} ${name}`)).toEqual([
      'match public.users',
      'match public.users.id',
      'match public.users.name',
    ]);
  });

  it('names the fact that differs, with both values', () => {
    const target = [{ ...TABLE, facts: { owner: 'other', rowSecurity: true } }, ...USERS.slice(1)];
    const [item] = compareFingerprints(fingerprint(USERS), fingerprint(target));
    expect(item).toEqual({
      ...TABLE,
      verdict: 'differs',
      layer: 'facts',
      differences: [
        { fact: 'owner', source: 'app', target: 'other' },
        { fact: 'rowSecurity', source: undefined, target: true },
      ],
    });
  });

  it('compares deparsed text between equal majors only', () => {
    const changed = { ...VIEW, text: { definition: 'xyz' } };
    expect(told(compareFingerprints(fingerprint([VIEW]), fingerprint([changed])))).toEqual([
      'differs text view public.v definition',
    ]);
    expect(told(compareFingerprints(fingerprint([VIEW], 15), fingerprint([changed], 18)))).toEqual([]);
  });

  it('reports another version of an extension as a note', () => {
    const citext = (version: string): FingerprintEntry => ({
      kind: 'extension',
      name: 'citext',
      facts: { schema: 'public' },
      notes: { version },
    });
    expect(told(compareFingerprints(fingerprint([citext('1.6')]), fingerprint([citext('1.8')])))).toEqual([
      'differs note extension citext version',
    ]);
  });

  it('tells once what went missing or came along with its parent', () => {
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint([])))).toEqual([
      'missing facts table public.users',
    ]);
    expect(told(compareFingerprints(fingerprint([]), fingerprint(USERS)))).toEqual([
      'extra facts table public.users',
    ]);
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint(USERS.slice(0, 2))))).toEqual([
      'missing facts column public.users.name',
    ]);
  });

  it('finds another order of columns, and not a shift by one that is missing', () => {
    const [table, id, name] = USERS as [FingerprintEntry, FingerprintEntry, FingerprintEntry];
    const [item] = compareFingerprints(fingerprint(USERS), fingerprint([table, name, id]));
    expect(item).toMatchObject({
      ...TABLE,
      verdict: 'differs',
      layer: 'facts',
      differences: [
        {
          fact: 'columnOrder',
          source: ['public.users.id', 'public.users.name'],
          target: ['public.users.name', 'public.users.id'],
        },
      ],
    });
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint([table, name])))).toEqual([
      'missing facts column public.users.id',
    ]);
  });

  it('only notes the order of a child that inherited columns after it was made', () => {
    const parent = { kind: 'table', name: 'public.base', facts: {} } as const;
    const ofParent = {
      kind: 'column',
      name: 'public.base.late',
      parent: { kind: 'table', name: 'public.base' },
      facts: { type: 'text' },
    } as const;
    const child = { ...USERS[0], facts: { inherits: ['public.base'] } } as FingerprintEntry;
    const [own, late, more] = [column('own'), column('late', { type: 'text' }), column('more')];
    const made = (...columns: FingerprintEntry[]) => fingerprint([parent, ofParent, child, ...columns]);
    const before = made(own, late, more);
    expect(told(compareFingerprints(before, made(late, own, more)))).toEqual([
      expect.stringMatching(/^differs note table public.users columnOrder /),
    ]);
    expect(told(compareFingerprints(before, made(late, more, own)))).toEqual([
      'differs facts table public.users columnOrder',
    ]);
  });

  it('only notes a constraint that a child alone had proven, in the words of its parent', () => {
    const check = (table: string, text: string, facts = {}) =>
      ({
        kind: 'constraint',
        name: `positive on public.${table}`,
        parent: { kind: 'table', name: `public.${table}` },
        facts: { type: 'check', ...facts },
        text: { definition: text },
      }) as FingerprintEntry;
    const table = (name: string, facts = {}) =>
      ({ kind: 'table', name: `public.${name}`, facts }) as FingerprintEntry;
    const tables = [table('base'), table('kid', { inherits: ['public.base'] })];
    const base = check('base', 'CHECK NOT VALID', { notValid: true });
    const source = fingerprint([...tables, base, check('kid', 'CHECK', { inherited: true })]);
    const restored = (text: string) =>
      fingerprint([...tables, base, check('kid', text, { inherited: true, notValid: true })]);
    expect(told(compareFingerprints(source, restored('CHECK NOT VALID')))).toEqual([
      expect.stringMatching(/^differs note constraint positive on public.kid notValid definition /),
    ]);
    expect(told(compareFingerprints(source, restored('another CHECK NOT VALID')))).toEqual([
      'differs text constraint positive on public.kid definition',
      expect.stringMatching(/^differs note constraint positive on public.kid notValid /),
    ]);
  });

  it('skips what was decided before, with everything that hangs on it', () => {
    const skips = [{ ...TABLE, reason: 'no such type here' }];
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint([]), { skips }))).toEqual([
      'skipped facts table public.users no such type here',
      'skipped facts column public.users.id no such type here',
      'skipped facts column public.users.name no such type here',
    ]);
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint(USERS), { skips }))).toEqual([]);
    expect(told(compareFingerprints(fingerprint([]), fingerprint(USERS), { skips }))).toHaveLength(3);
  });

  it('skips single facts, of one object or of all of a kind, and no others', () => {
    const target = [
      { ...TABLE, facts: { owner: 'other' } },
      column('id', { type: 'integer', storage: 'e' }),
      column('name', { type: 'text', storage: 'e' }),
    ];
    const skips = [
      { ...TABLE, facts: ['owner'], reason: 'no such role' },
      { kind: 'column' as const, facts: ['storage'], reason: 'no lz4' },
    ];
    expect(told(compareFingerprints(fingerprint(USERS), fingerprint(target), { skips }))).toEqual([
      'skipped facts table public.users owner no such role',
      'differs facts column public.users.id type',
      'skipped facts column public.users.id storage no lz4',
      'skipped facts column public.users.name storage no lz4',
    ]);
  });

  it('does not ask for an invalid index, which pg_dump leaves out, but for one of a partitioned table', () => {
    const index = (facts: FingerprintEntry['facts']): FingerprintEntry => ({
      kind: 'index',
      name: 'public.i',
      facts: { invalid: true, ...facts },
    });
    expect(told(compareFingerprints(fingerprint([index({})]), fingerprint([])))[0]).toMatch(/^missing note/);
    expect(
      told(compareFingerprints(fingerprint([index({ partitioned: true })]), fingerprint([])))[0],
    ).toMatch(/^missing facts/);
  });

  it('takes all that could be granted before 17 for all, as pg_dump 18 spells it out', () => {
    const granted = (grants: string[], major: number) =>
      fingerprint([{ ...TABLE, facts: { grants } }], major);
    const spelledOut = granted(
      ['app=DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE', 'owner=ALL'],
      18,
    );
    const all = ['app=ALL', 'owner=ALL'];
    expect(told(compareFingerprints(granted(all, 16), spelledOut))).toEqual([]);
    expect(told(compareFingerprints(granted(all, 17), spelledOut))).toEqual([
      'differs facts table public.users grants',
    ]);
    expect(told(compareFingerprints(granted(['app=ALL'], 16), spelledOut))).toHaveLength(1);
  });

  it('passes over what the older of two servers has no word for', () => {
    const range = (facts: FingerprintEntry['facts']): FingerprintEntry => ({
      kind: 'type',
      name: 'public.r',
      facts,
    });
    const newer = fingerprint([range({ multirange: 'public.m' })], 18);
    expect(told(compareFingerprints(fingerprint([range({})], 13), newer))).toEqual([]);
    expect(told(compareFingerprints(fingerprint([range({})], 14), newer))).toEqual([
      'differs facts type public.r multirange',
    ]);
  });

  it('takes the argument that functions of conversions have since 14 for no difference, and another function for one', () => {
    const conversion = (name: string): FingerprintEntry => ({
      kind: 'conversion',
      name: 'public.c',
      facts: { function: name },
    });
    const arguments13 = '(integer,integer,cstring,internal,integer)';
    const arguments14 = '(integer,integer,cstring,internal,integer,boolean)';
    const between = (from: number, to: number, name: string) =>
      told(
        compareFingerprints(
          fingerprint([conversion(`utf8_to_iso8859_1${arguments13}`)], from),
          fingerprint([conversion(`${name}${arguments14}`)], to),
        ),
      );
    expect(between(13, 18, 'utf8_to_iso8859_1')).toEqual([]);
    expect(between(13, 18, 'public.other')).toEqual(['differs facts conversion public.c function']);
    expect(between(14, 18, 'utf8_to_iso8859_1')).toEqual(['differs facts conversion public.c function']);
  });
});

describe('dependents', () => {
  it('are found at any depth', () => {
    const server = { kind: 'server', name: 's' } as const;
    const entries: FingerprintEntry[] = [
      { kind: 'foreign table', name: 'public.f', parent: server, facts: {} },
      { kind: 'column', name: 'public.f.a', parent: { kind: 'foreign table', name: 'public.f' }, facts: {} },
      ...USERS,
    ];
    expect(dependents(fingerprint(entries), server).map(({ name }) => name)).toEqual([
      'public.f',
      'public.f.a',
    ]);
  });
});
