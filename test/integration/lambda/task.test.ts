import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { TASK_EXIT, type TaskLaunch } from '../../../lib/contract/task-launch.ts';
import { parseManifestKey } from '../../../lib/engine/archive/keys.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';
import { startTaskWorld, type TaskWorld } from '../../support/lambda/task-world.ts';
import { startWorld, type World } from './world.ts';

/**
 * A source that outgrows its function. The task's commands are run as the template has them, in a sandbox like a
 * container's. The function may read a megabyte a second, so that little data are too much for it.
 */
const missing = sandboxMissing();
const LIMIT = { load: { maxMegabytesPerSecond: 1 } };
/** The task may read as fast as it can, so that nobody has to wait for it. */
const UNLIMITED = { LIFEBOAT_BACKUP_ORDER: '{"selection":{"excludeTables":["public.scratch_*"]}}' };
/** 30 seconds before the end a function stops. */
const SECONDS_LEFT = 20;
const DEADLINE_MS = (30 + SECONDS_LEFT) * 1000;

let world: World;
let tasks: TaskWorld;
beforeAll(async () => {
  world = await startWorld(false, {}, LIMIT);
  tasks = await startTaskWorld(world);
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url());
  await world.postgres.run('CREATE TABLE customers AS SELECT g AS id FROM generate_series(1, 1000) g');
});
afterAll(async () => {
  await tasks?.close();
  await world?.close();
});
afterEach(() => void world.aws.cloudWatch.take());
beforeEach(() => {
  world.aws.tasks.clear();
  world.aws.noTaskBecause = undefined;
});

const published = () => world.aws.cloudWatch.take().app ?? {};
const slotOf = (minutesAgo: number) => new Date(Math.floor(Date.now() / 60_000 - minutesAgo) * 60_000);
const night = (minutesAgo: number) => world.stack.schedules.backup.event(slotOf(minutesAgo));

async function answerOf(event: unknown): Promise<Record<string, unknown>> {
  const outcome = await world.invoke('backup', event, DEADLINE_MS);
  if (!outcome.ok) throw new Error(outcome.error.errorMessage ?? '');
  return outcome.payload as Record<string, unknown>;
}

function ended(exitCode: number | undefined, more: object = {}): object {
  const [task] = world.aws.tasks.values();
  const environment = Object.entries(task?.variables ?? {}).map(([name, value]) => ({ name, value }));
  return {
    'detail-type': 'ECS Task State Change',
    detail: {
      taskArn: task?.arn,
      containers: [
        { name: 'fetch', exitCode: 0 },
        { name: 'lifeboat', ...(exitCode !== undefined && { exitCode }) },
      ],
      overrides: { containerOverrides: [{ name: 'lifeboat', environment }] },
      ...more,
    },
  };
}

it.skipIf(missing)(
  `a source that grows between two nights is handed to a task, once${missing ?? ''}`,
  async () => {
    expect(await answerOf(night(3))).toMatchObject({ outcome: 'sealed', costUsd: expect.any(Number) });
    expect(world.aws.tasks.size).toBe(0);
    published();

    await world.postgres.run(
      `CREATE TABLE orders AS SELECT g AS id, md5(g::text) || md5((-g)::text) AS note FROM generate_series(1, 250000) g`,
    );
    const event = night(2);
    const answer = await answerOf(event);
    const { backup } = answer;
    expect(answer).toMatchObject({
      outcome: 'handed-over',
      reason: 'too-large',
      reckoning: { bytesPerSecond: 1e6, secondsLeft: expect.any(Number), fits: false },
      taskSize: { vcpu: 2, memoryGb: 4, hours: 1 },
    });
    expect(published()).toEqual({});
    // Delivered twice: the same token, so no second task.
    expect(await answerOf(event)).toMatchObject({ outcome: 'handed-over', task: answer.task, backup });
    expect(world.aws.tasks.size).toBe(1);
    expect(world.s3.keys().filter((key) => key.startsWith(`${backup}/`))).toEqual([]);

    const [started] = world.aws.tasks.values();
    const launch = JSON.parse(world.stack.functions.backup.variables.LIFEBOAT_TASK ?? '') as TaskLaunch;
    expect(started?.request).toMatchObject({
      cluster: launch.cluster,
      taskDefinition: launch.definition,
      count: 1,
    });
    const run = tasks.start({ ...started?.variables, ...UNLIMITED });
    const { exitCode, log, peakMemoryMb } = await run.ended;
    expect(log).toContain('"outcome":"sealed"');
    expect(log).toContain('"costUsd":');
    expect(exitCode).toBe(TASK_EXIT.done);
    expect(peakMemoryMb).toBeLessThan(500);
    expect(world.guard.refused.filter((one) => !one.startsWith('s3:GetObject'))).toEqual([]);
    expect(published()).toMatchObject({ BackupSucceeded: 1 });

    const sealed = world.s3.keys().filter((key) => key === `${backup}/manifest.json`);
    expect(sealed).toHaveLength(1);
    const place = parseManifestKey(`${backup}/manifest.json`);
    if (!place) throw new Error('the manifest has no place');
    expect(await verifyBackup(world.openVault(), place)).toMatchObject({ verdict: 'intact' });
    // The event of its end, and a third delivery of the slot.
    expect(await answerOf(ended(0))).toMatchObject({ outcome: 'task-ended' });
    expect(await answerOf(event)).toMatchObject({ outcome: 'already-sealed' });
  },
);

