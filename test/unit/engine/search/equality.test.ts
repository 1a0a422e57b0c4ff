import { expect, it } from 'vitest';
import { equalitiesOf, isSteady } from '../../../../lib/engine/search/equality.ts';

it('reads equalities that are joined by AND', () => {
  expect(equalitiesOf(`email = 'o''brien@example.com' AND "Tenant" = 42 and KEY = $$a$$`)).toEqual([
    { column: 'email', value: "o'brien@example.com", isString: true },
    { column: 'Tenant', value: '42', isString: false },
    { column: 'key', value: 'a', isString: true },
  ]);
});

it.each([
  "email = 'a' OR id = 1",
  "lower(email) = 'a'",
  'id = 1.0',
  'id = 007',
  "email <> 'a'",
  'email = NULL',
  "email = 'a' AND",
  "email = 'a' -- AND",
  "raw = X'00'",
  "email = 'a' AND NOT id = 1",
  'id = id',
  "email = 'a",
  '',
])('leaves %s to a server, or reads what it says', (condition) => {
  const found = equalitiesOf(condition);
  // A comment says nothing.
  expect(found).toEqual(
    condition.includes('--') ? [{ column: 'email', value: 'a', isString: true }] : undefined,
  );
});

it('knows what may be true at one time only', () => {
  expect(isSteady("email LIKE '%@example.com'")).toBe(true);
  for (const condition of ['at < now()', 'day = CURRENT_DATE', 'id IN (SELECT 1)', 'name = session_user'])
    expect(isSteady(condition), condition).toBe(false);
});
