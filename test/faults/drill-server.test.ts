import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DRILL_SERVER_SETTINGS } from '../../lib/contract/drill-server.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { drillOnServer } from '../../lib/engine/drill/drill-on-server.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { openWorld, type RestoreWorld } from '../integration/restore/restore-world.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';

/** A drill on a server whose disk is too small, and on one that dies in the middle. */
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
const ROUNDS = 8;
const SETTINGS = { ...DRILL_SERVER_SETTINGS, max_wal_size: "'64MB'", shared_buffers: "'32MB'" };
const tally = new Tally();
let world: RestoreWorld;

beforeAll(async () => {
  world = await openWorld({
    major: 17,
    // About 60 MB of rows, in an index as well.
    sql: `CREATE TABLE noise AS SELECT g AS id, encode(sha512(g::text::bytea), 'base64') AS t FROM generate_series(1, 500000) g;
      ALTER TABLE noise ADD PRIMARY KEY (id);
      CREATE INDEX ON noise (t)`,
  });
});
afterAll(async () => {
  await world?.stop();
  console.log(`drills, LIFEBOAT_SEED=${random.seed}\n${tally.table(['what, outcome', 'tried', 'survived'])}`);
});

const notices: string[] = [];
const drill = (server: PostgresServer) =>
  drillOnServer({
    ...{ store: world.vault.store, place: world.place, keepsProof: false },
    ...{ server: connectionSettings(server.url()), jobs: 2 },
    observer: { onNotice: (notice) => notices.push(notice) },
  });
const errorOf = async (drilled: Promise<unknown>) => {
  const error = await drilled.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error !== undefined && !(error instanceof LifeboatError)) throw error;
  return error;
};

/** Backends of a server that died keep its memory until they notice. */
async function restarted(server: PostgresServer): Promise<void> {
  const start = () =>
    server.restart().then(
      () => 'it runs',
      (error: unknown) => String(error),
    );
  await expect.poll(start, { timeout: 60_000, interval: 200 }).toBe('it runs');
}

async function expectNothingLeft(server: PostgresServer) {
  const client = await server.connect();
  const { rows } = await client.query(`SELECT datname FROM pg_database WHERE datname LIKE 'lifeboat%'`);
  await client.end();
  expect(rows).toEqual([]);
}

const disk = mkdtempSync(join(tmpdir(), 'lifeboat-disk-'));
const mounted = mountDisk();
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

function mountDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'tmpfs', disk], { stdio: 'pipe' });
    return true;
  } catch (error) {
    console.warn(`FULL DISK NOT TRIED: no tmpfs can be mounted here (${String(error).split('\n')[0]})`);
    return false;
  }
}

it.skipIf(!mounted)('a full disk is named, and leaves nothing behind', async () => {
  const was = process.env.TMPDIR;
  process.env.TMPDIR = disk;
  const server = await startPostgres({ major: 17, settings: SETTINGS }).finally(() => {
    process.env.TMPDIR = was;
    if (was === undefined) delete process.env.TMPDIR;
  });
  try {
    const usedMb = Number(
      execFileSync('df', ['-m', '--output=used', disk], { encoding: 'utf8' }).split('\n')[1],
    );
    for (const freeMb of [40, 60, 90, 120]) {
      execFileSync('mount', ['-o', `remount,size=${usedMb + freeMb}m`, disk]);
      const error = await errorOf(drill(server));
      expect(error, `${freeMb} MB: ${notices.join()}`).toMatchObject({ kind: 'target' });
      expect(['target-disk-full', 'target-connection-lost']).toContain(error?.code);
      expect(error?.meaning).toContain('The drill proved nothing');
      // A server that died of its full disk cannot be asked before it has room.
      execFileSync('mount', ['-o', 'remount,size=600m', disk]);
      if (error?.code === 'target-connection-lost') await restarted(server);
      else await expectNothingLeft(server);
      notices.length = 0;
      tally.add(`disk, ${error?.code}`, true);
    }
    expect(await drill(server)).toMatchObject({ verdict: 'proven' });
    await expectNothingLeft(server);
  } finally {
    await server.stop();
  }
});

it(`${ROUNDS} servers that are killed in the middle end a drill by name, and the next drill cleans up`, async () => {
  const server = await startPostgres({ major: 17, settings: SETTINGS });
  try {
    const startedAt = performance.now();
    expect(await drill(server)).toMatchObject({ verdict: 'proven' });
    const usualMs = performance.now() - startedAt;
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = errorOf(drill(server));
      // The moment is the point.
      await delay(random.below(Math.ceil(usualMs)));
      process.kill(
        Number(readFileSync(join(server.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]),
        'SIGKILL',
      );
      const error = await running;
      if (error) expect(error).toMatchObject({ kind: 'target', code: expect.stringMatching(/^target-/) });
      await restarted(server);
      tally.add(`killed, ${error?.code ?? 'it was done'}`, true);
    }
    expect(await drill(server)).toMatchObject({ verdict: 'proven' });
    await expectNothingLeft(server);
  } finally {
    await server.stop();
  }
});
