import { connect } from '../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { dumpSchema } from '../../lib/engine/schema-dump/dump-schema.ts';
import { openCoordinator } from '../../lib/engine/snapshot/coordinator.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { compare, inTurns } from './in-turns.ts';
import { measureShell } from './measured-process.ts';

/** The schema of so many tables, each with two indexes and a policy: pg_dump as WebAssembly beside the native one. */
export async function benchSchema(tables: number, rounds: number) {
  const server = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '1024' } });
  try {
    const client = await server.connect();
    for (let first = 0; first < tables; first += 500) {
      await client.query(
        `DO $$ BEGIN FOR i IN ${first}..${Math.min(first + 499, tables - 1)} LOOP
           EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a text, b timestamptz DEFAULT now())', i);
           EXECUTE format('CREATE INDEX ON t%s (a)', i);
           EXECUTE format('ALTER TABLE t%s ENABLE ROW LEVEL SECURITY', i);
           EXECUTE format('CREATE POLICY p ON t%s USING (a <> %L)', i, 'x');
         END LOOP; END $$`,
      );
    }
    const { signal } = new AbortController();
    const times = await inTurns(rounds, {
      lifeboat: async () => {
        const session = await connect(connectionSettings(server.url()));
        const coordinator = await openCoordinator(session, { signal });
        const started = performance.now();
        await dumpSchema({ client: coordinator.client, signal, deadlineMs: 300_000 });
        const seconds = (performance.now() - started) / 1000;
        await coordinator.release();
        await session.end();
        return seconds;
      },
      'pg_dump -s': () => measureShell('pg_dump -s "$URL" > /dev/null', { URL: server.url() }),
    });
    return { tables, seconds: times, timeOverPgDump: compare(times, 'lifeboat', 'pg_dump -s') };
  } finally {
    await server.stop();
  }
}
