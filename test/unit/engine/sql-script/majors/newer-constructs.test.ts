import { describe, expect, it } from 'vitest';
import { newerConstructs } from '../../../../../lib/engine/sql-script/majors/newer-constructs.ts';

const told = (script: string, major: number) =>
  newerConstructs(script, major).map(({ what, since, object }) => `${object}: ${what} (${since})`);

describe('words that a server of some major cannot read', () => {
  it('are named with their object', () => {
    const script = `CREATE TABLE public.kid (\n    NOT NULL note\n)\nINHERITS (public.base);
ALTER TABLE ONLY public.t ADD CONSTRAINT n NOT NULL a NOT VALID;
CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, streaming = off, run_as_owner = true);
`;
    expect(told(script, 13)).toEqual([
      'table public.kid: NOT NULL as a table constraint (18)',
      'table public.t: NOT NULL as a table constraint (18)',
      'subscription s: the subscription option streaming (14)',
      'subscription s: the subscription option run_as_owner (16)',
    ]);
    expect(told(script, 17)).toHaveLength(2);
    expect(told(script, 18)).toEqual([]);
  });

  it('are not looked for in strings, bodies, names and expressions', () => {
    const script = `CREATE TABLE t (
    "NOT" text DEFAULT 'NOT NULL x'::text NOT NULL,
    g integer GENERATED ALWAYS AS ((id * 2)) STORED,
    c integer CONSTRAINT "NOT ENFORCED" NOT NULL,
    CONSTRAINT "NULLS NOT DISTINCT" CHECK ((NOT (c IS NULL))) NO INHERIT
);
ALTER TABLE t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.logged
    START WITH 1
);
CREATE FUNCTION f("return" integer) RETURNS text LANGUAGE sql AS $$ SELECT 'BEGIN ATOMIC' $$;
CREATE VIEW v AS SELECT 1 AS security_invoker;
CREATE VIEW w WITH (security_barrier='true') AS SELECT (security_invoker) FROM x;
CREATE STATISTICS s ON a, b FROM public.t;
ALTER PUBLICATION p ADD TABLE ONLY public.t;
CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW WHEN ((NOT enforced)) EXECUTE FUNCTION g('MAINTAIN');
GRANT SELECT ON TABLE public.maintain TO maintain;
ALTER TABLE ONLY t ADD CONSTRAINT k FOREIGN KEY (period, id) REFERENCES u(period, id) ON DELETE SET NULL;
DO $fit$ BEGIN IF true THEN EXECUTE 'ALTER SEQUENCE s SET LOGGED'; END IF; END $fit$;
`;
    expect(told(script, 13)).toEqual([]);
  });

  it.each([
    ['CREATE TABLE t (not null a);', 'NOT NULL as a table constraint'],
    ['create table t (a int,--c\n NOT NULL a);', 'NOT NULL as a table constraint'],
    ['CREATE TABLE t (/**/\nnOt NULL a);', 'NOT NULL as a table constraint'],
    ['CREATE FOREIGN TABLE t (a int,\tconstraint/**/n/**/not null a);', 'NOT NULL as a table constraint'],
    ['CREATE TABLE t (a int generated always as (1));', 'a virtual generated column'],
    ['CREATE TABLE t (unique nulls/**/not distinct (a));', 'NULLS NOT DISTINCT'],
    ['ALTER TABLE ONLY t ADD CONSTRAINT c CHECK (a) not/**/enforced;', 'a constraint NOT ENFORCED'],
    ['alter table t add constraint c not null a;', 'NOT NULL as a table constraint'],
    [
      'ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a, period b) REFERENCES u;',
      'WITHOUT OVERLAPS or PERIOD in a key',
    ],
    [
      'ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u ON DELETE set/**/null (a);',
      'SET NULL or SET DEFAULT of chosen columns',
    ],
    ['ALTER TABLE t ALTER COLUMN a set compression lz4;', 'SET COMPRESSION'],
    ['CREATE INDEX i ON t (a) nulls not distinct;', 'NULLS NOT DISTINCT'],
    ['CREATE/**/FUNCTION f() RETURNS int begin atomic SELECT 1; end;', 'a routine with an SQL body'],
    ['CREATE PROCEDURE f() returns int return 1;', 'a routine with an SQL body'],
    ['CREATE VIEW v WITH (security_invoker) AS SELECT 1;', 'security_invoker of a view'],
    ['grant maintain on table t to a;', 'the privilege MAINTAIN'],
    ['ALTER DEFAULT PRIVILEGES GRANT ALL on large objects TO a;', 'default privileges ON LARGE OBJECTS'],
  ])('are found however they are written: %s', (script, what) => {
    expect(newerConstructs(script, 12).map((one) => one.what)).toContain(what);
  });
});
