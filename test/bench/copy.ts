import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { writeFixtureArchive } from '../support/archive-fixture.ts';
import { compare, inTurns, median, rounded } from './in-turns.ts';
import { measureNode, measureShell } from './measured-process.ts';
import type { BenchWorld } from './world.ts';

const LIFEBOAT = join(import.meta.dirname, '../../bin/lifeboat.mjs');
const DOWNLOAD = join(import.meta.dirname, 'download.ts');
const PURPOSES = [
  'roles',
  'database',
  'pre-data',
  'sequences',
  'post-data',
  'large-object-metadata',
] as const;

/**
 * `lifeboat copy` of a backup with this many stored megabytes, of bytes that nothing compresses, as six large objects:
 * between directories against `cp -r`, alone and with a sync (a copy syncs each file), from S3 into a directory against
 * a download that checks nothing, and from a directory into S3.
 */
export async function benchCopy(world: BenchWorld, megabytes: number, rounds: number) {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
  const near = join(directory, 'near');
  const { bucket, environment } = world.s3;
  const inS3 = `s3://${bucket}/copy`;
  const piece = Math.round((megabytes * 1e6) / PURPOSES.length);
  const texts = Object.fromEntries(PURPOSES.map((purpose) => [purpose, randomBytes(piece)]));
  await writeFixtureArchive(openDirectoryStore(near, { create: true }), { texts });
  const peaks: Record<string, number> = {};
  /** Each copy goes into a place of its own, which is removed outside of the time. */
  const into = async (work: (far: string) => Promise<number>) => {
    const far = join(directory, 'far');
    mkdirSync(far);
    try {
      return await work(far);
    } finally {
      rmSync(far, { recursive: true });
    }
  };
  const lifeboat = (name: string, from: string, to: string) =>
    measureNode([LIFEBOAT, 'copy', '--vault', from, '--to', to], environment).then(
      ({ seconds, peakResidentMegabytes }) => {
        peaks[name] = Math.max(peaks[name] ?? 0, peakResidentMegabytes);
        return seconds;
      },
    );
  try {
    await lifeboat('up', near, inS3);
    let uploads = 0;
    const times = await inTurns(rounds, {
      'directory to directory': () => into((far) => lifeboat('between directories', near, far)),
      'cp -r': () => into((far) => measureShell(`cp -r ${near} ${far}`, environment)),
      'cp -r and sync': () =>
        into((far) => measureShell(`cp -r ${near} ${far} && sync -f ${far}`, environment)),
      'S3 to directory': () => into((far) => lifeboat('from S3', inS3, far)),
      download: () =>
        into(async (far) => (await measureNode([DOWNLOAD, bucket, 'copy/', far], environment)).seconds),
      'directory to S3': () => lifeboat('into S3', near, `${inS3}-${uploads++}`),
    });
    return {
      what: `copy of ${megabytes} MB`,
      seconds: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, rounded(median(all))])),
      peakResidentMegabytes: peaks,
      againstCp: compare(times, 'directory to directory', 'cp -r'),
      againstCpAndSync: compare(times, 'directory to directory', 'cp -r and sync'),
      againstDownload: compare(times, 'S3 to directory', 'download'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
