import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  applyScript,
  nameOfObject,
  openSchemaContext,
} from '../../../../lib/engine/target/apply/apply-schema.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../../lib/engine/target/embedded/open-embedded-target.ts';

let parent: string;
let target: EmbeddedTarget;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
  target = await openEmbeddedTarget({ directory: parent, extensions: ['hstore', 'pg_stat_statements'] });
  for (const role of ['app', 'reader', 'helper']) await target.execute(`CREATE ROLE ${role}`);
});
afterAll(async () => {
  await target?.close();
  rmSync(parent, { recursive: true, force: true });
});

/** Applies scripts one after the other; what was not applied comes as one line each. */
async function apply(...scripts: string[]) {
  return await applyWith({}, ...scripts);
}

async function applyWith(
  options: Pick<Parameters<typeof openSchemaContext>[1], 'extensions' | 'roles'>,
  ...scripts: string[]
) {
  const context = await openSchemaContext(target, {
    scripts,
    defaultOrderIsExact: target.defaultOrderIsExact,
    ...options,
  });
  const skipped: string[] = [];
  const failed: string[] = [];
  let applied = 0;
  for (const script of scripts) {
    const result = await applyScript(target, script, context);
    applied += result.applied;
    for (const one of result.skipped) skipped.push(`${one.statement} ${nameOfObject(one)}: ${one.reason}`);
    for (const one of result.failed)
      failed.push(`${one.statement} ${nameOfObject(one)}: ${one.sqlState} ${one.message}`);
  }
  return { applied, skipped, failed };
}

async function value(sql: string) {
  return Object.values((await target.execute(sql)).rows[0] ?? {})[0];
}

it('keeps a table whose column cannot be compressed as it was', async () => {
  const { applied, skipped, failed } = await apply(`
--
-- Name: docs; Type: TABLE; Schema: lz; Owner: nobody_here
--

CREATE SCHEMA lz;
CREATE TABLE lz.docs (id int, body text);
ALTER TABLE ONLY lz.docs ALTER COLUMN body SET COMPRESSION lz4;
ALTER TABLE lz.docs OWNER TO app;
`);
  expect([applied, failed]).toEqual([3, []]);
  expect(skipped).toEqual([expect.stringContaining('lz4')]);
  expect(await value(`SELECT tableowner FROM pg_catalog.pg_tables WHERE tablename = 'docs'`)).toBe('app');
});

it('keeps a table whose new owner is missing, and calls that a failure', async () => {
  const { applied, skipped, failed } = await apply(`
CREATE TABLE public.orphan (id int);
ALTER TABLE public.orphan OWNER TO nobody_here;
COMMENT ON TABLE public.orphan IS 'x';
`);
  expect([applied, skipped]).toEqual([2, []]);
  expect(failed).toEqual([
    'ALTER TABLE OWNER TO table public.orphan: 42704 role "nobody_here" does not exist',
  ]);
});

it('goes on as itself after an entry that grants in the name of another role', async () => {
  const { applied, skipped, failed } = await apply(`
CREATE SCHEMA acl;
GRANT USAGE ON SCHEMA acl TO reader;
CREATE TABLE acl.t (id int);
GRANT SELECT ON TABLE acl.t TO reader WITH GRANT OPTION;

--
-- Name: TABLE t; Type: ACL; Schema: acl; Owner: postgres
--

SET SESSION AUTHORIZATION reader;
GRANT SELECT ON TABLE acl.t TO helper;
RESET SESSION AUTHORIZATION;

--
-- Name: next; Type: TABLE; Schema: acl; Owner: postgres
--

CREATE TABLE acl.next (id int);
`);
  expect([skipped, failed]).toEqual([[], []]);
  expect(applied).toBe(8);
  expect(await value(`SELECT relacl::text FROM pg_catalog.pg_class WHERE oid = 'acl.t'::regclass`)).toContain(
    'helper=r/reader',
  );
  const rows = await target.copyIn({ schema: 'acl', table: 'next', columns: ['id'] }, one('1\n'));
  expect(rows).toBe(1);
});

it('sends no subscription, after which no library could be loaded any more', async () => {
  const { skipped, failed } = await apply(`
CREATE SUBSCRIPTION sub CONNECTION 'host=example.com' PUBLICATION p WITH (connect = false, slot_name = 'sub');
ALTER SUBSCRIPTION sub OWNER TO app;
COMMENT ON SUBSCRIPTION sub IS 'x';
`);
  expect(failed).toEqual([]);
  expect(skipped).toHaveLength(3);
  expect(await value(`SELECT to_tsvector('german', 'Häuser')::text`)).toBe(`'haus':1`);
});

