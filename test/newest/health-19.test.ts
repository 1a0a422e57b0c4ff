import { describe, expect, it } from 'vitest';
import { lifeboat } from '../integration/cli/lifeboat.ts';
import { examine } from '../integration/health/ask.ts';
import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { startPostgres } from '../support/postgres-server.ts';

const newest = await newestPostgres(19);

describe.skipIf('missing' in newest)('the health of PostgreSQL 19', () => {
  it('is known in every figure, and its SQL functions answer', async () => {
    if ('missing' in newest) return;
    const { binDirectory } = newest;
    const settings = { shared_preload_libraries: "'pg_stat_statements'" };
    const server = await startPostgres({ major: 19, binDirectory, settings });
    try {
      await server.run(`CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id serial PRIMARY KEY, parent int REFERENCES t);
        CREATE TABLE keyless (a int)`);
      const report = await examine(server.url(), { apiSchemas: ['public'] });
      expect(report.server?.version).toMatch(/^19/);
      expect(report.findings.filter(({ severity }) => severity === 'unknown')).toEqual([]);
      expect(report.of('primary-keys').severity).not.toBe('ok');
      const environment = { LIFEBOAT_SOURCE_URL: server.url() };
      const installed = await lifeboat(['health', '--install', '--json'], { environment });
      expect([installed.exitCode, JSON.parse(installed.stdout)]).toMatchObject([0, { version: 1 }]);
      const client = await server.connect();
      try {
        const { rows } = await client.query<{ name: string; count: number }>(
          `SELECT proname AS name, pronargs AS count FROM pg_proc WHERE pronamespace = 'lifeboat_health'::regnamespace`,
        );
        expect(rows.length).toBeGreaterThanOrEqual(8);
        for (const { name } of rows.filter(({ count }) => count === 0)) {
          await client.query(`SELECT * FROM lifeboat_health.${client.escapeIdentifier(name)}()`);
        }
      } finally {
        await client.end();
      }
      const removed = await lifeboat(['health', '--remove', '--json'], { environment });
      expect(removed.exitCode).toBe(0);
    } finally {
      await server.stop();
    }
  });
});
