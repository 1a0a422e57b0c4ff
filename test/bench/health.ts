import { readFileSync } from 'node:fs';
import { connect } from '../../lib/engine/connection/connect.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { askSource } from '../../lib/engine/health/ask-source.ts';
import { HEALTH_CHECKS } from '../../lib/engine/health/checks.ts';
import { healthSettings } from '../../lib/engine/health/settings.ts';
import { startPostgres } from '../support/postgres-server.ts';

/**
 * What a run of `lifeboat health` costs the server: the processor time of its session, which was opened for it and has
 * nothing of the catalog in memory. Each measure alone is asked with what the ones before it left there. Linux only.
 */
export async function benchHealth(tables: number, rounds: number) {
  const server = await startPostgres({
    major: 18,
    settings: {
      max_locks_per_transaction: '1024',
      shared_preload_libraries: "'pg_stat_statements'",
    },
  });
  try {
    const client = await server.connect();
    for (let first = 0; first < tables; first += 500) {
      await client.query(
        `DO $$ BEGIN FOR i IN ${first}..${Math.min(first + 499, tables - 1)} LOOP
           EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, a text, parent int REFERENCES t%s, b timestamptz DEFAULT now())', i, greatest(i - 1, 0));
           EXECUTE format('CREATE INDEX ON t%s (a)', i);
           EXECUTE format('ALTER TABLE t%s ENABLE ROW LEVEL SECURITY', i);
           EXECUTE format('CREATE POLICY p ON t%s USING (a <> current_setting(%L, true))', i, 'a.b');
           EXECUTE format('INSERT INTO t%s (a) VALUES (%L), (%L)', i, 'x', 'y');
           EXECUTE format('DELETE FROM t%s WHERE a = %L', i, 'y');
         END LOOP; END $$`,
      );
    }
    await client.query('CREATE EXTENSION pg_stat_statements');
    await client.query('ANALYZE');
    const settings = healthSettings({ apiSchemas: ['public'] });
    const source = connectionSettings(server.url());
    const { signal } = new AbortController();
    const wholeMs: number[] = [];
    let byMeasureMs: Record<string, number> = {};
    for (let round = 0; round < rounds; round += 1) {
      const session = await connect(source, { signal });
      const { rows } = await session.client.query('SELECT pg_backend_pid() AS pid');
      const atFirst = processorMs(rows[0].pid);
      await askSource(session, HEALTH_CHECKS, { settings, previous: undefined, profile: 'plain', signal });
      wholeMs.push(processorMs(rows[0].pid) - atFirst);
      byMeasureMs = {};
      for (const { measure, name } of HEALTH_CHECKS) {
        const before = processorMs(rows[0].pid);
        await askSource(
          session,
          HEALTH_CHECKS.filter((check) => check.name === name),
          { settings, previous: undefined, profile: 'plain', signal },
        );
        byMeasureMs[measure.name] = Math.round((processorMs(rows[0].pid) - before) * 10) / 10;
      }
      await session.end();
    }
    return { tables, wholeMs, warmByMeasureMs: byMeasureMs };
  } finally {
    await server.stop();
  }
}

/** The processor time that a process has had, in milliseconds: Linux, proc(5), /proc/<pid>/schedstat. */
function processorMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
