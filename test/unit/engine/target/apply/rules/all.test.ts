import { describe, expect, it } from 'vitest';
import type { TargetCapabilities } from '../../../../../../lib/engine/target/apply/capabilities.ts';
import { ObjectRegistry } from '../../../../../../lib/engine/target/apply/object-registry.ts';
import { planStatement } from '../../../../../../lib/engine/target/apply/planned-statement.ts';
import { decide } from '../../../../../../lib/engine/target/apply/rules/all.ts';
import type { SchemaObject } from '../../../../../../lib/engine/target/apply/schema-object.ts';

const LITTLE: TargetCapabilities = {
  extensions: new Set(['hstore']),
  languages: new Set(['plpgsql', 'c', 'sql']),
  libraries: new Set(['hstore']),
  compressions: new Set(['pglz']),
  tablespaces: new Set(['pg_default']),
  tableAccessMethods: new Set(['heap']),
  passesEightBytesByValue: false,
  aggregateSupport: false,
  subscriptions: false,
  securityLabels: false,
};
const MUCH: TargetCapabilities = {
  extensions: new Set(['hstore', 'postgis', 'plpython3u']),
  languages: new Set(['plpgsql', 'c', 'sql', 'plpython3u']),
  libraries: undefined,
  compressions: new Set(['pglz', 'lz4']),
  tablespaces: new Set(['pg_default', 'fast']),
  tableAccessMethods: new Set(['heap', 'columnar']),
  passesEightBytesByValue: true,
  aggregateSupport: true,
  subscriptions: true,
  securityLabels: true,
};

function decided(sql: string, capabilities: TargetCapabilities) {
  return decide(planStatement(sql), {
    capabilities,
    made: new ObjectRegistry<SchemaObject>(),
    leftOut: new ObjectRegistry<string>(),
    emptied: new ObjectRegistry<string>(),
    goneRoles: new Set(['16393']),
  });
}

/** What only the target with more can do, and the word that the reason must hold. */
const LEFT_OUT: ReadonlyArray<readonly [sql: string, word: string]> = [
  ['CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;', 'postgis'],
  [`COMMENT ON EXTENSION postgis IS 'x';`, 'postgis'],
  ['CREATE PROCEDURAL LANGUAGE plpython3u;', 'plpython3u'],
  [`CREATE FUNCTION public.f() RETURNS int LANGUAGE plpython3u AS $$ return 1 $$;`, 'plpython3u'],
  [`CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS '$libdir/regress', 'f';`, 'regress'],
  [`CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS '/opt/lib/regress.so', 'f';`, 'regress'],
  [`CREATE SUBSCRIPTION sub CONNECTION 'host=x' PUBLICATION p WITH (connect = false);`, 'subscription'],
  ['ALTER SUBSCRIPTION sub OWNER TO postgres;', 'subscription'],
  ['ALTER TABLE ONLY public.t ALTER COLUMN a SET COMPRESSION lz4;', 'lz4'],
  ['SET default_tablespace = fast;', 'fast'],
  ['SET default_table_access_method = columnar;', 'columnar'],
  ['ALTER TABLE ONLY public.t SET ACCESS METHOD columnar;', 'columnar'],
  [`SECURITY LABEL FOR anon ON COLUMN public.t.a IS 'x';`, 'security labels'],
  [
    `CREATE TYPE public.int8alias1 (\n    INTERNALLENGTH = 8,\n    INPUT = public.i,\n    OUTPUT = public.o,\n    ALIGNMENT = double,\n    STORAGE = plain,\n    PASSEDBYVALUE\n);`,
    '32-bit',
  ],
];

describe('what a target cannot do is left out before it is sent', () => {
  it.each(LEFT_OUT)('%s', (sql, word) => {
    expect(decided(sql, LITTLE)?.reason).toContain(word);
    expect(decided(sql, MUCH)).toBeUndefined();
  });
});

