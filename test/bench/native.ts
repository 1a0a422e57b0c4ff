import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { AWS, AWS_CLI, lifeboat } from './backup-contest.ts';
import { makeTables } from './growth.ts';
import { compare, inTurns, type Times } from './in-turns.ts';
import { makeManySmallTables } from './many-small-tables.ts';
import { measureCommand, measureNode } from './measured-process.ts';
import type { PgDump } from './newest-pg-dump.ts';
import { openPlayback } from './playback/open-playback.ts';
import { fillLikeAShop } from './shop-like-data.ts';
import type { BenchWorld } from './world.ts';

export interface NativeOrder {
  readonly rounds: number;
  readonly pgDump: PgDump;
}

/** Whole backups of a shop's database beside the fastest way that PostgreSQL itself has, with and without an upload. */
export async function benchNative(world: BenchWorld, megabytes: number, order: NativeOrder) {
  return await withServer(async (server, contest) => {
    await fillLikeAShop(server, megabytes);
    return { megabytes, ...(await contest(world, order, shopContestants)) };
  });
}

/** The same as if the server were another machine: see elsewhere.ts. */
export async function benchNativeElsewhere(world: BenchWorld, megabytes: number, order: NativeOrder) {
  return await withServer(async (server, contest) => {
    await fillLikeAShop(server, megabytes);
    const playback = await openPlayback(server.port);
    try {
      const source = playback.through(server.url());
      // Records what each of them asks for.
      await contest(world, { ...order, rounds: 1 }, shopContestants, source);
      const asked = playback.copiesAsked;
      const measured = await contest(world, order, shopContestants, source);
      if (playback.copiesAsked > asked) throw new Error('a measured run asked the server for rows');
      return { megabytes, server: 'elsewhere', ...measured };
    } finally {
      playback.stop();
    }
  });
}

/** The same of many tables of 200 rows, or of so many tables of ten rows, beside a pg_dump into one file. */
export async function benchNativeTables(world: BenchWorld, what: string, order: NativeOrder) {
  return await withServer(async (server, contest) => {
    await (what === 'small' ? makeManySmallTables(server) : makeTables(server, Number(what)));
    await server.run('VACUUM ANALYZE');
    return { tables: what, ...(await contest(world, order, tableContestants)) };
  });
}

interface Places {
  readonly pgDump: string;
  readonly directory: string;
  readonly vault: string;
}

type Commands = Readonly<Record<string, string>>;

function shopContestants({ pgDump, directory, vault }: Places): Commands {
  const dump = `rm -rf ${directory}/dump; ${pgDump} -Fd -j 2 --compress=zstd:1 -f ${directory}/dump "$LIFEBOAT_SOURCE_URL"`;
  const aws = `"${AWS}" s3 cp --endpoint-url "$AWS_ENDPOINT_URL"`;
  return {
    'lifeboat, directory': intoDirectory(directory),
    'pg_dump -Fd -j 2 zstd:1': dump,
    'lifeboat, S3': `"${process.execPath}" ${lifeboat} backup --json --vault ${vault}`,
    ...(AWS_CLI === undefined
      ? {}
      : {
          'pg_dump -Fd -j 2 zstd:1, aws s3 cp': `${dump} && ${aws} --recursive ${directory}/dump ${vault}/dir`,
          'pg_dump -Fc zstd:1 | aws s3 cp': `${pgDump} -Fc --compress=zstd:1 "$LIFEBOAT_SOURCE_URL" | ${aws} - ${vault}/dump`,
        }),
  };
}

function tableContestants({ pgDump, directory }: Places): Commands {
  return {
    'lifeboat, directory': intoDirectory(directory),
    'pg_dump -Fc': `${pgDump} -Fc -f ${directory}/dump "$LIFEBOAT_SOURCE_URL"`,
  };
}

function intoDirectory(directory: string): string {
  return `"${process.execPath}" ${lifeboat} backup --json --create-vault --vault file://${directory}/vault`;
}

type Contest = (
  world: BenchWorld,
  order: NativeOrder,
  contestants: (places: Places) => Commands,
  source?: string,
) => Promise<object>;

async function withServer<Figure>(
  measure: (server: PostgresServer, contest: Contest) => Promise<Figure>,
): Promise<Figure> {
  const server = await startPostgres({
    major: 15,
    settings: { shared_buffers: "'512MB'", max_locks_per_transaction: '1024', autovacuum: 'off' },
  });
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-native-'));
  try {
    return await measure(
      server,
      async ({ s3 }, { rounds, pgDump }, contestantsFor, source = server.url()) => {
        const environment = { ...s3.environment, LIFEBOAT_SOURCE_URL: source };
        const vault = `s3://${s3.bucket}/native-${Date.now()}`;
        const commands = contestantsFor({ pgDump: pgDump.command, directory, vault });
        const processor: Record<string, number[]> = {};
        const measured = Object.entries(commands).map(([name, command]) => [
          name,
          async () => {
            const times = await measureCommand(command, environment);
            processor[name] = [...(processor[name] ?? []), times.processorSeconds];
            return times.seconds;
          },
        ]);
        const seconds = await inTurns(rounds, Object.fromEntries(measured));
        rmSync(join(directory, 'last'), { recursive: true, force: true });
        const whole = ['backup', '--json', '--create-vault', '--vault', `file://${directory}/last`];
        const last = await measureNode([lifeboat, ...whole], environment);
        return {
          version: pgDump.version,
          seconds,
          processorSeconds: processor,
          ...ratios(seconds, processor),
          processorMsPerMegabyte: (last.processorSeconds * 1e9) / JSON.parse(last.stdout).rawBytes,
          peakMegabytes: last.peakResidentMegabytes,
          storedBytes: { lifeboat: sizeOf(join(directory, 'last')), pgDump: sizeOf(join(directory, 'dump')) },
        };
      },
    );
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Lifeboat's time and processor time, each over that of the peer which ends at the same place. */
function ratios(seconds: Times, processor: Times) {
  const pairs = Object.keys(seconds)
    .filter((name) => !name.startsWith('lifeboat'))
    .map((peer) => {
      const ours = peer.includes('aws') ? 'lifeboat, S3' : 'lifeboat, directory';
      const ratio = { time: compare(seconds, ours, peer), processor: compare(processor, ours, peer) };
      return [`${ours} over ${peer}`, ratio];
    });
  return { ratios: Object.fromEntries(pairs) };
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
