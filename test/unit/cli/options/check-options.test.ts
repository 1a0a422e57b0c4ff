import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customCheck, readChecks, refuseRepeatedNames } from '../../../../lib/cli/options/check-options.ts';

describe('customCheck', () => {
  it('cuts at the first = and at the last', () => {
    expect(customCheck('paid orders=SELECT count(*) FROM o WHERE state = 1 AND x=2=42')).toEqual([
      { name: 'paid orders', sql: 'SELECT count(*) FROM o WHERE state = 1 AND x=2', expect: '42' },
    ]);
  });

  it('collects, and may expect an empty text', () => {
    const first = customCheck('a=SELECT 1=1');
    expect(customCheck('b=SELECT $$$$=', first).map(({ name, expect }) => [name, expect])).toEqual([
      ['a', '1'],
      ['b', ''],
    ]);
  });

  it.each(['', 'a', 'a=SELECT 1', '=SELECT 1=1', 'a==1', ' = =1'])('refuses %j', (text) => {
    expect(() => customCheck(text)).toThrow(/name=SQL=expected/);
  });
});

describe('a file of checks', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-checks-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const read = (content: string) => {
    writeFileSync(join(directory, 'checks.json'), content);
    return readChecks('checks.json', directory);
  };

  it('is read', () => {
    const checks = [{ name: 'orders', sql: 'SELECT count(*) FROM public.orders', expect: '42' }];
    expect(read(JSON.stringify(checks))).toEqual(checks);
  });

  it.each([
    ['no file', undefined, /cannot be read/],
    ['no JSON', '[{', /is not JSON/],
    ['no array', '{}', /at its top/],
    ['an empty statement', '[{"name":"a","sql":"","expect":"1"}]', /at 0\.sql/],
    ['a field too many', '[{"name":"a","sql":"SELECT 1","expect":"1","timeout":3}]', /at 0/],
    ['a number for a text', '[{"name":"a","sql":"SELECT 1","expect":1}]', /at 0\.expect/],
  ])('is refused with %s, saying where', (_, content, message) => {
    expect(() => (content === undefined ? readChecks('none.json', directory) : read(content))).toThrow(
      message,
    );
  });
});

it('refuses two checks of one name', () => {
  const check = { name: 'orders', sql: 'SELECT 1', expect: '1' };
  expect(() => refuseRepeatedNames([check, { ...check, sql: 'SELECT 2' }])).toThrow(/Two checks.*"orders"/);
});
