import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect, type Session } from '../../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { NewestState } from '../../../lib/engine/snapshot/newest-state.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

let server: PostgresServer;
let exporting: Session;
let newest: NewestState;

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  await server.run('CREATE TABLE seen (n int)');
});
afterAll(() => server?.stop());
beforeEach(async () => {
  const settings = connectionSettings(server.url());
  exporting = await connect(settings);
  await exporting.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await exporting.client.query('SELECT pg_catalog.pg_export_snapshot() AS id');
  newest = new NewestState(settings, rows[0].id, {});
});
afterEach(async () => {
  await newest.end();
  await exporting.end();
});

const STATE = `SELECT name, setting FROM pg_catalog.pg_settings ORDER BY name`;
const rowsSeen = async (client: Session['client']) =>
  (await client.query('SELECT count(*)::int AS n FROM public.seen')).rows[0].n as number;

it('works inside the snapshot first, and then shows what is committed, in a session as it was', async () => {
  await server.run('DELETE FROM seen');
  const other = new NewestState(connectionSettings(server.url()), await exportedNow(), {});
  const untouched = await other.query(STATE);
  await other.end();
  await server.run('INSERT INTO seen VALUES (1), (2)');
  let over = false;
  const worked = newest.inSnapshot(async ({ client }) => {
    const inside = await rowsSeen(client);
    await client.query(
      `SET DateStyle = 'German'; SET search_path = public; SET lock_timeout = 500; SET extra_float_digits = 0;
       SET restrict_nonsystem_relation_kind = 'view'; PREPARE p AS SELECT 1; LOCK TABLE seen IN ACCESS SHARE MODE`,
    );
    over = true;
    return inside;
  });
  const [row] = await newest.query('SELECT count(*)::int AS n FROM public.seen');
  expect(over).toBe(true);
  // The snapshot is that of beforeEach, when the rows of earlier tests were there.
  expect(await worked).not.toBe(2);
  expect(row?.n).toBe(2);
  expect(await newest.query(STATE)).toEqual(untouched);
  expect(await newest.query('SELECT name FROM pg_catalog.pg_prepared_statements')).toEqual([]);
  const { client } = await newest.session();
  const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  expect((await exporting.client.query(`SELECT * FROM pg_locks WHERE pid = ${pid}`)).rows).toEqual([]);
});

it('leaves the snapshot when the work fails, also by an error of the server', async () => {
  const failed = newest.inSnapshot(({ client }) => client.query('SELECT 1/0'));
  await expect(failed).rejects.toMatchObject({ code: 'source-query-failed' });
  await server.run('DELETE FROM seen; INSERT INTO seen VALUES (1)');
  expect(await newest.query('SELECT count(*)::int AS n FROM public.seen')).toEqual([{ n: 1 }]);
});

it('connects again when the connection is lost inside', async () => {
  const failed = newest.inSnapshot(async ({ client }) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await server.run(`SELECT pg_terminate_backend(${rows[0].pid})`);
    await client.query('SELECT 1');
  });
  await expect(failed).rejects.toMatchObject({ kind: 'source' });
  expect(await newest.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('ends in the middle of the work, and leaves no session', async () => {
  const begun = Promise.withResolvers<number>();
  const working = newest.inSnapshot(async ({ client }) => {
    begun.resolve((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
    await client.query('SELECT pg_sleep(60)');
  });
  working.catch(() => {});
  const pid = await begun.promise;
  await newest.end();
  await expect(working).rejects.toMatchObject({ kind: 'source' });
  await exporting.client.query('SELECT pg_terminate_backend($1)', [pid]);
  const sessions =
    "SELECT FROM pg_stat_activity WHERE application_name = 'lifeboat' AND pid <> pg_backend_pid()";
  await expect.poll(async () => (await exporting.client.query(sessions)).rowCount).toBe(0);
});

async function exportedNow(): Promise<string> {
  return (await exporting.client.query('SELECT pg_catalog.pg_export_snapshot() AS id')).rows[0].id;
}