describe('what any target can do is sent', () => {
  it.each([
    'CREATE EXTENSION hstore WITH SCHEMA public;',
    `CREATE FUNCTION public.f(text) RETURNS int LANGUAGE c AS '$libdir/hstore', 'hstore_in';`,
    `CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT 'CREATE SUBSCRIPTION s; LANGUAGE plpython3u' $$;`,
    'ALTER TABLE ONLY public.t ALTER COLUMN a SET COMPRESSION pglz;',
    `SET default_tablespace = '';`,
    'SET default_table_access_method = heap;',
    'CREATE TYPE public.t (INTERNALLENGTH = 8, INPUT = public.i, OUTPUT = public.o, ALIGNMENT = double);',
    'CREATE TYPE public.t (INTERNALLENGTH = 4, INPUT = public.i, OUTPUT = public.o, PASSEDBYVALUE);',
    `CREATE TABLE public."CREATE SUBSCRIPTION" (a text DEFAULT 'SET COMPRESSION lz4');`,
  ])('%s', (sql) => {
    expect(decided(sql, LITTLE)).toBeUndefined();
  });
});

it('storage that is left out is undone for what comes next', () => {
  expect(decided('SET default_tablespace = fast;', LITTLE)?.instead).toBe(`SET default_tablespace = ''`);
  expect(decided('SET default_table_access_method = columnar;', LITTLE)?.instead).toBe(
    'SET default_table_access_method = heap',
  );
});

describe('what hangs on something that was left out', () => {
  const leftOut = new ObjectRegistry<string>();
  leftOut.add({ kind: 'extension', name: 'oracle_fdw' }, 'not available');
  leftOut.add({ kind: 'server', name: 'Remote one' }, 'not available');
  const emptied = new ObjectRegistry<string>();
  emptied.add({ kind: 'table', schema: 'public', name: 'names' }, 'sorts differently');
  leftOut.add({ kind: 'partition', schema: 'public', name: 'leaf' }, 'sorts differently');
  const made = new ObjectRegistry<SchemaObject>();
  for (const table of ['leaf', 'attached']) {
    const index = { kind: 'index', name: `${table}_idx`, on: { schema: 'public', name: table } };
    made.add(index, index);
  }
  const context = { capabilities: MUCH, made, leftOut, emptied, goneRoles: new Set<string>() };

  it.each([
    'CREATE SERVER s FOREIGN DATA WRAPPER oracle_fdw;',
    'CREATE FOREIGN TABLE public.f (a int) SERVER "Remote one";',
    'CREATE USER MAPPING FOR app SERVER "Remote one";',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.names(a);',
    'ALTER TABLE ONLY public.names ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.t(a);',
    'ALTER INDEX public.root_idx ATTACH PARTITION public.leaf_idx;',
  ])('%s', (sql) => {
    expect(decide(planStatement(sql), context)?.reason).toMatch(/not available|sorts differently/);
  });

  it.each([
    'CREATE SERVER s FOREIGN DATA WRAPPER file_fdw;',
    'CREATE FOREIGN TABLE public.f (a int) SERVER other;',
    'ALTER TABLE ONLY public.t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.other(a);',
    'ALTER INDEX public.root_idx ATTACH PARTITION public.attached_idx;',
    'ALTER TABLE ONLY public.names ADD CONSTRAINT names_pkey PRIMARY KEY (a);',
  ])('not so: %s', (sql) => {
    expect(decide(planStatement(sql), context)).toBeUndefined();
  });
});

describe('what names a role that is gone is left out wherever it goes', () => {
  it.each([
    'GRANT SELECT ON TABLE public.t TO "16393";',
    'REVOKE ALL ON FUNCTION public.f() FROM "16393";',
    'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES TO "16393";',
    'ALTER DEFAULT PRIVILEGES FOR ROLE "16393" GRANT SELECT ON TABLES TO app;',
    'SET SESSION AUTHORIZATION "16393";',
    'ALTER TABLE public.t OWNER TO "16393";',
    'CREATE USER MAPPING FOR "" SERVER s;',
    'CREATE POLICY p ON public.t TO  USING (true);',
    'CREATE POLICY p ON public.t AS RESTRICTIVE TO  WITH CHECK (a > 1);',
  ])('%s', (sql) => {
    expect(decided(sql, MUCH)?.reason).toMatch(/gone at the source/);
  });

  it.each([
    'GRANT SELECT ON TABLE public.t TO "16394";',
    'GRANT SELECT ON TABLE public."16393" TO app;',
    'CREATE POLICY p ON public.t TO "using" USING (true);',
    'CREATE POLICY p ON public.t USING (true);',
  ])('not so: %s', (sql) => {
    expect(decided(sql, MUCH)).toBeUndefined();
  });
});
