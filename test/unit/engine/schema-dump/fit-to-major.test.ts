import { describe, expect, it } from 'vitest';
import { fitToMajor } from '../../../../lib/engine/source/schema-dump/fit-to-major.ts';

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
});
