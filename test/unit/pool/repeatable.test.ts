import { expect, test } from 'vitest';
import { isSafeToRepeat } from '../../../lib/pool/repeatable.ts';

test.each([
  'UPDATE accounts SET balance = balance - 1 WHERE id = 1',
  'select 1;',
  'SELECT 1 ; \n',
  { text: 'INSERT INTO t VALUES ($1)', values: [1] },
])('a single statement may be repeated: %o', (statement) => {
  expect(isSafeToRepeat(statement)).toBe(true);
});

test.each([
  'BEGIN; UPDATE t SET a = 1; COMMIT; SELECT 1',
  'SELECT 1; SELECT 2',
  'CALL settle_accounts()',
  'do $$ begin commit; end $$',
  ' Begin',
  "PREPARE TRANSACTION 'x'",
  { text: 'SELECT 1', submit: () => {} },
  { values: [] },
  undefined,
])('what may have been carried out in part is not repeated: %o', (statement) => {
  expect(isSafeToRepeat(statement)).toBe(false);
});
