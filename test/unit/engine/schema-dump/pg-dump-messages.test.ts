import { expect, test } from 'vitest';
import { readPgDumpMessages, schemaDumpFailed } from '../../../../lib/engine/schema-dump/pg-dump-messages.ts';

test('an error keeps its details and loses the query', () => {
  const { errors } = readPgDumpMessages(
    `could not find a "pg_dump" to execute
pg_dump: error: query failed: ERROR:  permission denied for table x
HINT:  ask somebody
LINE 1: SELECT secret
               ^
pg_dump: detail: Query was: LOCK TABLE x,
y IN ACCESS SHARE MODE
SELECT something;
pg_dump: error: another
pg_dump: detail: server version: 19.0; pg_dump version: 18.3
pg_dump: hint: Do this.
`,
  );
  expect(errors).toEqual([
    'query failed: ERROR:  permission denied for table x HINT:  ask somebody',
    'another (server version: 19.0; pg_dump version: 18.3) (Do this.)',
  ]);
});

test('warnings are apart, progress and noise are nowhere', () => {
  const text = `noise
pg_dump: last built-in OID is 16383
pg_dump: warning: subscriptions not dumped because current user is not a superuser
pg_dump: warning: two
pg_dump: hint: lines
`;
  expect(readPgDumpMessages(text).warnings).toEqual([
    'subscriptions not dumped because current user is not a superuser',
    'two (lines)',
  ]);
});

test('a message without a label is the reason when there is no other', () => {
  expect(readPgDumpMessages('pg_dump: unrecognized option: x\n').errors).toEqual(['unrecognized option: x']);
});

test('the library’s words stand in when pg_dump said nothing', () => {
  expect(schemaDumpFailed([], 'unreachable executed').what).toBe(
    'pg_dump could not dump the schema: unreachable executed.',
  );
});
