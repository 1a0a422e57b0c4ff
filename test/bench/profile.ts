import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../support/postgres-server.ts';
import { rounded } from './in-turns.ts';
import { measureNode } from './measured-process.ts';
import { fillLikeAShop } from './shop-like-data.ts';
import type { BenchWorld } from './world.ts';

const lifeboat = `${import.meta.dirname}/../../bin/lifeboat.mjs`;
/** Of proc(5): clock ticks are hundredths of a second on every Linux that Node runs on. */
const TICK_SECONDS = 0.01;

/** The first that a sample's innermost frames fit; in the order in which bytes pass. */
const SHARES: ReadonlyArray<readonly [share: string, frames: RegExp]> = [
  ['waiting', /^\(idle\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['rows out of messages, counted and digested', /engine\/copy-text/],
  ['handing over to zstd', /node:zlib|archive\/codec/],
  ['SHA-256', /node:internal\/crypto\/hash/],
  ['other messages of the server', /node_modules\/pg/],
  ['upload', /aws-sdk|smithy|engine\/storage\//],
  ['loading modules', /node:internal\/modules|amaro/],
  ['streams and sockets', /node:net|stream/],
];

interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the cores go in a backup of so many megabytes: seconds of processor time, and what the main thread does. */
export async function profileBackup({ s3, pid }: BenchWorld, megabytes: number) {
  const server = await startPostgres({
    major: 15,
    settings: { shared_buffers: "'512MB'", autovacuum: 'off' },
  });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-profile-'));
  try {
    await fillLikeAShop(server, megabytes);
    // Ends every session that filled it, so that none of them is counted.
    await server.restart();
    const environment = {
      ...s3.environment,
      LIFEBOAT_SOURCE_URL: server.url(),
      LIFEBOAT_VAULT: `s3://${s3.bucket}/profile`,
    };
    const postmaster = Number(
      readFileSync(join(server.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0],
    );
    const before = { server: processorSeconds(postmaster).ended, s3: processorSeconds(pid).own };
    const run = await measureNode(
      ['--cpu-prof', `--cpu-prof-dir=${directory}`, lifeboat, 'backup', '--json'],
      environment,
    );
    const mainThread = sharesOf(readLargestProfile(directory));
    const busy = Object.entries(mainThread).reduce(
      (sum, [share, s]) => sum + (share === 'waiting' ? 0 : s),
      0,
    );
    return {
      megabytes,
      wallSeconds: rounded(run.seconds),
      processorSeconds: {
        'sessions of the server': rounded(processorSeconds(postmaster).ended - before.server),
        lifeboat: rounded(run.processorSeconds),
        'S3 server': rounded(processorSeconds(pid).own - before.s3),
      },
      mainThreadSeconds: mainThread,
      otherThreadsSeconds: rounded(Math.max(0, run.processorSeconds - busy)),
    };
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Of a process itself, and of its children that have ended. */
function processorSeconds(pid: number): { own: number; ended: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, and may contain anything.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) * TICK_SECONDS;
  return { own: seconds(11), ended: seconds(13) };
}

/** The other one is of the thread that runs pg_dump. */
function readLargestProfile(directory: string): CpuProfile {
  const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  return JSON.parse(texts.toSorted((a, b) => b.length - a.length)[0] ?? '');
}

function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): Record<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parentOf = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const seconds: Record<string, number> = {};
  for (const [index, sample] of samples.entries()) {
    let share: string | undefined;
    for (let id: number | undefined = sample; id !== undefined && !share; id = parentOf.get(id)) {
      const frame = byId.get(id)?.callFrame;
      const text = `${frame?.functionName} ${frame?.url}`;
      share = SHARES.find(([, frames]) => frames.test(text))?.[0];
    }
    const name = share ?? 'everything else';
    seconds[name] = (seconds[name] ?? 0) + (timeDeltas[index] ?? 0) / 1e6;
  }
  return Object.fromEntries(
    Object.entries(seconds)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, value]) => [name, rounded(value)]),
  );
}
