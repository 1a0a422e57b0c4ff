import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExtensions } from '../../../lib/engine/catalog/extensions.ts';
import { NOTHING_OMITTED } from '../../../lib/engine/catalog/omissions.ts';
import { readLeftOut } from '../../../lib/engine/catalog/read-left-out.ts';
import { readSequences } from '../../../lib/engine/catalog/sequences.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { openSession, type TestSession } from './sessions.ts';

describe.each<ServerMajor>([14, 18])('on PostgreSQL %i', (major) => {
  let server: PostgresServer;
  let session: TestSession;

  beforeAll(async () => {
    server = await startPostgres({
      major,
      settings: {
        wal_level: 'logical',
        max_prepared_transactions: '2',
        // A tablespace inside the data directory, so that no other is needed; a setting of 15 and later.
        ...(major >= 15 ? { allow_in_place_tablespaces: 'on' } : {}),
      },
    });
    session = await openSession(server);
    // An extension of one's own would need a file on the server: what CREATE EXTENSION leaves in the catalog is what counts.
    await session.client.query(`
      SET search_path = public;
      CREATE EXTENSION hstore;
      CREATE TABLE config (key text, user_made boolean); CREATE TABLE cache (a int); CREATE SEQUENCE config_ids;
      INSERT INTO config VALUES ('a', true); INSERT INTO cache VALUES (1);
      ALTER EXTENSION hstore ADD TABLE config; ALTER EXTENSION hstore ADD TABLE cache; ALTER EXTENSION hstore ADD SEQUENCE config_ids;
      UPDATE pg_extension SET extconfig = ARRAY['config'::regclass::oid, 'config_ids'::regclass::oid],
             extcondition = ARRAY['WHERE user_made', ''] WHERE extname = 'hstore';
      CREATE SEQUENCE of_config; CREATE SEQUENCE of_nothing; CREATE SEQUENCE unused; CREATE SEQUENCE of_cache; CREATE SEQUENCE own;
      ALTER SEQUENCE of_config OWNED BY config.key; ALTER SEQUENCE of_cache OWNED BY cache.a;
      ALTER EXTENSION hstore ADD SEQUENCE of_config; ALTER EXTENSION hstore ADD SEQUENCE of_nothing;
      ALTER EXTENSION hstore ADD SEQUENCE unused; ALTER EXTENSION hstore ADD SEQUENCE of_cache;
      SELECT nextval('of_config'), nextval('of_nothing'), nextval('of_cache'), nextval('own');
      SET search_path = '';`);
  });
  afterAll(() => server.stop());

  it('extensions are read with their configuration tables and conditions', async () => {
    const extensions = await readExtensions(session.query);
    expect(extensions.map(({ name, schema }) => `${schema}.${name}`)).toEqual([
      'public.hstore',
      'pg_catalog.plpgsql',
    ]);
    expect(extensions[0]?.version).toMatch(/^1\.\d+$/);
    expect(extensions[0]?.configurationTables).toEqual([
      { oid: expect.any(Number), schema: 'public', name: 'config', kind: 'r', condition: 'WHERE user_made' },
      { oid: expect.any(Number), schema: 'public', name: 'config_ids', kind: 'S', condition: '' },
    ]);
  });

  it('a sequence that an extension marks as configuration is read', async () => {
    expect(await readSequences(session.query)).toEqual([
      { schema: 'public', name: 'config_ids', lastValue: '1', isCalled: false },
      { schema: 'public', name: 'own', lastValue: '1', isCalled: true },
    ]);
  });

  it('everything that a dump leaves out is named, with the reason', async () => {
    const { client, query } = session;
    const before = await readLeftOut(query);
    expect(before).toEqual([
      {
        name: 'public.cache',
        what: "rows of an extension's table",
        reason:
          'the extension does not mark it as configuration, so CREATE EXTENSION must create the rows again',
      },
      ...['public.of_config', 'public.of_nothing'].map((name) => ({
        name,
        what: "value of an extension's sequence",
        reason: expect.stringContaining('it starts from its beginning after a restore'),
      })),
    ]);
    await client.query(`SET search_path = public; SET allow_system_table_mods = on`);
    for (const statement of [
      'CREATE FOREIGN DATA WRAPPER w',
      'CREATE SERVER s FOREIGN DATA WRAPPER w',
      'CREATE FOREIGN TABLE far (a int) SERVER s',
      'CREATE TABLE t (a int)',
      'CREATE INDEX broken ON t (a)',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass`,
      'CREATE TABLE pg_catalog.misplaced (a int)',
      `CREATE SUBSCRIPTION "Sub" CONNECTION 'host=x' PUBLICATION p WITH (connect = false)`,
      `SELECT pg_create_logical_replication_slot('slot', 'pgoutput')`,
      `SELECT pg_create_physical_replication_slot('of_the_server')`,
      'BEGIN',
      'INSERT INTO t VALUES (1)',
      `PREPARE TRANSACTION 'pending'`,
      ...(major >= 15 ? ['CREATE ROLE r', 'GRANT SET ON PARAMETER log_statement TO r'] : []),
      ...(major >= 15
        ? [`CREATE TABLESPACE "Fast" LOCATION ''`, 'CREATE TABLE quick (a int) TABLESPACE "Fast"']
        : []),
    ]) {
      await client.query(statement);
    }
    await client.query(`SET search_path = ''`);
    const named = (await readLeftOut(query)).map(({ what, name }) => `${what}: ${name}`);
    expect(named).toEqual([
      'rows of a foreign table: public.far',
      "rows of an extension's table: public.cache",
      "value of an extension's sequence: public.of_config",
      "value of an extension's sequence: public.of_nothing",
      'invalid index: public.broken',
      'relation in a schema of the server: pg_catalog.misplaced',
      ...(major >= 15 ? ['tablespace: "Fast"'] : []),
      'state of a subscription: "Sub"',
      'replication slot: slot',
      "prepared transaction: 'pending'",
      ...(major >= 15 ? ['privileges on a parameter: log_statement'] : []),
    ]);
    // What is left out by wish, or is the host's, is named already.
    const omitted = await client.query<{ oid: number }>(
      `SELECT oid FROM pg_class WHERE relname IN ('far', 'cache', 'of_config', 'of_nothing', 'broken', 'misplaced', 'quick')`,
    );
    const rows = new Map([['pg_class', new Set(omitted.rows.map(({ oid }) => oid))]]);
    expect((await readLeftOut(query, { ...NOTHING_OMITTED, rows })).map(({ what }) => what)).toEqual([
      ...['state of a subscription', 'replication slot', 'prepared transaction'],
      ...(major >= 15 ? ['privileges on a parameter'] : []),
    ]);
    await client.query(`ROLLBACK PREPARED 'pending'`);
  });
});
