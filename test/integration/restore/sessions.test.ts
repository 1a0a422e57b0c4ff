import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { RestoreSessions } from '../../../lib/engine/restore/target/restore-sessions.ts';
import { openServerTarget } from '../../../lib/engine/target/server/open-server-target.ts';
import { TargetStatementError } from '../../../lib/engine/target/target.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { oneValue } from './restore-world.ts';

let server: PostgresServer;
let sessions: RestoreSessions;
beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  await server.run('CREATE DATABASE target');
});
afterAll(() => server?.stop());
beforeEach(async () => {
  sessions = await RestoreSessions.open({
    settings: connectionSettings(server.url('target')),
    encoding: 'UTF8',
    signal: new AbortController().signal,
  });
  return () => sessions.close();
});

const OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'target'";

it('opens as many as are asked for, the first included', async () => {
  await sessions.openOthers(5);
  expect(new Set(sessions.all.map(({ backendPid }) => backendPid)).size).toBe(5);
  await sessions.openOthers(3);
  expect(sessions.all).toHaveLength(5);
});

it('closes those that were opened where others could not be', async () => {
  await server.run("CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 3");
  const url = server.url('target').replace(/\/\/postgres:[^@]*@/, '//few:few@');
  const stop = new AbortController();
  const limited = await RestoreSessions.open({
    settings: connectionSettings(url),
    encoding: 'UTF8',
    signal: stop.signal,
    // Too many connections is worth another try, after a wait.
    observer: { onRetry: () => stop.abort(new Error('refused')) },
  });
  await expect(limited.openOthers(6)).rejects.toThrow('refused');
  await limited.close();
  await expect.poll(() => oneValue(server, 'postgres', OPEN)).toBe('1');
});

it('answers several questions by their names', async () => {
  const answers = await sessions.main.askAll({
    one: 'SELECT 1 AS n, NULL AS nothing',
    none: 'SELECT FROM pg_catalog.pg_class WHERE false',
    two: "SELECT * FROM (VALUES (true, 'a'), (false, 'b')) AS v(set, name)",
  });
  expect(answers).toEqual({
    one: [{ n: '1', nothing: null }],
    none: [],
    two: [
      { set: 't', name: 'a' },
      { set: 'f', name: 'b' },
    ],
  });
  expect(await sessions.main.askAll({ alone: 'SELECT 2 AS n' })).toEqual({ alone: [{ n: '2' }] });
});

it('refuses all of them where one is refused, or is more than one statement', async () => {
  const refused = sessions.main.askAll({ fine: 'SELECT 1', bad: 'SELECT 1 FROM nowhere' });
  await expect(refused).rejects.toThrow(TargetStatementError);
  const several = sessions.main.askAll({ fine: 'SELECT 1', two: 'SELECT 2; SELECT 3' });
  await expect(several).rejects.toThrow('2 questions had 3 answers');
  expect(await sessions.main.askAll({ after: 'SELECT 1 AS n' })).toEqual({ after: [{ n: '1' }] });
});

it('waits for a statement that takes longer than any silence, and not for a line that is gone', async () => {
  const proxy = await startTcpProxy(server);
  try {
    const settings = connectionSettings(server.url('target').replace(`:${server.port}/`, `:${proxy.port}/`));
    const target = await openServerTarget(settings, { longestSilenceMs: 150 });
    const { rows } = await target.execute("SELECT 'done' AS said FROM pg_catalog.pg_sleep(1)");
    expect(rows).toEqual([{ said: 'done' }]);
    // The server never hears of it, and its session is idle.
    proxy.set({ fault: 'stall', afterBytes: 1, onlyThat: true });
    await expect(target.execute('SELECT 1')).rejects.toMatchObject({ code: 'target-not-answering' });
  } finally {
    await proxy.stop();
  }
});
