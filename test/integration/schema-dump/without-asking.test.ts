import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relationsToLock } from '../../../lib/engine/catalog/tables.ts';
import { queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { foreseenQueries } from '../../../lib/engine/schema-dump/foreseen-answers.ts';
import { isOfSnapshot } from '../../../lib/engine/schema-dump/of-snapshot.ts';
import { type PgDumpRun, runPgDump } from '../../../lib/engine/schema-dump/run-pg-dump.ts';
import { reportedParameters } from '../../../lib/engine/schema-dump/session-state.ts';
import { recordForeseen, recordQueries } from '../../support/foreseen-queries.ts';
import { type PostgresServer, type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { inSnapshot } from './dump-with.ts';
import { richSchema } from './rich-schema.ts';

const MAJORS: readonly ServerMajor[] = [15, 18];

describe.each(MAJORS)('on PostgreSQL %i', (major) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ major, settings: { wal_level: 'logical' } });
    await server.run(richSchema(major));
    await server.run(
      `CREATE TABLE public.counted (id int GENERATED ALWAYS AS IDENTITY, "N" serial);
       CREATE SEQUENCE public."Odd ""one"""; SELECT nextval('public."Odd ""one"""'), nextval('public."Odd ""one"""')`,
    );
  });
  afterAll(() => server?.stop());

  test('what is not asked changes no byte of the dump', async () => {
    const asking = await dump(server, {});
    const locked = await inSnapshot(server, undefined, (client) => relationsToLock(queryRows(client)));
    const foreseen = foreseenQueries(major);
    const knowing = await dump(server, { locked, foreseen, writesNoData: true });
    expect(knowing.file.equals(asking.file)).toBe(true);
    expect(knowing.file.length).toBeGreaterThan(10_000);

    const ofSequences = /^SELECT last_value/;
    const count = (asked: readonly string[], what: RegExp) => asked.filter((one) => what.test(one)).length;
    expect(count(asking.asked, /^LOCK TABLE/)).toBe(1);
    expect(count(asking.asked, ofSequences)).toBe(major < 18 ? asking.sequences : 0);
    expect(count(knowing.asked, /LOCK TABLE|statement_timeout = '/)).toBe(0);
    expect(count(knowing.asked, ofSequences)).toBe(0);
    expect(asking.asked.length - knowing.asked.length).toBeGreaterThan(30);
    expect(knowing.asked.filter((query) => foreseen.includes(query))).toEqual([]);
  });

  test('the file of foreseen queries is what pg_dump asks', async () => {
    expect(await recordForeseen(server, 'template1')).toEqual(foreseenQueries(major));
  });

  test('a query that the server refuses leads to the plain way', async () => {
    const plain = await dump(server, {});
    const misled = await dump(server, { foreseen: [...foreseenQueries(major), 'SELECT 1/0', 'SELECT 1'] });
    expect(misled.file.equals(plain.file)).toBe(true);
    expect(misled.asked[1]).toMatch(/^ROLLBACK TO SAVEPOINT/);
    expect(misled.asked.slice(2)).toEqual(plain.asked);
  });

  test('what the newest catalog decides is asked when pg_dump may, and not before', async () => {
    const described = Promise.withResolvers<void>();
    const asked: string[] = [];
    const dumped = dump(server, { described: described.promise }, asked);
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(15);
    await waitUntilSilent(asked);
    const before = asked.length;
    expect(asked.every(isOfSnapshot)).toBe(true);
    described.resolve();
    const { file } = await dumped;
    expect(asked.slice(before).some((query) => !isOfSnapshot(query))).toBe(true);
    expect(file.equals((await dump(server, {})).file)).toBe(true);
  });

  test.runIf(major === 15)(
    'pg_dump is stopped when there is no fingerprint, or no names of roles',
    async () => {
      const reason = new Error('no such thing');
      for (const missing of ['described', 'goneRoles'] as const) {
        const { promise, reject } = Promise.withResolvers<never>();
        const asked: string[] = [];
        const dumping = expect(dump(server, { [missing]: promise }, asked)).rejects.toBe(reason);
        await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(5);
        reject(reason);
        await dumping;
      }
    },
  );
});

async function dump(server: PostgresServer, options: Partial<PgDumpRun>, asked: string[] = []) {
  return await inSnapshot(server, undefined, async (client) => {
    const [{ count } = { count: 0 }] = (
      await client.query("SELECT count(*)::int FROM pg_class WHERE relkind = 'S'")
    ).rows;
    const parameters = await reportedParameters(queryRows(client));
    recordQueries(client, asked);
    const outcome = await runPgDump({
      ...{ client, parameters, signal: new AbortController().signal, deadlineMs: 30_000 },
      args: ['--section=pre-data', '--section=post-data', '--no-statistics', '--restrict-key=key'],
      ...options,
    });
    if (outcome.failure !== undefined) throw new Error(outcome.failure);
    return { file: Buffer.from(outcome.file), asked, sequences: Number(count) };
  });
}

/** Until 300 ms have brought no further query. */
async function waitUntilSilent(asked: readonly string[]): Promise<void> {
  let seen = -1;
  let since = 0;
  await expect
    .poll(
      () => {
        if (asked.length !== seen) [seen, since] = [asked.length, performance.now()];
        return performance.now() - since;
      },
      { timeout: 10_000 },
    )
    .toBeGreaterThan(300);
}