it('leaves out C functions without a library and eight-byte types, with all that hangs on them, and nothing else', async () => {
  const { applied, skipped, failed } = await apply(
    `
CREATE SCHEMA c;
CREATE TYPE c.wide;
CREATE FUNCTION c.wide_in(cstring) RETURNS c.wide LANGUAGE internal IMMUTABLE STRICT AS $$int8in$$;
CREATE FUNCTION c.wide_out(c.wide) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS $$int8out$$;
CREATE TYPE c.wide (INTERNALLENGTH = 8, INPUT = c.wide_in, OUTPUT = c.wide_out, ALIGNMENT = double, STORAGE = plain, PASSEDBYVALUE);
CREATE FUNCTION c.regress(integer) RETURNS trigger LANGUAGE c AS '/usr/lib/postgresql/15/lib/regress', 'x';
ALTER FUNCTION c.regress(integer) OWNER TO app;
CREATE TABLE c.uses_wide (id int, value c.wide);
CREATE TABLE c.plain (id int, note text DEFAULT 'c.wide, LANGUAGE c AS ''$libdir/regress''');
CREATE VIEW c.over_wide AS SELECT value FROM c.uses_wide;
CREATE VIEW c.calls AS SELECT c.regress(id) AS r FROM c.plain;
CREATE DOMAIN c.domain_of_wide AS c.wide;
`,
    `
CREATE INDEX uses_wide_id ON c.uses_wide USING btree (id);
CREATE INDEX plain_id ON c.plain USING btree (id);
COMMENT ON INDEX c.uses_wide_id IS 'x';
ALTER TABLE ONLY c.uses_wide ADD CONSTRAINT uses_wide_pkey PRIMARY KEY (id);
ALTER TABLE ONLY c.plain ADD CONSTRAINT plain_fk FOREIGN KEY (id) REFERENCES c.uses_wide(id);
GRANT SELECT ON TABLE c.uses_wide TO reader;
`,
  );
  expect(failed).toEqual([]);
  expect(applied).toBe(6);
  expect(skipped.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'CREATE TYPE type c.wide',
    'CREATE FUNCTION function c.regress',
    'ALTER FUNCTION OWNER TO function c.regress',
    'CREATE TABLE table c.uses_wide',
    'CREATE VIEW view c.over_wide',
    'CREATE VIEW view c.calls',
    'CREATE DOMAIN domain c.domain_of_wide',
    'CREATE INDEX index uses_wide_id on c.uses_wide',
    'COMMENT INDEX index c.uses_wide_id',
    'ALTER TABLE ADD CONSTRAINT constraint uses_wide_pkey on c.uses_wide',
    'ALTER TABLE ADD CONSTRAINT constraint plain_fk on c.plain',
    'GRANT TABLE table c.uses_wide',
  ]);
  expect(skipped.filter((line) => line.includes('CREATE VIEW'))).toEqual([
    expect.stringContaining('which was left out: the target is a 32-bit server'),
    expect.stringContaining('no library regress'),
  ]);
});

describe('extensions that are not available', () => {
  const EXTENSION = `
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
COMMENT ON EXTENSION postgis IS 'x';
CREATE SCHEMA geo;
CREATE TABLE geo.places (id int, at public.geometry(Point,4326));
CREATE FUNCTION geo.near(public.geometry) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
`;

  it('excuse what needs something that no script makes', async () => {
    const { applied, skipped, failed } = await apply(
      EXTENSION,
      'CREATE INDEX places_at ON geo.places USING gist (at);',
    );
    expect([applied, failed]).toEqual([1, []]);
    expect(skipped).toHaveLength(5);
    expect(skipped[2]).toContain(
      'needs type public.geometry, of an extension that is not available (postgis)',
    );
  });

  it('excuse nothing that a script makes and that failed, nor what was never there', async () => {
    const { skipped, failed } = await apply(`
CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
CREATE SCHEMA strict;
CREATE TABLE strict.broken (id int CHECK (id > 'x'::text));
CREATE VIEW strict.over_broken AS SELECT id FROM strict.broken;
CREATE VIEW strict.misspelt AS SELECT pg_catalog.no_such_function(1) AS x;
CREATE TABLE strict.fine (id int);
CREATE VIEW strict.no_column AS SELECT nothing FROM strict.fine;
ALTER TABLE strict.fine OWNER TO nobody_here;
`);
    expect(skipped).toHaveLength(1);
    expect(failed.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'CREATE TABLE table strict.broken',
      'CREATE VIEW view strict.over_broken',
      'CREATE VIEW view strict.misspelt',
      'CREATE VIEW view strict.no_column',
      'ALTER TABLE OWNER TO table strict.fine',
    ]);
    expect(failed[1]).toContain('(table strict.broken failed before)');
  });
});

