import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSequences, writeSequencesSql } from '../../../lib/engine/catalog/sequences.ts';
import { splitStatements } from '../../../lib/engine/sql-script/statements.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { openSession, type TestSession } from './sessions.ts';

const EVIL = `x"y'z\\ % $1`;

describe.each<ServerMajor>([14, 18])('sequences of PostgreSQL %i', (major) => {
  let server: PostgresServer;
  let session: TestSession;

  beforeAll(async () => {
    server = await startPostgres({ major });
    await server.run(`
      CREATE SCHEMA "${EVIL.replaceAll('"', '""')}";
      CREATE SEQUENCE "${EVIL.replaceAll('"', '""')}"."${EVIL.replaceAll('"', '""')}";
      CREATE SEQUENCE down INCREMENT -1 MINVALUE -9223372036854775808 START -9223372036854775807;
      CREATE SEQUENCE up MAXVALUE 9223372036854775807 START 9223372036854775807;
      CREATE TABLE with_serial (id bigserial, other int GENERATED ALWAYS AS IDENTITY);
      INSERT INTO with_serial DEFAULT VALUES;
      INSERT INTO with_serial DEFAULT VALUES;
      DO $$ BEGIN FOR i IN 1..250 LOOP
        EXECUTE 'CREATE SEQUENCE many_' || i; PERFORM setval('many_' || i, i * 10, i % 2 = 0);
      END LOOP; END $$;
      SELECT nextval('up'), nextval('down');`);
    session = await openSession(server);
  });
  afterAll(() => server.stop());

  it('are read with their values, however many there are', async () => {
    const values = await readSequences(session.query);
    expect(values).toHaveLength(255);
    expect(values).toEqual(
      expect.arrayContaining([
        { schema: EVIL, name: EVIL, lastValue: '1', isCalled: false },
        { schema: 'public', name: 'down', lastValue: '-9223372036854775807', isCalled: true },
        { schema: 'public', name: 'up', lastValue: '9223372036854775807', isCalled: true },
        { schema: 'public', name: 'with_serial_id_seq', lastValue: '2', isCalled: true },
        { schema: 'public', name: 'with_serial_other_seq', lastValue: '2', isCalled: true },
        { schema: 'public', name: 'many_7', lastValue: '70', isCalled: false },
        { schema: 'public', name: 'many_250', lastValue: '2500', isCalled: true },
      ]),
    );
  });

  it('get their values back', async () => {
    const { client, query } = session;
    const values = await readSequences(query);
    await client.query(`DO $$ DECLARE s regclass; BEGIN
      FOR s IN SELECT oid FROM pg_class WHERE relkind = 'S' LOOP EXECUTE 'ALTER SEQUENCE ' || s || ' RESTART'; END LOOP; END $$`);
    expect(await readSequences(query)).not.toEqual(values);
    for (const { text } of splitStatements(writeSequencesSql(values))) await client.query(text);
    expect(await readSequences(query)).toEqual(values);
  });

  it('that the role may not read are named, and the transaction goes on', async () => {
    await server.run(
      'CREATE ROLE reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO reader; REVOKE SELECT ON up FROM reader',
    );
    const { client, query } = await openSession(server, undefined, 'reader');
    await client.query('BEGIN');
    await expect(readSequences(query)).rejects.toMatchObject({
      code: 'sequences-unreadable',
      what: `The role may not read the sequences public.up, ${EVIL}.${EVIL}.`,
    });
    expect((await query('SELECT 1 AS alive'))[0]).toEqual({ alive: 1 });
  });
});
