import { readFileSync } from 'node:fs';
import { connect, type Session } from '../../lib/engine/connection/connect.ts';
import {
  type ConnectionSettings,
  connectionSettings,
} from '../../lib/engine/connection/connection-settings.ts';
import { askSource } from '../../lib/engine/health/ask-source.ts';
import { HEALTH_CHECKS } from '../../lib/engine/health/checks.ts';
import { examine, type HealthReport } from '../../lib/engine/health/health.ts';
import { previousHealth } from '../../lib/engine/health/previous.ts';
import { type HealthSettings, healthSettings } from '../../lib/engine/health/settings.ts';
import { startPostgres } from '../support/postgres-server.ts';

/** Runs follow each other as the function's do, for as long as the measures that rest need to come round twice. */
const EVERY_MINUTES = 5;
const MINUTES = 130;

/**
 * What a run of `lifeboat health` costs the server: the processor time of its session, which was opened for it and has
 * nothing of the catalog in memory. The first run measures everything; the later ones take over what may rest. Linux only.
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
    const firstMs: number[] = [];
    const laterMs: number[] = [];
    let byMeasureMs: Record<string, number> = {};
    for (let round = 0; round < rounds; round += 1) {
      let last: HealthReport | undefined;
      for (let minute = 0; minute < MINUTES; minute += EVERY_MINUTES) {
        const now = () => new Date(Date.UTC(2026, 10, 20) + minute * 60_000);
        const session = await connect(source, { signal });
        const pid = await pidOf(session);
        const before = processorMs(pid);
        const previous = last && previousHealth(JSON.stringify(last), 'the last report');
        last = await examine(session, {
          ...{ source, settings, previous, now, signal },
          ...{ profile: 'plain', checkedAt: now(), connectMs: 0 },
        });
        (minute === 0 ? firstMs : laterMs).push(processorMs(pid) - before);
        await session.end();
      }
      byMeasureMs = await costByMeasure(source, settings);
    }
    laterMs.sort((a, b) => a - b);
    return {
      tables,
      firstMs,
      laterMs: {
        mean: laterMs.reduce((sum, ms) => sum + ms, 0) / laterMs.length,
        median: laterMs[Math.floor(laterMs.length / 2)],
        most: laterMs.at(-1),
      },
      byMeasureMs,
    };
  } finally {
    await server.stop();
  }
}

/** Each measure alone, with what the ones before it left in the session's memory. */
async function costByMeasure(
  source: ConnectionSettings,
  settings: HealthSettings,
): Promise<Record<string, number>> {
  const { signal } = new AbortController();
  const session = await connect(source, { signal });
  const pid = await pidOf(session);
  const costs: Record<string, number> = {};
  for (const measure of new Set(HEALTH_CHECKS.map((check) => check.measure))) {
    const before = processorMs(pid);
    const checks = HEALTH_CHECKS.filter((check) => check.measure === measure);
    await askSource(session, checks, { settings, previous: undefined, profile: 'plain', signal });
    costs[measure.name] = Math.round((processorMs(pid) - before) * 10) / 10;
  }
  await session.end();
  return costs;
}

async function pidOf({ client }: Session): Promise<number> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return rows[0].pid;
}

/** The processor time that a process has had, in milliseconds: Linux, proc(5), /proc/<pid>/schedstat. */
function processorMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
