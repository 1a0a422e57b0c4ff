import { runBackupContest } from './backup-contest.ts';
import { openPlayback } from './playback/open-playback.ts';
import { withShopServer } from './shop-server.ts';
import type { BenchWorld } from './world.ts';

/**
 * The same as a backup's figures, as if the server were another machine: the rows, as the server writes them, are played
 * back from memory by a proxy, so that the machine's cores are the contestants' own. A lower bound of the waiting, for
 * there is neither a network nor a server that may be slower than memory. What is left of the server here: connecting, the
 * questions about the schema, and the proxy's handing of bytes to a socket, 0.2 ms of processor time for each megabyte.
 */
export async function benchElsewhere({ s3 }: BenchWorld, megabytes: number, rounds: number) {
  return await withShopServer(megabytes, async (server, directory) => {
    const playback = await openPlayback(server.port);
    try {
      const environment = {
        ...s3.environment,
        LIFEBOAT_SOURCE_URL: playback.through(server.url()),
        LIFEBOAT_VAULT: `s3://${s3.bucket}/elsewhere-${megabytes}`,
      };
      // Records what each of them asks for.
      await runBackupContest({ environment, directory }, 1);
      const asked = playback.copiesAsked;
      const contest = await runBackupContest({ environment, directory }, rounds);
      if (playback.copiesAsked > asked)
        throw new Error(
          'a measured run asked the server for rows: what a contestant sends is not always the same',
        );
      return { megabytes, server: 'elsewhere', ...contest };
    } finally {
      playback.stop();
    }
  });
}
