import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLargeObjectMetadata } from '../../../lib/engine/catalog/large-object-metadata.ts';
import {
  createLargeObjectStaging,
  PIECE_BYTES,
  planLargeObjects,
  putLargeObjects,
  selectLargeObjects,
} from '../../../lib/engine/catalog/large-objects.ts';
import type { QueryRows } from '../../../lib/engine/connection/query-rows.ts';
import type { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { splitStatements } from '../../../lib/engine/sql-script/statements.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { openSession, type TestSession } from './sessions.ts';

const EVERYTHING = { from: 0, to: null };
const PIECES = (select: string) =>
  `SELECT loid::text AS loid, byte_offset::int AS byte_offset, pg_catalog.length(data) AS length FROM (${select}) x ORDER BY 1, 2`;
const WHOLE = (select: string) => `
  SELECT loid, pg_catalog.md5(pg_catalog.string_agg(data, '' ORDER BY byte_offset)) AS md5 FROM (${select}) x GROUP BY 1 ORDER BY 1`;
const STATE = `
  SELECT m.oid::text AS oid, pg_catalog.pg_get_userbyid(m.lomowner) AS owner,
         (SELECT pg_catalog.array_agg(i::text ORDER BY i::text) FROM unnest(m.lomacl) i) AS acl,
         pg_catalog.obj_description(m.oid, 'pg_largeobject') AS comment
    FROM pg_catalog.pg_largeobject_metadata m ORDER BY m.oid`;

/** Of every size at which something begins or ends, and with holes. */
const OBJECTS = `
  CREATE ROLE alice; CREATE ROLE "Bob's"; CREATE ROLE reader;
  SELECT lo_from_bytea(4000000000, ''), lo_from_bytea(101, 'a'),
         lo_from_bytea(102, decode(repeat('ab', ${PIECE_BYTES - 1}), 'hex')),
         lo_from_bytea(103, decode(repeat('ab', ${PIECE_BYTES}), 'hex')),
         lo_from_bytea(104, decode(repeat('cd', ${PIECE_BYTES + 1}), 'hex')),
         lo_from_bytea(105, decode(repeat('ef', ${2 * PIECE_BYTES}), 'hex')),
         lo_create(106), lo_create(107);
  SELECT lo_put(106, 1000000, 'tail'), lo_put(107, 0, 'head'), lo_put(107, 600000, 'x');
  ALTER LARGE OBJECT 101 OWNER TO alice;
  ALTER LARGE OBJECT 102 OWNER TO "Bob's";
  GRANT SELECT ON LARGE OBJECT 101, 103 TO reader, PUBLIC;
  GRANT UPDATE ON LARGE OBJECT 101 TO reader WITH GRANT OPTION;
  REVOKE UPDATE ON LARGE OBJECT 104 FROM postgres;
  REVOKE ALL ON LARGE OBJECT 105 FROM postgres;
  COMMENT ON LARGE OBJECT 106 IS 'it''s
    sparse';`;

describe.each<ServerMajor>([14, 15, 17, 18])('large objects of PostgreSQL %i', (major) => {
  let server: PostgresServer;
  let session: TestSession;

  beforeAll(async () => {
    server = await startPostgres({ major, settings: { max_locks_per_transaction: '200' } });
    await server.run(OBJECTS);
    session = await openSession(server);
  });
  afterAll(() => server.stop());

  it('are read in pieces of 256 KiB, exact multiples and holes included, and nothing of an empty one', async () => {
    expect(await session.query(PIECES(selectLargeObjects(EVERYTHING)))).toEqual([
      { loid: '101', byte_offset: 0, length: 1 },
      { loid: '102', byte_offset: 0, length: PIECE_BYTES - 1 },
      { loid: '103', byte_offset: 0, length: PIECE_BYTES },
      { loid: '104', byte_offset: 0, length: PIECE_BYTES },
      { loid: '104', byte_offset: PIECE_BYTES, length: 1 },
      { loid: '105', byte_offset: 0, length: PIECE_BYTES },
      { loid: '105', byte_offset: PIECE_BYTES, length: PIECE_BYTES },
      { loid: '106', byte_offset: 0, length: PIECE_BYTES },
      { loid: '106', byte_offset: PIECE_BYTES, length: PIECE_BYTES },
      { loid: '106', byte_offset: 2 * PIECE_BYTES, length: PIECE_BYTES },
      { loid: '106', byte_offset: 3 * PIECE_BYTES, length: 1000004 - 3 * PIECE_BYTES },
      { loid: '107', byte_offset: 0, length: PIECE_BYTES },
      { loid: '107', byte_offset: PIECE_BYTES, length: PIECE_BYTES },
      { loid: '107', byte_offset: 2 * PIECE_BYTES, length: 600001 - 2 * PIECE_BYTES },
    ]);
  });

  it('are read whole: the pieces together are the object', async () => {
    const whole = await session.query(WHOLE(selectLargeObjects(EVERYTHING)));
    for (const { loid, md5 } of whole) {
      expect((await session.query(`SELECT md5(lo_get(${loid})) AS md5`))[0]?.md5).toBe(md5);
    }
    expect(whole).toHaveLength(7);
  });

  it('are read by a role that is no superuser, in a read-only snapshot', async () => {
    await server.run(`GRANT SELECT ON LARGE OBJECT 101, 102, 103, 104, 105, 106, 107, 4000000000 TO reader`);
    const { client, query } = await openSession(server, undefined, 'reader');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    expect((await planLargeObjects(query, 1_000_000)).count).toBe(8);
    expect(await query(WHOLE(selectLargeObjects(EVERYTHING)))).toHaveLength(7);
  });

  it('that the role may not read are counted and named', async () => {
    await server.run('CREATE ROLE stranger');
    const { client, query } = await openSession(server, undefined, 'stranger');
    await client.query('BEGIN');
    await expect(planLargeObjects(query, 1_000_000)).rejects.toMatchObject({
      code: 'large-objects-unreadable',
      what: expect.stringContaining('may not read 6 large objects, the first of them 102.'),
    });
    expect((await query('SELECT 1 AS alive'))[0]).toEqual({ alive: 1 });
  });

  it('stay readable when more are made, after the statements of the error have run', async () => {
    await server.run(`CREATE ROLE "O'Brien"; CREATE ROLE night`);
    const make = (oid: number) =>
      server.run(`SET SESSION AUTHORIZATION "O'Brien"; SELECT lo_from_bytea(${oid}, 'x')`);
    const plan = async () => {
      const { client, query } = await openSession(server, undefined, 'night');
      return planLargeObjects(query, 1_000_000).finally(() => client.end());
    };
    await server.run(`GRANT SELECT ON LARGE OBJECT 101, 102, 103, 104, 105, 106, 107, 4000000000 TO night`);
    await make(201);
    const { remedy = '' } = await plan().then(
      () => expect.unreachable(),
      (error) => error as LifeboatError,
    );
    const statements = [...remedy.matchAll(/`([^`]+)`/g)].map(([, sql = '']) => sql);
    // Before 18 the statements are a choice: the second is for those who have no superuser.
    for (const sql of major >= 18 ? statements : statements.slice(1, 2)) await server.run(sql);
    await make(202);
    expect((await plan()).count).toBe(10);
    await server.run('SELECT lo_unlink(201), lo_unlink(202)');
  });

  it('are readable by a role whose lo_compat_privileges are on', async () => {
    await server.run('CREATE ROLE trusting');
    const { client, query } = await openSession(server, undefined, 'trusting');
    await client.query('SET SESSION AUTHORIZATION DEFAULT');
    await client.query('SET lo_compat_privileges = on');
    await client.query('SET SESSION AUTHORIZATION trusting');
    expect((await planLargeObjects(query, 1_000_000)).count).toBe(8);
    await client.end();
  });

  it('do not pass through a temporary file of the server, however large', async () => {
    const { client, query } = session;
    await client.query('BEGIN');
    await client.query(`SET LOCAL work_mem = '64kB'`);
    await client.query(`SELECT lo_put(107, 20000000, 'x')`);
    await client.query(`SET LOCAL temp_file_limit = '1MB'`);
    const select = selectLargeObjects({ from: 107, to: 108 });
    const [row] = await query(
      `SELECT pg_catalog.sum(pg_catalog.length(data))::int AS bytes FROM (${select}) x`,
    );
    expect(row).toEqual({ bytes: 20_000_001 });
    await client.query('ROLLBACK');
  });

  it('are cut into ranges that cover each once', async () => {
    for (const chunkBytes of [1, 400_000, 100_000_000]) {
      const { count, ranges, sizeBytes } = await planLargeObjects(session.query, chunkBytes);
      expect(count).toBe(8);
      // As stored: a hole of 20 MB in one of them takes nothing.
      expect(sizeBytes).toBeGreaterThan(8192);
      expect(ranges[0]?.from).toBe(0);
      expect(ranges.at(-1)?.to).toBeNull();
      const pieces = [];
      for (const range of ranges) pieces.push(...(await session.query(PIECES(selectLargeObjects(range)))));
      expect(pieces).toEqual(await session.query(PIECES(selectLargeObjects(EVERYTHING))));
    }
    expect((await planLargeObjects(session.query, 1)).ranges).toHaveLength(8);
    expect((await planLargeObjects(session.query, 100_000_000)).ranges).toHaveLength(1);
  });

  it('come back with contents, owners, grants and comments', async () => {
    const { client, query } = session;
    const [before, contents] = [await query(STATE), await query(WHOLE(selectLargeObjects(EVERYTHING)))];
    await client.query('CREATE TABLE public.kept (loid oid, byte_offset bigint, data bytea)');
    await client.query(`INSERT INTO public.kept ${selectLargeObjects(EVERYTHING)}`);
    const metadata = (await Array.fromAsync(writeLargeObjectMetadata(query))).join('');
    await client.query('SELECT lo_unlink(oid) FROM pg_largeobject_metadata');

    for (const { text } of splitStatements(metadata)) await client.query(text);
    await client.query(createLargeObjectStaging('staged'));
    await client.query('INSERT INTO pg_temp.staged SELECT * FROM public.kept');
    expect(await query(putLargeObjects('pg_temp.staged'))).toEqual([{ pieces: '14' }]);

    expect(await query(STATE)).toEqual(before);
    expect(await query(WHOLE(selectLargeObjects(EVERYTHING)))).toEqual(contents);
  });
});

describe('thousands of large objects', () => {
  let server: PostgresServer;
  let embedded: PGlite;

  beforeAll(async () => {
    server = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '200' } });
    await server.run(`
      CREATE ROLE alice;
      SELECT lo_from_bytea(20000 + i, ('object ' || i)::bytea) FROM generate_series(1, 2500) i;
      DO $$ BEGIN FOR i IN 1..2500 BY 3 LOOP EXECUTE format('ALTER LARGE OBJECT %s OWNER TO alice', 20000 + i);
        EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO PUBLIC', 20000 + i); END LOOP; END $$`);
    embedded = await PGlite.create();
    await embedded.exec('CREATE ROLE alice');
  });
  afterAll(async () => {
    await embedded?.close();
    await server?.stop();
  });

  it('are described in batches, and come back in PGlite', async () => {
    const { query } = await openSession(server);
    const inProcess: QueryRows = async (sql) => (await embedded.query<Record<string, unknown>>(sql)).rows;
    const batches = await Array.fromAsync(writeLargeObjectMetadata(query));
    expect(batches).toHaveLength(3);
    for (const batch of batches) {
      for (const { text } of splitStatements(batch)) await embedded.query(text);
    }
    expect(await inProcess(STATE)).toEqual(await query(STATE));
  });
});