it('names the extension that a missing type can be of, or none', async () => {
  const extensions = [
    { name: 'postgis', version: '3.6', schema: 'geo_ext' },
    { name: 'h3', version: '4', schema: 'hex_ext' },
    { name: 'rum', version: '1', schema: 'hex_ext' },
    // The target has it in another version, and it lives where postgis does.
    { name: 'hstore', version: '99.1', schema: 'hstore_ext' },
  ];
  const { skipped } = await applyWith(
    { extensions },
    `
CREATE SCHEMA geo_ext; CREATE SCHEMA hex_ext; CREATE SCHEMA hstore_ext;
CREATE EXTENSION postgis WITH SCHEMA geo_ext;
CREATE EXTENSION h3 WITH SCHEMA hex_ext;
CREATE EXTENSION rum WITH SCHEMA hex_ext;
CREATE EXTENSION hstore WITH SCHEMA hstore_ext;
CREATE TABLE public.at_places (at geo_ext.geometry);
CREATE TABLE public.at_cells (at hex_ext.h3index);
CREATE TABLE public.in_topology (at topology.topogeometry);
CREATE TABLE public.of_later (at hstore_ext.later);
CREATE INDEX places_at ON public.at_places USING gist (at);
`,
  );
  await target.execute('DROP SCHEMA hstore_ext CASCADE');
  const reasons = skipped.filter((line) => /CREATE (TABLE|INDEX)/.test(line));
  expect(reasons).toEqual([
    expect.stringMatching(/at_places: it needs type geo_ext.geometry, of an extension .*\(postgis\)$/),
    expect.stringMatching(/at_cells: it needs type hex_ext.h3index, of an extension that is not available$/),
    expect.stringMatching(/in_topology: it needs schema topology, of an extension [^(]*$/),
    expect.stringMatching(/of_later: it needs type hstore_ext.later, which the extension hstore may have/),
    expect.stringMatching(
      /places_at .*: it needs relation public.at_places, which was left out: .*\(postgis\)$/,
    ),
  ]);
});

it('says of no index that it lacks an operator class because another type has lost its own', async () => {
  const { skipped, failed } = await apply(`
CREATE SCHEMA cls;
CREATE TYPE cls.other AS ENUM ('a');
CREATE FUNCTION cls.lost(integer, integer) RETURNS integer LANGUAGE c AS '/usr/lib/postgresql/15/lib/regress', 'x';
CREATE OPERATOR CLASS cls.lost_ops DEFAULT FOR TYPE cls.other USING hash AS FUNCTION 1 cls.lost(integer, integer);
CREATE TABLE cls.points (at point);
CREATE INDEX points_at ON cls.points USING hash (at);
`);
  expect(skipped).toHaveLength(2);
  expect(failed).toEqual([
    expect.stringContaining('index points_at on cls.points: 42704 data type point has no'),
  ]);
});

it('without a missing extension whatever is not there is a failure', async () => {
  const { skipped, failed } = await apply('CREATE TABLE public.homeless (at public.geometry);');
  expect([skipped, failed]).toEqual([
    [],
    [expect.stringContaining('42704 type "public.geometry" does not exist')],
  ]);
});

describe('an extension of another version', () => {
  const script = `
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pg_stat_statements WITH SCHEMA ext;
CREATE TABLE public.kept_all (h ext.hstore);
CREATE VIEW public.of_later AS SELECT ext.hstore_of_later(h) AS x FROM public.kept_all;
CREATE VIEW public.over_later AS SELECT x FROM public.of_later;
CREATE VIEW public.slowest AS SELECT s.time_of_later FROM ext.pg_stat_statements s;
CREATE VIEW public.misspelt AS SELECT public.hstore_of_later(h) AS x FROM public.kept_all;
CREATE VIEW public.no_column AS SELECT nothing FROM public.kept_all;
`;
  const extensions = [
    { name: 'hstore', version: '99.1', schema: 'ext' },
    { name: 'pg_stat_statements', version: '99.2', schema: 'ext' },
  ];
  const reset = 'DROP SCHEMA ext CASCADE; DROP TABLE public.kept_all';

  it('excuses what only the version of the source has, and what depends on that, and nothing else', async () => {
    const { applied, skipped, failed } = await applyWith({ extensions }, script);
    for (const statement of reset.split(';')) await target.execute(statement);
    expect(applied).toBe(4);
    expect(skipped).toEqual([
      // Two extensions live in that schema: it can be of either.
      'CREATE VIEW view public.of_later: it needs routine ext.hstore_of_later, of an extension that has another version here',
      expect.stringMatching(
        /^CREATE VIEW view public.over_later: it needs relation public.of_later, which was left out/,
      ),
      expect.stringMatching(
        /^CREATE VIEW view public.slowest: it needs a column of ext.pg_stat_statements, .*99.2/,
      ),
    ]);
    expect(failed.map((line) => line.split(':')[0])).toEqual([
      'CREATE VIEW view public.misspelt',
      'CREATE VIEW view public.no_column',
    ]);
  });

  it('of the same version excuses nothing', async () => {
    const { rows } = await target.execute(
      'SELECT name, default_version AS version FROM pg_catalog.pg_available_extensions',
    );
    const same = extensions.map((one) => ({
      ...one,
      version: rows.find(({ name }) => name === one.name)?.version ?? '',
    }));
    const { skipped, failed } = await applyWith({ extensions: same }, script);
    for (const statement of reset.split(';')) await target.execute(statement);
    expect(skipped).toEqual([]);
    expect(failed).toHaveLength(5);
  });
});

it('forgets tablespaces and access methods, not the tables in them', async () => {
  const { skipped, failed } = await apply(`
SET default_tablespace = fast;

SET default_table_access_method = columnar;

--
-- Name: far; Type: TABLE; Schema: public; Owner: postgres; Tablespace: fast
--

CREATE TABLE public.far (id int);
`);
  expect(failed).toEqual([]);
  expect(skipped).toHaveLength(2);
  expect(await value(`SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'far'`)).toBe('1');
});

it('reads names from the statement: a comment, a body or a name that imitates a header changes nothing', async () => {
  const { applied, skipped, failed } = await apply(`
CREATE TABLE public."evil
--
-- Name: x; Type: TABLE; Schema: public; Owner: postgres
--

DROP TABLE public.kept;
" (id int);
CREATE TABLE public.kept (id int);
COMMENT ON TABLE public.kept IS '
--
-- Name: kept; Type: TABLE; Schema: public; Owner: postgres
--

DROP TABLE public.kept;
';
CREATE FUNCTION public.imitates() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
`);
  expect([applied, skipped, failed]).toEqual([4, [], []]);
  expect(await value(`SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'kept'`)).toBe('1');
});

it('names the object at which the target died', async () => {
  const mortal = await openEmbeddedTarget({ directory: parent });
  try {
    const script = `CREATE TABLE public.t (a text);
INSERT INTO public.t VALUES ('ä');
CREATE INDEX deadly ON public.t ((public.endless(a)));`;
    await mortal.execute(
      `CREATE FUNCTION public.endless(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN LOOP END LOOP; END'`,
    );
    const context = await openSchemaContext(mortal, { scripts: [script], defaultOrderIsExact: true });
    await expect(applyScript(mortal, script, context, { deadlineMs: 300 })).rejects.toMatchObject({
      code: 'embedded-target-overdue',
      message: expect.stringContaining('index deadly on public.t'),
    });
  } finally {
    await mortal.close();
  }
});

async function* one(text: string) {
  yield Buffer.from(text);
}

it('leaves out grants to a role that was gone at the source, as earlier versions archived them', async () => {
  await target.execute('CREATE ROLE "654321"');
  const { skipped, failed } = await applyWith(
    { roles: ['postgres', '654321'] },
    `
CREATE TABLE public.of_gone (id int);
GRANT SELECT ON TABLE public.of_gone TO "16393";
SET SESSION AUTHORIZATION "16393";
GRANT SELECT ON TABLE public.of_gone TO reader;
RESET SESSION AUTHORIZATION;
GRANT SELECT ON TABLE public.of_gone TO "654321";
`,
  );
  expect(failed).toEqual([]);
  expect(skipped).toEqual([
    'GRANT TABLE table public.of_gone: the role with the OID 16393 is gone at the source',
    'SET setting session_authorization: the role with the OID 16393 is gone at the source',
  ]);
  expect(await value(`SELECT relacl FROM pg_catalog.pg_class WHERE relname = 'of_gone'`)).toMatch(
    /reader=r\/postgres.*654321/,
  );
});
