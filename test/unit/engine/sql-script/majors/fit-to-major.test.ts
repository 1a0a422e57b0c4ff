import { describe, expect, it } from 'vitest';
import { fitToMajor } from '../../../../../lib/engine/sql-script/majors/fit-to-major.ts';

const fitted = (script: string, major: number) =>
  fitToMajor(Buffer.from(script, 'latin1'), major).toString('latin1');

const SUBSCRIPTION = `-- before
CREATE SUBSCRIPTION "s'ub" CONNECTION 'dbname=x' PUBLICATION a, b WITH (connect = false, slot_name = 'run_as_owner = true', streaming = off, run_as_owner = true);

ALTER SUBSCRIPTION "s'ub" OWNER TO postgres;
`;

const IDENTITY = `ALTER TABLE public."logged" ALTER COLUMN "LOGGED" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.logged
    LOGGED
    START WITH 1
);
`;

describe('a schema for the major version that it came from', () => {
  it.each([16, 17, 18])('is left as it is by PostgreSQL %i', (major) => {
    expect(fitted(SUBSCRIPTION + IDENTITY, major)).toBe(SUBSCRIPTION + IDENTITY);
  });

  it('has no option of a subscription that 15 does not know; a newer server sets it behind', () => {
    const script = fitted(SUBSCRIPTION, 15);
    expect(script).toContain(
      "WITH (connect = false, slot_name = 'run_as_owner = true', streaming = off);\nDO $fit$ BEGIN IF",
    );
    expect(script).toContain(
      `>= 160000 AND EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subname = 's''ub')`,
    );
    expect(script).toContain(`EXECUTE 'ALTER SUBSCRIPTION "s''ub" SET (run_as_owner = true)'`);
    expect(script).toMatch(/^-- before\n/);
    expect(script).toMatch(/\n\nALTER SUBSCRIPTION "s'ub" OWNER TO postgres;\n$/);
  });

  it('has neither of two that follow one another on 13', () => {
    const script = fitted(SUBSCRIPTION, 13);
    expect(script).toContain("WITH (connect = false, slot_name = 'run_as_owner = true');\nDO ");
    expect(script).toContain('SET (streaming = off)');
    expect(script).toContain('SET (run_as_owner = true)');
  });

  it('does not say LOGGED of an identity column before 15, whatever else is called so', () => {
    const script = fitted(IDENTITY, 14);
    expect(script).toContain('SEQUENCE NAME public.logged\n    START WITH 1\n);\nDO $fit$');
    expect(script).toContain(`EXECUTE 'ALTER SEQUENCE "public"."logged" SET LOGGED'`);
    expect(fitted(IDENTITY, 15)).toBe(IDENTITY);
    const plain = IDENTITY.replace('    LOGGED\n', '');
    expect(fitted(plain, 14)).toBe(plain);
  });

  it('sets NOT NULL of an inherited column behind the table, for servers before 18', () => {
    const script = `CREATE TABLE public.kid (
    NOT NULL note
)
INHERITS (public.base);


ALTER TABLE public.kid OWNER TO postgres;
`;
    expect(fitted(script, 17)).toBe(`CREATE TABLE public.kid (
    ${''}
)
INHERITS (public.base);
ALTER TABLE ONLY public.kid ALTER COLUMN note SET NOT NULL;


ALTER TABLE public.kid OWNER TO postgres;
`);
    expect(fitted(script, 18)).toBe(script);
    expect(fitted(fitted(script, 17), 17)).toBe(fitted(script, 17));
  });

  it('takes it out from before, between and behind what else the table has', () => {
    const script = `CREATE UNLOGGED TABLE "a (b".kid (
    NOT NULL first,
    CONSTRAINT named NOT NULL "Second, too",
    own text DEFAULT 'NOT NULL x'::text NOT NULL,
    NOT NULL third,
    other numeric(3,2) CONSTRAINT here NOT NULL,
    CONSTRAINT "NOT NULL" CHECK ((note IS NOT NULL)),
    NOT NULL fourth
)
INHERITS (public.base);
`;
    expect(fitted(script, 13)).toBe(`CREATE UNLOGGED TABLE "a (b".kid (
    own text DEFAULT 'NOT NULL x'::text NOT NULL,
    other numeric(3,2) CONSTRAINT here NOT NULL,
    CONSTRAINT "NOT NULL" CHECK ((note IS NOT NULL))
)
INHERITS (public.base);
ALTER TABLE ONLY "a (b".kid ALTER COLUMN first SET NOT NULL;
ALTER TABLE ONLY "a (b".kid ALTER COLUMN "Second, too" SET NOT NULL;
ALTER TABLE ONLY "a (b".kid ALTER COLUMN third SET NOT NULL;
ALTER TABLE ONLY "a (b".kid ALTER COLUMN fourth SET NOT NULL;
`);
  });

  it("quotes the name of a child's own NOT NULL, which pg_dump 18 does not", () => {
    const table = (first: string, second: string) => `CREATE TABLE public.kid (
    CONSTRAINT ${first} NOT NULL note,
    own text CONSTRAINT "Named here" NOT NULL,
    CONSTRAINT ${second} NOT NULL "Other" NO INHERIT,
    CONSTRAINT c CHECK ((note IS NOT NULL)),
    CONSTRAINT d CHECK ((own IS NOT NULL)) NO INHERIT
)
INHERITS (public.base);
`;
    const script = table('My own (name, of it)', 'select');
    expect(fitted(script, 18)).toBe(table('"My own (name, of it)"', '"select"'));
    expect(fitted(fitted(script, 18), 18)).toBe(fitted(script, 18));
  });

  it('does the same for a foreign table', () => {
    const script =
      'CREATE FOREIGN TABLE public.far (\n    NOT NULL id\n)\nINHERITS (public.base)\nSERVER s;\n';
    expect(fitted(script, 15)).toContain(
      'SERVER s;\nALTER FOREIGN TABLE ONLY public.far ALTER COLUMN id SET NOT NULL;',
    );
  });

  it('keeps every other byte, and every text that only looks like it', () => {
    const others = `CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$
CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, run_as_owner = true);
$_$;
COMMENT ON TABLE t IS 'ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY ( SEQUENCE NAME s LOGGED )';
ALTER TABLE t ALTER COLUMN a SET DEFAULT '\xe4\xff';
`;
    expect(fitted(others, 13)).toBe(others);
  });

  it('quotes a name that looks like the end of the quotes', () => {
    const script = fitted(SUBSCRIPTION.replaceAll("s'ub", '$fit$'), 15);
    expect(script).toContain('DO $fit_$ BEGIN');
  });

  it.each(['(NOT NULL a)', '(b int,\n\tnot null a)', '(/**/NOT NULL a)', '(--c\nconstraint n NOT NULL a)'])(
    'sets NOT NULL of an inherited column afterwards, however it is written: %s',
    (elements) => {
      const script = `CREATE TABLE kid ${elements} INHERITS (base);`;
      expect(fitted(script, 17)).toContain('ALTER TABLE ONLY kid ALTER COLUMN a SET NOT NULL;');
    },
  );
});
