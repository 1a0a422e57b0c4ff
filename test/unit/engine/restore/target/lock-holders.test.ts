import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginningOf, holderText } from '../../../../../lib/engine/restore/target/lock-holders.ts';

describe('the beginning of a query', () => {
  it.each([
    ["SELECT * FROM users WHERE password = 'hunter2'", 'SELECT * FROM users WHERE password = …'],
    ['SELECT $tag$hunter2$tag$, 1, id2 FROM t1 WHERE n > -3.5e7', 'SELECT …, …, id2 FROM t1 WHERE n > -…'],
    [`SELECT E'it\\'s hunter2', U&'hunter2', 'o''hunter2'`, 'SELECT …, …, …'],
    ["INSERT INTO t VALUES ('hunter2 that is cut", 'INSERT INTO t VALUES (…'],
    ['SELECT $1 /* hunter2 */ FROM a -- hunter2\n WHERE b', 'SELECT $1 FROM a WHERE b'],
    ['SELECT $$hunter2', 'SELECT …'],
  ])('%s', (query, shown) => {
    expect(beginningOf(query)).toBe(shown);
  });

  it('has no constant, wherever it was cut, and at most 60 characters', () => {
    const constant = fc.constantFrom("'hunter2'", "E'hunter2\\''", '$$hunter2$$', "'a''hunter2'", "b'1'");
    fc.assert(
      fc.property(fc.array(constant, { minLength: 1, maxLength: 8 }), fc.nat(200), (constants, end) => {
        const shown = beginningOf(`SELECT ${constants.join(', ')} FROM t`.slice(0, end));
        expect(shown).not.toMatch(/hunt/);
        expect(shown.length).toBeLessThanOrEqual(60);
      }),
    );
  });
});

it('names a prepared transaction, which no session holds', () => {
  const text = holderText({
    pid: undefined,
    prepared: 'order-7',
    user: 'app',
    application: '',
    client: undefined,
    since: '2026-11-20 02:00:00+00',
    state: 'prepared',
    query: '',
    relations: ['public.orders'],
  });
  expect(text).toBe(
    'the prepared transaction order-7 (app) has locked public.orders, in a transaction since 2026-11-20 02:00:00+00',
  );
});
