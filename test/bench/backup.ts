import { lifeboat, runBackupContest } from './backup-contest.ts';
import { rounded } from './in-turns.ts';
import { measureNode } from './measured-process.ts';
import { withShopServer } from './shop-server.ts';
import type { BenchWorld } from './world.ts';

/**
 * A whole backup of a database of so many megabytes into S3, beside the pipelines people use on the same machine, and the
 * peak of its resident memory; then a drill of it.
 */
export async function benchBackup({ s3 }: BenchWorld, megabytes: number, rounds: number) {
  return await withShopServer(megabytes, async (server, directory) => {
    const environment = {
      ...s3.environment,
      LIFEBOAT_SOURCE_URL: server.url(),
      LIFEBOAT_VAULT: `s3://${s3.bucket}/${megabytes}`,
    };
    const contest = await runBackupContest({ environment, directory }, rounds);
    const drill = await measureNode([lifeboat, 'drill', '--json'], environment);
    return {
      megabytes,
      ...contest,
      drill: {
        verdict: JSON.parse(drill.stdout).verdict,
        seconds: rounded(drill.seconds),
        megabytesPerSecond: rounded(megabytes / drill.seconds),
        peakMegabytes: drill.peakResidentMegabytes,
      },
    };
  });
}
