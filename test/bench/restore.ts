import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { compare, inTurns, median, rounded } from './in-turns.ts';
import { measureNode, measureShell } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';

const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const JOBS = 2;

/**
 * A whole restore of a database of so many megabytes into an empty one, with two sessions, beside `pg_restore -j 2` of the
 * same database: both from files on the same disk, into the same server. Ours ends with statistics, so pg_restore is timed
 * with vacuumdb behind it too. Then a drill, beside what pg_restore alone would take.
 */
export async function benchRestore(megabytes: number, rounds: number) {
  // Two cores and a disk like any: more memory for indexes than the default, which both of them use.
  const settings = {
    shared_buffers: "'512MB'",
    maintenance_work_mem: "'128MB'",
    max_wal_size: "'4GB'",
  };
  const server = await startPostgres({ major: 15, settings });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, megabytes);
    await server.run(
      `CREATE INDEX ON event (account, at);
       CREATE INDEX ON measure (sensor, at);
       CREATE INDEX ON article USING gin (tags);
       CREATE TABLE account AS SELECT g AS id, 'account ' || g AS name FROM generate_series(0, 50000) g;
       ALTER TABLE account ADD PRIMARY KEY (id);
       ALTER TABLE event ADD FOREIGN KEY (account) REFERENCES account;
       ALTER TABLE event ADD CHECK (kind <> '');
       ANALYZE`,
    );
    const vault = join(directory, 'vault');
    mkdirSync(vault);
    const environment = {
      LIFEBOAT_SOURCE_URL: server.url(),
      LIFEBOAT_TARGET_URL: server.url('restored'),
      LIFEBOAT_VAULT: vault,
      DUMP: join(directory, 'dump'),
    };
    await measureNode([lifeboat, 'backup', '--json'], environment);
    await measureShell('pg_dump -Fd -j 2 -f "$DUMP" "$LIFEBOAT_SOURCE_URL"', environment);
    const intoEmpty = (run: () => Promise<number>) => async () => {
      await renew(server);
      return await run();
    };
    const shell = (command: string) => intoEmpty(() => measureShell(command, environment));
    // Started as the others are: what tells of the peak of memory would take its time too.
    const ours = `"${process.execPath}" ${lifeboat}`;
    const restore = (...options: string[]) =>
      shell(`${ours} restore --jobs ${JOBS} --yes restored --unproven ${options.join(' ')}`);
    const pgRestore = `pg_restore -j ${JOBS} -d "$LIFEBOAT_TARGET_URL" "$DUMP"`;
    const times = await inTurns(rounds, {
      compared: restore(),
      'not compared': restore('--no-compare'),
      pg_restore: shell(pgRestore),
      'pg_restore, vacuumdb': shell(
        `${pgRestore} && vacuumdb -q --analyze-only -j ${JOBS} -d "$LIFEBOAT_TARGET_URL"`,
      ),
      drill: () => measureShell(`${ours} drill --json`, environment),
    });
    const drilled = await measureNode([lifeboat, 'drill', '--json'], environment);
    return {
      megabytes,
      seconds: times,
      restoreOverPgRestore: compare(times, 'not compared', 'pg_restore'),
      restoreOverPgRestoreWithStatistics: compare(times, 'not compared', 'pg_restore, vacuumdb'),
      comparedOverPgRestoreWithStatistics: compare(times, 'compared', 'pg_restore, vacuumdb'),
      drillOverPgRestore: compare(times, 'drill', 'pg_restore'),
      drillMegabytesPerSecond: rounded(megabytes / median(times.drill)),
      drillPeakMegabytes: drilled.peakResidentMegabytes,
    };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An empty database, and nothing left for the server to write behind the next one's back. */
async function renew(server: PostgresServer): Promise<void> {
  await server.run('DROP DATABASE IF EXISTS restored');
  await server.run('CREATE DATABASE restored TEMPLATE template0');
  await server.run('CHECKPOINT');
}
