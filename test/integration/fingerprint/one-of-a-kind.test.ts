import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTHING_OMITTED } from '../../../lib/engine/catalog/omissions.ts';
import type { QueryRows } from '../../../lib/engine/connection/query-rows.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { allReadings } from '../../../lib/engine/fingerprint/readings/all.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { openSession } from './every-kind.ts';

/** What makes one object of a kind in a database that has nothing, with no more beside it than it needs. */
const ONE: Readonly<Record<string, string>> = {
  'access method': 'CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler',
  aggregate: 'CREATE AGGREGATE public.add_up(integer) (SFUNC = int4pl, STYPE = integer)',
  attribute: 'CREATE TYPE public.pair AS (a integer)',
  cast: 'CREATE CAST (integer AS point) WITH INOUT',
  collation: `CREATE COLLATION public.bytewise (provider = libc, locale = 'C')`,
  constraint: 'CREATE TABLE public.t (a integer CHECK (a > 0))',
  conversion: `CREATE CONVERSION public.latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1`,
  'default privileges': 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
  domain: 'CREATE DOMAIN public.cents AS integer',
  'domain constraint': 'CREATE DOMAIN public.cents AS integer CHECK (VALUE >= 0)',
  'event trigger': `CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER watch ON sql_drop EXECUTE FUNCTION public.f()`,
  extension: 'CREATE EXTENSION citext SCHEMA public',
  'foreign data wrapper': 'CREATE FOREIGN DATA WRAPPER w',
  'foreign key': 'CREATE TABLE public.t (a integer PRIMARY KEY, b integer REFERENCES public.t)',
  function: `CREATE FUNCTION public.one() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
  language: 'CREATE LANGUAGE plpgsql_too HANDLER plpgsql_call_handler',
  'large objects': 'SELECT lo_create(77)',
  operator: 'CREATE OPERATOR public.<+> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl)',
  'operator class': `CREATE OPERATOR CLASS public.ints FOR TYPE integer USING hash FAMILY integer_ops AS STORAGE integer`,
  'operator family': 'CREATE OPERATOR FAMILY public.ints USING btree',
  policy: 'CREATE TABLE public.t (); CREATE POLICY p ON public.t',
  publication: 'CREATE PUBLICATION everything',
  'publication schema': 'CREATE PUBLICATION parcels FOR TABLES IN SCHEMA public',
  'publication table': 'CREATE TABLE public.t (a integer); CREATE PUBLICATION parcels FOR TABLE public.t',
  rule: 'CREATE TABLE public.t (a integer); CREATE RULE r AS ON DELETE TO public.t DO INSTEAD NOTHING',
  sequence: 'CREATE SEQUENCE public.s',
  server: 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w',
  statistics:
    'CREATE TABLE public.t (a integer, b integer); CREATE STATISTICS public.both ON a, b FROM public.t',
  subscription: `CREATE SUBSCRIPTION deliveries CONNECTION 'host=db.example.org' PUBLICATION p WITH (connect = false)`,
  'text search configuration': 'CREATE TEXT SEARCH CONFIGURATION public.plain (PARSER = default)',
  'text search dictionary': 'CREATE TEXT SEARCH DICTIONARY public.plain (TEMPLATE = simple)',
  'text search parser': `CREATE TEXT SEARCH PARSER public.p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    LEXTYPES = prsd_lextype)`,
  'text search template': 'CREATE TEXT SEARCH TEMPLATE public.t (LEXIZE = dsimple_lexize)',
  transform: `CREATE FUNCTION public.f(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'int4recv';
    CREATE TRANSFORM FOR integer LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal))`,
  trigger: `CREATE TABLE public.t (a integer);
    CREATE TRIGGER t BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
  type: `CREATE TYPE public.mood AS ENUM ('sad')`,
  'user mapping': `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE USER MAPPING FOR PUBLIC SERVER s`,
  // What initdb made, in a schema that is the user's.
  'collation of the server': 'ALTER COLLATION pg_catalog."ucs_basic" SET SCHEMA public',
  'conversion of the server': 'ALTER CONVERSION pg_catalog.utf8_to_iso_8859_1 SET SCHEMA public',
};

/** Where the kind is not the name. */
const KIND: Readonly<Record<string, string>> = {
  'foreign key': 'constraint',
  'collation of the server': 'collation',
  'conversion of the server': 'conversion',
};
const SINCE: Readonly<Record<string, number>> = { 'publication schema': 15 };

/** Schemas, relations, columns, indexes and the constraints that have one; and roles, which ask for those that are named. */
const READ_ALWAYS = 5;

describe.each<ServerMajor>([14, 18])('a database of PostgreSQL %i that has one object', (major) => {
  const readings = allReadings(major, [], NOTHING_OMITTED);
  const conditional = readings.filter((reading) => reading.onlyIf !== undefined);
  const askedOnce = new Set<string>();
  let server: PostgresServer;
  let client: pg.Client;
  let query: QueryRows;
  let asked: string[] = [];

  beforeAll(async () => {
    server = await startPostgres({ major });
    await server.run('CREATE DATABASE empty TEMPLATE template0');
    const session = await openSession(server, 'empty');
    client = session.client;
    query = async (sql) => {
      asked.push(sql);
      return await session.query(sql);
    };
  });
  afterAll(() => server.stop());

  const readingsAsked = () =>
    readings.filter(({ kind, from, where = '' }) =>
      asked.some((sql) =>
        [`json_build_array(${kind},`, `FROM ${from}`, where].every((part) => sql.includes(part)),
      ),
    );

  it('is asked for nothing beyond that', async () => {
    asked = [];
    const { entries } = await readFingerprint(query);
    expect([...new Set(entries.map(({ kind }) => kind))]).toEqual(['role', 'schema']);
    expect(readingsAsked()).toHaveLength(READ_ALWAYS);
    expect(readingsAsked().filter((reading) => conditional.includes(reading))).toEqual([]);
  });

  const ones = Object.entries(ONE).filter(([name]) => (SINCE[name] ?? 0) <= major);
  it.each(ones)('has it in its fingerprint: %s', async (name, sql) => {
    asked = [];
    await client.query(
      'BEGIN; SET LOCAL allow_system_table_mods = on; SET LOCAL client_min_messages = error',
    );
    try {
      await client.query(sql);
      const { entries } = await readFingerprint(query);
      expect(entries.map(({ kind }) => kind)).toContain(KIND[name] ?? name);
      for (const reading of readingsAsked()) askedOnce.add(reading.onlyIf ?? '');
    } finally {
      await client.query('ROLLBACK');
    }
  });

  it('was of each kind that is not read always', () => {
    expect(conditional.map(({ onlyIf }) => onlyIf).filter((look) => !askedOnce.has(look ?? ''))).toEqual([]);
  });
});
