import { expect, it } from 'vitest';
import { untouchedGrants } from '../../../../../lib/engine/restore/plan/untouched-grants.ts';

const everything = new Map(['r', 'S', 'f', 'T', 'n'].map((type) => [type, ['reader']]));

it.each([
  ['CREATE TABLE a.t (id int);', 'ALTER TABLE a.t OWNER TO x;', 'TABLE a.t'],
  [
    'CREATE VIEW a."v OWNER TO w" AS SELECT 1;',
    'ALTER VIEW a."v OWNER TO w" OWNER TO x;',
    'TABLE a."v OWNER TO w"',
  ],
  ['CREATE MATERIALIZED VIEW a.m AS SELECT 1;', 'ALTER MATERIALIZED VIEW a.m OWNER TO x;', 'TABLE a.m'],
  ['CREATE TABLE a.t (id int);', 'ALTER TABLE a.t OWNER TO "x OWNER TO y";', 'TABLE a.t'],
  ['CREATE SCHEMA "a b";', 'ALTER SCHEMA "a b" OWNER TO x;', 'SCHEMA "a b"'],
])('takes from others what default privileges give them: %s %s', (create, owner, object) => {
  expect(untouchedGrants([create, owner], everything)).toEqual([
    `REVOKE ALL ON ${object} FROM PUBLIC, reader`,
    `GRANT ALL ON ${object} TO CURRENT_USER`,
  ]);
});

it('gives everybody what PostgreSQL gives everybody', () => {
  const statements = ['CREATE FUNCTION a.f(o a.t) RETURNS int;', 'ALTER FUNCTION a.f(o a.t) OWNER TO x;'];
  expect(untouchedGrants(statements, everything)).toContain('GRANT EXECUTE ON FUNCTION a.f(o a.t) TO PUBLIC');
});

it('leaves alone what has no default privileges, and what it does not create', () => {
  const statements = ['CREATE TABLE a.t (id int);', 'ALTER TABLE a.t OWNER TO x;'];
  expect(untouchedGrants(statements, new Map())).toEqual([]);
  expect(untouchedGrants(statements, new Map([['f', ['reader']]]))).toEqual([]);
  expect(untouchedGrants(['ALTER TABLE a.t ENABLE ROW LEVEL SECURITY;'], everything)).toEqual([]);
});
