import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceSettings } from '../../../../lib/cli/options/source-option.ts';
import { nameFromDatabase } from '../../../../lib/contract/source-names.ts';
import { checkSourceName } from '../../../../lib/engine/archive/keys.ts';

describe('sourceSettings', () => {
  const environment = {
    LIFEBOAT_SOURCE_URL: 'postgres://app:secret@localhost:5433/shop',
    PGHOST: 'localhost',
    PGUSER: 'libpq',
    PGDATABASE: 'other',
  };

  it('prefers the option, then LIFEBOAT_SOURCE_URL, then the variables of libpq', () => {
    const url = 'postgres://me@localhost/mine';
    expect(sourceSettings(url, environment).display).toBe('me@localhost:5432/mine');
    expect(sourceSettings(undefined, environment).display).toBe('app@localhost:5433/shop');
    const { LIFEBOAT_SOURCE_URL, ...libpq } = environment;
    expect(sourceSettings(undefined, libpq).display).toBe('libpq@localhost:5432/other');
    expect(sourceSettings(undefined, { ...libpq, LIFEBOAT_SOURCE_URL: '' }).user).toBe('libpq');
  });

  it('says how to name one when there is none', () => {
    expect(() => sourceSettings(undefined, {})).toThrow(/No source was named.*LIFEBOAT_SOURCE_URL/);
  });
});

describe('nameFromDatabase', () => {
  it.each([
    ['shop', 'shop'],
    ['Shop_2.0', 'shop_2.0'],
    ['my shop!', 'my-shop'],
    ['__x', 'x'],
    ['店', 'database'],
  ])('makes of %j the name %s', (database, name) => {
    expect(nameFromDatabase(database)).toBe(name);
  });

  it('always makes a name that a key can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (database) => {
        const name = nameFromDatabase(database);
        expect(checkSourceName(name)).toBe(name);
      }),
    );
  });
});
