import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRILL_SERVER_SETTINGS } from '../../lib/contract/drill-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { compare, inTurns, median, rounded } from './in-turns.ts';
import { measureNode, measureShell } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';

const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const MANY_JOBS = 16;

/**
 * A drill of so many megabytes on a server that is there for nothing else, with the settings of the task's: every row is
 * loaded, indexed, read back and compared. Beside it `pg_restore -j` with as many jobs into the same server, which
 * compares nothing, and `pg_restore` with ANALYZE and a COPY of every table behind it, which does what a drill does but the
 * comparison. Then the peak of memory with sixteen jobs.
 */
export async function benchDrillOnServer(megabytes: number, jobs: number, rounds: number) {
  const source = await startPostgres({
    major: 15,
    settings: { shared_buffers: "'256MB'", max_wal_size: "'4GB'" },
  });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  let server: PostgresServer | undefined;
  try {
    await fillLikeAShop(source, megabytes);
    await source.run('CREATE INDEX ON event (account, at); CREATE INDEX ON measure (sensor, at); ANALYZE');
    const vault = join(directory, 'vault');
    mkdirSync(vault);
    const environment = {
      LIFEBOAT_SOURCE_URL: source.url(),
      LIFEBOAT_VAULT: vault,
      DUMP: join(directory, 'dump'),
    };
    await measureNode([lifeboat, 'backup', '--json'], environment);
    await measureShell('pg_dump -Fd -j 2 -f "$DUMP" "$LIFEBOAT_SOURCE_URL"', environment);
    // The source would only take memory and disk from what is measured.
    await source.stop();
    server = await startPostgres({
      major: 15,
      settings: {
        ...DRILL_SERVER_SETTINGS,
        shared_buffers: "'512MB'",
        maintenance_work_mem: "'256MB'",
        max_wal_size: "'2GB'",
      },
    });
    const target = server;
    const own = { ...environment, LIFEBOAT_TARGET_URL: target.url(), RESTORED: target.url('restored') };
    const drill = (sessions: number) => [lifeboat, 'drill', '--target', '--jobs', String(sessions), '--json'];
    const phases: Record<string, number>[] = [];
    const restored = async (behind: string) => {
      await target.run('DROP DATABASE IF EXISTS restored');
      await target.run('CREATE DATABASE restored TEMPLATE template0');
      await target.run('CHECKPOINT');
      return await measureShell(`pg_restore -j ${jobs} -d "$RESTORED" "$DUMP"${behind}`, own);
    };
    const readBack = `printf '%s\\n' event measure article | xargs -P ${jobs} -I{} psql -qX "$RESTORED" -c 'COPY {} TO STDOUT'`;
    const times = await inTurns(rounds, {
      drill: async () => {
        await target.run('CHECKPOINT');
        const { seconds, stdout } = await measureNode(drill(jobs), own);
        const report = JSON.parse(stdout) as {
          verdict: string;
          phases: { phase: string; durationMs: number }[];
        };
        if (report.verdict !== 'proven') throw new Error(`the drill ended with ${report.verdict}`);
        phases.push(
          Object.fromEntries(
            report.phases.map(({ phase, durationMs }) => [phase, rounded(durationMs / 1000)]),
          ),
        );
        return seconds;
      },
      pg_restore: () => restored(''),
      'pg_restore, analyzed, read back': () =>
        restored(` && vacuumdb -q --analyze-only -j ${jobs} -d "$RESTORED" && ${readBack}`),
    });
    await target.run('DROP DATABASE IF EXISTS restored');
    const alone = await measureNode(drill(jobs), own);
    const many = await measureNode(drill(MANY_JOBS), own);
    return {
      megabytes,
      jobs,
      seconds: times,
      drillOverPgRestore: compare(times, 'drill', 'pg_restore'),
      drillOverPgRestoreAndReadBack: compare(times, 'drill', 'pg_restore, analyzed, read back'),
      drillMegabytesPerSecond: rounded(megabytes / median(times.drill)),
      phases: phases.at(-1),
      peakMegabytes: alone.peakResidentMegabytes,
      peakMegabytesWithManyJobs: many.peakResidentMegabytes,
      processorSeconds: rounded(alone.processorSeconds),
    };
  } finally {
    await source.stop();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
