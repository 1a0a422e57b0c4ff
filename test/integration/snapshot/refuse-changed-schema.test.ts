import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOTHING_OMITTED } from '../../../lib/engine/catalog/omissions.ts';
import { connect, type Session } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import { openCoordinator } from '../../../lib/engine/snapshot/coordinator.ts';
import {
  refuseChangedSchema,
  SchemaChangedError,
} from '../../../lib/engine/snapshot/refuse-changed-schema.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  await server.run(`
    CREATE TABLE kept (id int);
    CREATE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
});
afterAll(() => server?.stop());

/** Looks, lets `change` happen, looks again; answers how many statements the second look took. */
async function lookTwice(change: () => Promise<unknown>): Promise<number> {
  const session = await connect(connectionSettings(server.url()));
  const second = await connect(connectionSettings(server.url()));
  try {
    const coordinator = await openCoordinator(session, { signal: new AbortController().signal });
    const { snapshot, standby } = coordinator;
    const fingerprint = await readFingerprint(coordinator.query);
    await change();
    const asked = countStatements(second);
    await refuseChangedSchema({ fingerprint, snapshot, standby }, second, NOTHING_OMITTED);
    await coordinator.release();
    return asked();
  } finally {
    await session.end();
    await second.end();
  }
}

/** By what the session sends: a statement of pg_stat_statements could be anybody's. */
function countStatements({ client }: Session): () => number {
  const { query } = client;
  let statements = 0;
  client.query = ((...args: unknown[]) => {
    statements += 1;
    return Reflect.apply(query, client, args);
  }) as typeof query;
  return () => statements;
}

it('asks a server that is at rest one question', async () => {
  expect(await lookTwice(async () => {})).toBe(1);
  expect(await lookTwice(() => server.run('SELECT price()'))).toBe(1);
});

it('looks again when somebody wrote, and accepts rows', async () => {
  expect(await lookTwice(() => server.run('INSERT INTO kept VALUES (1)'))).toBeGreaterThan(3);
});

it('looks again though the one who changed the schema had begun before, and another one has not ended', async () => {
  const [changing, waiting] = [await server.connect(), await server.connect()];
  try {
    for (const client of [waiting, changing]) await client.query('BEGIN; SELECT pg_current_xact_id()');
    await changing.query("CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 2'");
    await expect(lookTwice(() => changing.query('COMMIT'))).rejects.toThrow(SchemaChangedError);
    // What is not committed is not there.
    await changing.query("BEGIN; CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 3'");
    expect(await lookTwice(async () => {})).toBe(1);
  } finally {
    await waiting.end();
    await changing.end();
  }
});

it('refuses a function that was replaced meanwhile', async () => {
  await expect(
    lookTwice(() => server.run("CREATE OR REPLACE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 4'")),
  ).rejects.toMatchObject({ code: 'source-schema-changed' });
});
