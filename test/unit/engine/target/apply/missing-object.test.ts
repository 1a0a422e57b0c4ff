import { describe, expect, it } from 'vitest';
import { missingObject } from '../../../../../lib/engine/target/apply/missing-object.ts';
import { ObjectRegistry } from '../../../../../lib/engine/target/apply/object-registry.ts';

/** Messages as PostgreSQL 18 wrote them, and objects whose absence explains them. */
const MISSING = [
  ['42704', 'type "s.nope" does not exist', { kind: 'type', schema: 's', name: 'nope' }],
  ['42704', 'type "s.nope[]" does not exist', { kind: 'domain', schema: 's', name: 'nope' }],
  ['42704', 'type s.nope does not exist', { kind: 'type', schema: 's', name: 'nope' }],
  ['42704', 'type "s.shell" is only a shell', { kind: 'type', schema: 's', name: 'shell' }],
  ['42704', 'type "s.t" does not exist', { kind: 'table', schema: 's', name: 't' }],
  ['42883', 'function s.nofn(integer, text) does not exist', { kind: 'function', schema: 's', name: 'nofn' }],
  ['42883', 'aggregate s.agg(integer) does not exist', { kind: 'aggregate', schema: 's', name: 'agg' }],
  ['42883', 'procedure s.p() does not exist', { kind: 'procedure', schema: 's', name: 'p' }],
  ['42883', 'operator does not exist: integer s.&& integer', { kind: 'operator', schema: 's', name: '&&' }],
  ['42P01', 'relation "s.odd "name" does not exist', { kind: 'view', schema: 's', name: 'odd "name' }],
  [
    '42P01',
    'relation "s.users_pkey" does not exist',
    { kind: 'constraint', name: 'users_pkey', on: { schema: 's', name: 'users' } },
  ],
  [
    '42704',
    'cast from type s.mood to type integer does not exist',
    { kind: 'cast', name: 'CAST (s.mood AS integer)' },
  ],
  ['42704', 'access method "rum" does not exist', { kind: 'access method', name: 'rum' }],
  [
    '42704',
    'operator class "s.ops" does not exist for access method "btree"',
    { kind: 'operator class', schema: 's', name: 'ops' },
  ],
  [
    '42704',
    'data type integer has no default operator class for access method "gist"',
    { kind: 'default operator class', name: 'integer using gist' },
  ],
  [
    '42704',
    'collation "s.nope" for encoding "UTF8" does not exist',
    { kind: 'collation', schema: 's', name: 'nope' },
  ],
  ['42704', 'foreign-data wrapper "nofdw" does not exist', { kind: 'foreign data wrapper', name: 'nofdw' }],
  ['42704', 'server "nosv" does not exist', { kind: 'server', name: 'nosv' }],
  [
    '42704',
    'text search configuration "s.c" does not exist',
    { kind: 'text search configuration', schema: 's', name: 'c' },
  ],
  [
    '42704',
    'constraint "c" for table "t" does not exist',
    { kind: 'constraint', name: 'c', on: { schema: 's', name: 't' } },
  ],
  ['42704', 'statistics object "s.st" does not exist', { kind: 'statistics', schema: 's', name: 'st' }],
  ['42P13', 'aggregate cannot accept shell type s.shell', { kind: 'type', schema: 's', name: 'shell' }],
  ['42P13', 'SQL function cannot return shell type s.shell', { kind: 'type', schema: 's', name: 'shell' }],
  ['3F000', 'schema "nosch" does not exist', { kind: 'schema', name: 'nosch' }],
  [
    '42830',
    'there is no unique constraint matching given keys for referenced table "t"',
    { kind: 'constraint', name: 'u', on: { schema: 's', name: 't' } },
  ],
] as const;

describe('a message says what is missing', () => {
  it.each(MISSING)('%s %s', (sqlState, message, object) => {
    const missing = missingObject({ sqlState, message });
    const registry = new ObjectRegistry<string>();
    registry.add(object, 'why');
    expect(missing && registry.find(missing)).toBe('why');
    const other = new ObjectRegistry<string>();
    other.add({ ...object, kind: 'publication', name: `${object.name}2` }, 'why');
    expect(missing && other.find(missing)).toBeUndefined();
  });

  it.each([
    ['42703', 'column "s.nope" of relation "t" does not exist'],
    ['42704', 'role "nope" does not exist'],
    ['42704', 'unrecognized configuration parameter "nope"'],
  ])('%s %s: nothing that a script leaves out', (sqlState, message) => {
    const registry = new ObjectRegistry<string>();
    registry.add({ kind: 'table', name: 'nope' }, 'why');
    const missing = missingObject({ sqlState, message });
    expect(missing && registry.find(missing)).toBeUndefined();
  });

  it('other errors do not, whatever they say', () => {
    expect(missingObject({ sqlState: '23514', message: 'type "s.nope" does not exist' })).toBeUndefined();
  });
});
