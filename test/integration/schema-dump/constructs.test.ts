import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Construct,
  FIRST_MAJOR,
  PUBLICATION_OPTIONS,
  SUBSCRIPTION_OPTIONS,
} from '../../../lib/engine/sql-script/majors/constructs.ts';
import { newerConstructs } from '../../../lib/engine/sql-script/majors/newer-constructs.ts';
import {
  npmBinaries,
  type PostgresServer,
  type ServerMajor,
  startPostgres,
} from '../../support/postgres-server.ts';

const WORLD = `
  CREATE TABLE parent (id int, d daterange, PRIMARY KEY (id));
  CREATE TABLE child (id int, d daterange, "NOT NULL" text) ;
  CREATE TABLE altered (id int, note text);
  CREATE TABLE temporal (id int4range, d daterange, PRIMARY KEY (id));
  CREATE SEQUENCE seq;
  CREATE PUBLICATION pub;
  CREATE PUBLICATION columns;
`;

/** As pg_dump writes it. */
const SAMPLES: Readonly<Record<Construct, string>> = {
  'NOT NULL as a table constraint':
    'CREATE TABLE kid (\n    own text,\n    NOT NULL id\n)\nINHERITS (parent);',
  'NOT NULL … NO INHERIT': 'CREATE TABLE noinh (\n    id integer NOT NULL NO INHERIT\n);',
  'a constraint NOT ENFORCED': 'ALTER TABLE child ADD CONSTRAINT ne CHECK ((id > 0)) NOT ENFORCED;',
  'a virtual generated column':
    'CREATE TABLE virt (\n    a integer,\n    b integer GENERATED ALWAYS AS ((a * 2))\n);',
  'WITHOUT OVERLAPS or PERIOD in a key':
    'ALTER TABLE ONLY temporal ADD CONSTRAINT t_unique UNIQUE (id, d WITHOUT OVERLAPS);',
  'default privileges ON LARGE OBJECTS': 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO PUBLIC;',
  'the privilege MAINTAIN': 'GRANT SELECT,MAINTAIN ON TABLE parent TO PUBLIC;',
  'a builtin collation': `CREATE COLLATION public.b (provider = builtin, locale = 'C.UTF-8');`,
  'RULES of a collation': `CREATE COLLATION public.r (provider = icu, locale = 'und', rules = '&a < b');`,
  'NULLS NOT DISTINCT': 'CREATE UNIQUE INDEX i ON public.child USING btree (id) NULLS NOT DISTINCT;',
  'SET NULL or SET DEFAULT of chosen columns':
    'ALTER TABLE ONLY child ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES parent(id) ON DELETE SET NULL (id);',
  'an unlogged sequence': 'CREATE UNLOGGED SEQUENCE public.u\n    START WITH 1;',
  'LOGGED of a sequence':
    'ALTER TABLE altered ALTER COLUMN id SET NOT NULL; ALTER TABLE altered ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (\n    SEQUENCE NAME public.idseq\n    LOGGED\n    START WITH 1\n);',
  'security_invoker of a view': `CREATE VIEW public.v WITH (security_invoker='true') AS\n SELECT 1 AS id;`,
  'a publication of schemas': 'ALTER PUBLICATION pub ADD TABLES IN SCHEMA public;',
  'a publication with columns or WHERE': 'ALTER PUBLICATION columns ADD TABLE ONLY public.parent (id);',
  'SET ACCESS METHOD of a table': 'ALTER TABLE altered SET ACCESS METHOD heap;',
  'SET COMPRESSION': 'ALTER TABLE ONLY altered ALTER COLUMN note SET COMPRESSION pglz;',
  MULTIRANGE_TYPE_NAME:
    'CREATE TYPE public.ra AS RANGE (\n    subtype = integer,\n    multirange_type_name = public.mra\n);',
  'a routine with an SQL body':
    'CREATE FUNCTION public.one() RETURNS integer\n    LANGUAGE sql\n    RETURN 1;',
  'statistics on expressions': 'CREATE STATISTICS public.st ON (id + 1), id FROM child;',
};

/** Of options, values that pg_dump writes. */
const VALUES: Readonly<Record<string, string>> = {
  streaming: 'off',
  origin: 'any',
  publish_generated_columns: 'stored',
};

const EVERY: ReadonlyArray<{ what: string; since: number; sql: string }> = [
  ...Object.entries(SAMPLES).map(([what, sql]) => ({ what, since: FIRST_MAJOR[what as Construct], sql })),
  ...Object.entries(SUBSCRIPTION_OPTIONS).map(([option, since]) => ({
    what: `the subscription option ${option}`,
    since,
    sql: `CREATE SUBSCRIPTION s_${option} CONNECTION 'host=nowhere.example' PUBLICATION p WITH (connect = false, slot_name = 's', ${option} = ${VALUES[option] ?? 'false'});`,
  })),
  ...Object.entries(PUBLICATION_OPTIONS).map(([option, since]) => ({
    what: `the publication option ${option}`,
    since,
    sql: `CREATE PUBLICATION p_${option} WITH (publish = 'insert', ${option} = ${VALUES[option] ?? 'true'});`,
  })),
];

describe.each<ServerMajor>([13, 14, 15, 16, 17, 18])('the words of pg_dump on PostgreSQL %i', (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    if (npmBinaries(major) === undefined) return;
    server = await startPostgres({ major });
    await server.run(WORLD);
  });
  afterAll(async () => {
    await server?.stop();
  });

  it.skipIf(npmBinaries(major) === undefined)('are read from the major on that the table says', async () => {
    const read: Record<string, boolean> = {};
    const refusals: string[] = [];
    for (const { what, sql } of EVERY) {
      read[what] = await server.run(sql).then(
        () => true,
        (error: Error) => {
          refusals.push(`${what}: ${error.message}`);
          return false;
        },
      );
    }
    const expected = Object.fromEntries(EVERY.map(({ what, since }) => [what, major >= since]));
    expect(read, refusals.join('\n')).toEqual(expected);
  });

  it('are found where this server cannot read them, without it', () => {
    const found = EVERY.map(({ what, sql }) => [what, newerConstructs(sql, major).map((one) => one.what)]);
    const expected = EVERY.map(({ what, since }) => [what, since > major ? [what] : []]);
    expect(found).toEqual(expected);
  });
});
