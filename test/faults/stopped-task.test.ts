import { afterAll, beforeAll, expect, it } from 'vitest';
import { TASK_EXIT } from '../../lib/contract/task-launch.ts';
import { listBackups } from '../../lib/engine/archive/listing.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { startWorld, type World } from '../integration/lambda/world.ts';
import { startTaskWorld, type TaskWorld } from '../support/lambda/task-world.ts';
import { seededRandom, seedFrom } from '../support/seeded-random.ts';
import { Tally } from '../support/tally.ts';

/** SIGTERM of a task at random moments, as ECS sends it: while its code is fetched, and while it backs up. */
const random = seededRandom(seedFrom(process.env.LIFEBOAT_SEED));
const ROUNDS = 30;

let world: World;
let tasks: TaskWorld;
const tally = new Tally();
beforeAll(async () => {
  world = await startWorld(false);
  tasks = await startTaskWorld(world);
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url());
  await world.postgres.run(
    `CREATE TABLE large AS SELECT g AS id, md5(g::text) || md5((-g)::text) AS t FROM generate_series(1, 200000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
});
afterAll(async () => {
  await tasks?.close();
  await world?.close();
  console.log(
    `SIGTERM of a task, LIFEBOAT_SEED=${random.seed}\n${tally.table(['outcome', 'tried', 'survived'])}`,
  );
});

const orderOf = (round: number) => ({
  place: {
    retentionClass: 'daily',
    source: world.stack.source,
    backupId: new Date(Date.UTC(2026, 10, 1) + round * 60_000).toISOString().replace(/[-:]|\.\d+/g, ''),
  },
  scope: 'full',
});

it(`${ROUNDS} rounds of SIGTERM seal nothing that is not whole, and say how they ended`, async () => {
  const start = (round: number) => tasks.start({ LIFEBOAT_TASK_ORDER: JSON.stringify(orderOf(round)) });
  const begin = performance.now();
  expect(await start(0).ended).toMatchObject({ exitCode: TASK_EXIT.done });
  const usualMs = performance.now() - begin;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const run = start(round);
    const timer = setTimeout(() => run.terminate(), random.below(Math.ceil(usualMs)));
    const { exitCode, log } = await run.ended;
    clearTimeout(timer);
    const prefix = `daily/${world.stack.source}/${orderOf(round).place.backupId}/`;
    const isSealed = world.s3.keys().includes(`${prefix}manifest.json`);
    // A first container that was stopped, or a program that had not yet begun, ends by the signal itself.
    const outcome = isSealed
      ? 'sealed'
      : exitCode === TASK_EXIT.stopped && log.includes('task-stopped')
        ? 'stopped'
        : 'before it began';
    expect(exitCode === TASK_EXIT.done, log).toBe(isSealed);
    if (outcome === 'stopped') expect(log).toContain('nothing was sealed');
    expect(world.s3.pendingUploads().filter(({ key }) => key.startsWith(prefix))).toEqual([]);
    tally.add(outcome, true);
  }
  // Most signals have to come while there is something to stop.
  expect(tally.table(['outcome', 'tried', 'survived'])).toMatch(/^stopped +\d{1,2}/m);
  const store = world.openVault();
  const { backups } = await listBackups(store);
  for (const { place } of backups)
    expect(await verifyBackup(store, place)).toMatchObject({ verdict: 'intact' });
}, 540_000);
