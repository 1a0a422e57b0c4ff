import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../support/postgres-server.ts';
import { compare, inTurns, rounded } from './in-turns.ts';
import { measureNode, measureShell } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';
import type { BenchWorld } from './world.ts';

const lifeboat = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const upload = `"${process.execPath}" ${join(import.meta.dirname, 'upload.ts')}`;

/**
 * A whole backup of a database of so many megabytes into S3, beside the pipelines people use on the same machine, and the
 * peak of its resident memory; then a drill of it.
 */
export async function benchBackup({ s3 }: BenchWorld, megabytes: number, rounds: number) {
  const server = await startPostgres({ major: 15, settings: { shared_buffers: "'512MB'" } });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  try {
    await fillLikeAShop(server, megabytes);
    const vault = `s3://${s3.bucket}/${megabytes}`;
    const environment = { ...s3.environment, LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault };
    const shell = (command: string) => () => measureShell(command, environment);
    let peakMegabytes = 0;
    let storedBytes = 0;
    const times = await inTurns(rounds, {
      lifeboat: async () => {
        const run = await measureNode([lifeboat, 'backup', '--json'], environment);
        peakMegabytes = Math.max(peakMegabytes, run.peakResidentMegabytes);
        storedBytes = JSON.parse(run.stdout).storedBytes;
        return run.seconds;
      },
      'pg_dump -Fc | upload': shell(
        `pg_dump -Fc "$LIFEBOAT_SOURCE_URL" | tee ${directory}/dump | ${upload} ${vault} dump`,
      ),
      'pg_dump -Fd -j 2, upload': shell(
        `rm -rf ${directory}/dir; pg_dump -Fd -j 2 -f ${directory}/dir "$LIFEBOAT_SOURCE_URL" && ${upload} ${vault} dir ${directory}/dir`,
      ),
      'psql | zstd': shell(
        `for t in event measure article; do psql -X "$LIFEBOAT_SOURCE_URL" -c "COPY $t TO STDOUT" | zstd -q -3 -T0; done > ${directory}/pipe`,
      ),
    });
    const drill = await measureNode([lifeboat, 'drill', '--json'], environment);
    return {
      megabytes,
      seconds: times,
      fasterThanPgDump: compare(times, 'pg_dump -Fc | upload', 'lifeboat'),
      fasterThanParallelPgDump: compare(times, 'pg_dump -Fd -j 2, upload', 'lifeboat'),
      timeOverFloor: compare(times, 'lifeboat', 'psql | zstd'),
      storedOverPgDump: rounded(storedBytes / statSync(join(directory, 'dump')).size),
      backupPeakMegabytes: peakMegabytes,
      drill: {
        verdict: JSON.parse(drill.stdout).verdict,
        seconds: rounded(drill.seconds),
        megabytesPerSecond: rounded(megabytes / drill.seconds),
        peakMegabytes: drill.peakResidentMegabytes,
      },
    };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