it('a backup that surprisingly does not fit ends in time and is handed over, with the same id', async () => {
  // Text that is compressed where it is stored: much more is read than the catalog tells.
  await world.postgres.run(
    `DROP TABLE IF EXISTS orders;
     CREATE TABLE large AS SELECT g AS id, repeat('x', 1000000) AS note FROM generate_series(1, 100) g`,
  );
  const answer = await answerOf(night(1));
  expect(answer).toMatchObject({ outcome: 'handed-over', reason: 'time-up' });
  expect(world.aws.tasks.size).toBe(1);
  const keys = world.s3.keys().filter((key) => key.startsWith(`${answer.backup}/`));
  expect(keys.filter((key) => key.endsWith('manifest.json'))).toEqual([]);
  expect(world.s3.pendingUploads().filter(({ key }) => key.startsWith(`${answer.backup}/`))).toEqual([]);
  await world.postgres.run('DROP TABLE large');
});

it('a task that never starts, fails or is stopped is heard as a failed function is', async () => {
  const stopped = { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: no route' };
  const failing = (event: object) => world.callFailing('backup', event);
  expect(await failing(ended(undefined, stopped))).toContain('never started (TaskFailedToStart; CannotPull');
  expect(published()).toEqual({ BackupFailed: 1 });
  expect(await failing(ended(137, { stopCode: 'EssentialContainerExited' }))).toContain(
    'ended with code 137',
  );
  expect(published()).toEqual({ BackupFailed: 1 });
  // These have published it themselves.
  expect(await failing(ended(TASK_EXIT.failed))).toContain('The log of the task says why');
  expect(await failing(ended(TASK_EXIT.stopped, { stopCode: 'UserInitiated' }))).toContain('UserInitiated');
  expect(published()).toEqual({});
});

it('if no task can be started, the function makes the backup itself', async () => {
  await world.postgres.run(
    `CREATE TABLE orders AS SELECT g AS id, md5(g::text) || md5((-g)::text) AS note FROM generate_series(1, 160000) g`,
  );
  world.aws.noTaskBecause = 'Capacity is unavailable at this time';
  const outcome = await world.invoke('backup', {}, DEADLINE_MS);
  // It may or may not fit after all: if not, the failure says that no task was there.
  if (outcome.ok) expect(outcome.payload).toMatchObject({ outcome: 'sealed' });
  else expect(outcome.error.errorMessage).toMatch(/within the time limit of a function/);
  expect(world.aws.tasks.size).toBe(0);
  await world.postgres.run('DROP TABLE orders');
});

it.skipIf(missing)('a task runs nothing but the code that was deployed with it', async () => {
  const [fetch, ...others] = tasks.task.containers;
  if (!fetch) throw new Error('there is no container');
  const other = { ...fetch, command: fetch.command.with(-2, '0'.repeat(64)) };
  const run = tasks.start({}, { containers: [other, ...others] });
  const { exitCode, log } = await run.ended;
  expect(log).toContain('not the one that was deployed');
  expect(exitCode).toBe(71);
});
