import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startWorld } from '../integration/lambda/world.ts';
import { startTaskWorld } from '../support/lambda/task-world.ts';
import { rounded } from './in-turns.ts';
import { measureShell } from './measured-process.ts';
import { withShopServer } from './shop-server.ts';

/** Sixteen sessions and four: the most memory, and the default. */
const JOBS = [16, 4];

/**
 * A backup by the task's command, in its sandbox with the memory that its template has, beside `pg_dump -Fd` with as many
 * jobs, in turns on one machine. The memory is looked at all the time: it must not grow with the database.
 */
export async function benchTask(megabytes: number, rounds: number) {
  const world = await startWorld(false, {}, { load: { jobs: 16 } });
  const tasks = await startTaskWorld(world);
  try {
    return await withShopServer(megabytes, async (server, directory) => {
      world.aws.secrets.set(world.stack.secretArn, server.url());
      const figures = [];
      for (const jobs of JOBS) {
        for (let round = 1; round <= rounds; round += 1) {
          const dump = join(directory, 'dump');
          const dumpSeconds = await measureShell(`pg_dump -Fd -j ${jobs} -f ${dump} "$SOURCE"`, {
            SOURCE: server.url(),
          });
          rmSync(dump, { recursive: true });
          const backupId = new Date(Date.now() + figures.length * 1000)
            .toISOString()
            .replace(/[-:]|\.\d+/g, '');
          const place = { retentionClass: 'manual', source: world.stack.source, backupId };
          const begin = performance.now();
          const run = tasks.start({
            LIFEBOAT_TASK_ORDER: JSON.stringify({ place, scope: 'full' }),
            LIFEBOAT_BACKUP_ORDER: JSON.stringify({ jobs }),
          });
          const { exitCode, log, peakMemoryMb } = await run.ended;
          const seconds = (performance.now() - begin) / 1000;
          if (exitCode !== 0) throw new Error(log);
          for (const key of world.s3.keys()) world.s3.remove(key);
          figures.push({
            ...{ jobs, peakMegabytes: Math.round(peakMemoryMb) },
            ...{ seconds: rounded(seconds), megabytesPerSecond: rounded(megabytes / seconds) },
            ...{ dumpSeconds: rounded(dumpSeconds), ofPgDump: rounded(seconds / dumpSeconds) },
          });
        }
      }
      return { task: megabytes, memoryMb: tasks.task.memoryMb, figures };
    });
  } finally {
    await tasks.close();
    await world.close();
  }
}
