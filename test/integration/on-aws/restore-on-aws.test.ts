import { afterEach, beforeEach, expect, it } from 'vitest';
import { drillTaskSize } from '../../../lambda/restore-drill/drill-task-size.ts';
import { startDrillTask } from '../../../lambda/restore-drill/start-drill-task.ts';
import { argumentsForTask, restoreOnAws } from '../../../lib/cli/on-aws/restore-on-aws.ts';
import type { Context } from '../../../lib/cli/program/context.ts';
import { type EcsServer, startEcsServer, TASK_ID } from '../../support/aws/ecs-server.ts';
import { person } from './person.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:target-AbCdEf';
const PLACE = { subnets: ['subnet-1'], securityGroups: ['sg-1'], publicIp: true };
const DEFINITION = {
  taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/lifeboat-production-restore:3',
  containerDefinitions: [
    {
      name: 'lifeboat',
      environment: [{ name: 'LIFEBOAT_TASK_PLACE', value: JSON.stringify(PLACE) }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'tasks', 'awslogs-stream-prefix': 'restore' },
      },
    },
  ],
};
const ended = (exitCode?: number) => ({
  lastStatus: 'STOPPED',
  containers: [{ name: 'lifeboat', ...(exitCode === undefined ? {} : { exitCode }) }],
  stoppedReason: 'Essential container in task exited',
});

let ecs: EcsServer;
const was = { ...process.env };
beforeEach(async () => {
  ecs = await startEcsServer();
  Object.assign(process.env, ecs.environment);
  ecs.definition = DEFINITION;
});
afterEach(async () => {
  for (const name of Object.keys(ecs.environment)) {
    if (was[name] === undefined) delete process.env[name];
    else process.env[name] = was[name];
  }
  await ecs.stop();
});

const run = (context: Context, argv: readonly string[], more = {}) =>
  restoreOnAws(context, argv, { onAws: 'production', targetSecret: SECRET, ...more }, 5);

it('starts a restore, shows what it prints, and ends as it ends', async () => {
  ecs.states = [{ lastStatus: 'PENDING' }, { lastStatus: 'RUNNING' }, ended(0)];
  ecs.lines = [['12 of 40 tables'], ['Restored.']];
  const { context, seen } = person();
  const outcome = await run(context, [
    'latest',
    '--on-aws',
    'production',
    '--yes',
    'shop',
    '--target-secret',
    SECRET,
    '--jobs=8',
  ]);
  expect(outcome).toMatchObject({ exitCode: 0, json: { task: TASK_ID, exitCode: 0 } });
  expect(seen()).toMatch(/--watch 0123[\s\S]*pending[\s\S]*12 of 40 tables\nRestored\./);
  const [, start] = ecs.requests;
  expect(start).toMatchObject({
    operation: 'RunTask',
    body: {
      cluster: 'lifeboat-production',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'ENABLED' } },
      overrides: {
        containerOverrides: [
          {
            name: 'lifeboat',
            environment: [
              {
                name: 'LIFEBOAT_RESTORE_ARGUMENTS',
                value: JSON.stringify(['latest', '--yes', 'shop', '--jobs=8']),
              },
              { name: 'LIFEBOAT_TARGET_SECRET_ARN', value: SECRET },
              { name: 'LIFEBOAT_RESTORE_BY', value: expect.any(String) },
            ],
          },
        ],
      },
    },
  });
  expect(JSON.stringify(ecs.requests)).not.toContain('postgres://');
});

it('can be left and watched again', async () => {
  ecs.states = [{ lastStatus: 'RUNNING' }];
  const { context, leaving } = person();
  const watching = run(context, ['--yes', 'shop']);
  await expect
    .poll(() => ecs.requests.filter(({ operation }) => operation === 'DescribeTasks').length)
    .toBeGreaterThan(2);
  leaving.abort(new Error('Ctrl-C'));
  await expect(watching).rejects.toMatchObject({
    kind: 'interrupted',
    meaning: expect.stringContaining(`--watch ${TASK_ID}`),
  });
  expect(ecs.requests.map(({ operation }) => operation)).not.toContain('StopTask');

  ecs.states = [ended(7)];
  ecs.lines = [['It failed.']];
  const again = person();
  const outcome = await run(again.context, [], { watch: TASK_ID });
  expect(outcome).toMatchObject({ exitCode: 7 });
  expect(again.seen()).toContain('It failed.');
  expect(ecs.requests.filter(({ operation }) => operation === 'RunTask')).toHaveLength(1);
});

it('says what is missing: a task, a stack with tasks, a confirmation, a target', async () => {
  const { context } = person();
  ecs.states = [ended()];
  expect(await run(context, ['--yes', 'shop'])).toMatchObject({ exitCode: 7, json: { exitCode: null } });
  await expect(run(context, [], { watch: 'f'.repeat(32) })).rejects.toMatchObject({
    code: 'on-aws-task-unknown',
  });
  await expect(
    run(context, ['--yes', 'shop'], { targetSecret: 'postgres://me:secret@host/db' }),
  ).rejects.toMatchObject({
    code: 'target-secret-invalid',
    what: expect.not.stringContaining('secret@host'),
  });
  await expect(run(context, ['latest'])).rejects.toMatchObject({ code: 'on-aws-unconfirmed' });
  ecs.definition = undefined;
  await expect(run(context, ['--yes', 'shop'])).rejects.toMatchObject({
    code: 'on-aws-no-tasks',
    kind: 'usage',
  });
});

it('sends nothing of this machine', () => {
  expect(
    argumentsForTask([
      '--vault',
      's3://x',
      'latest',
      '--on-aws=p',
      '--json',
      '--dry-run',
      '--notify',
      'https://x',
    ]),
  ).toEqual(['latest', '--dry-run']);
  for (const option of ['--target=postgres://u:p@h/d', '--ssh']) {
    expect(() => argumentsForTask(['--dry-run', option])).toThrowError(/in a task/);
  }
});

it('refuses what would need a backup that the task cannot write, and passes on a moment', () => {
  for (const option of ['--into-existing', '--into-source', '--data-only']) {
    expect(() => argumentsForTask(['--yes', 'shop', option])).toThrowError(/--no-safety-backup/);
    expect(() => argumentsForTask(['--dry-run', option])).not.toThrow();
    expect(() => argumentsForTask(['--yes=shop', option, '--no-safety-backup'])).not.toThrow();
  }
  const moment = ['--to', '2026-11-29 14:05:30+01', '--create-database', '--yes', 'shop'];
  expect(argumentsForTask(moment)).toEqual(moment);
});

it.each([1, 400])('asks for the task of a drill with %i GiB in the shape that ECS knows', async (gib) => {
  const size = drillTaskSize(gib * 1024 ** 3);
  if (!size) throw new Error('no size');
  const order = {
    launch: {
      ...{
        when: 'auto' as const,
        cluster: 'c',
        family: 'lifeboat-production-drill',
        group: 'lifeboat:production:app:drill',
      },
      ...{ ownImage: false, taskRole: 'arn:role', volumeRole: 'arn:volumes', hours: 12, ...PLACE },
    },
    backup: 'daily/app/20261120T020000Z',
    manifest: {
      server: { versionNumber: 170_012, collate: 'de_DE.UTF-8', ctype: "x'; rm" },
    } as unknown as Parameters<typeof startDrillTask>[0]['manifest'],
    size,
    requestId: '11111111-2222-3333-4444-555555555555',
    variables: { LIFEBOAT_SOURCE: 'app' },
  };
  expect(await startDrillTask(order)).toEqual({ taskArn: expect.stringContaining(TASK_ID) });
  expect(ecs.requests[0]).toMatchObject({
    body: {
      taskDefinition: gib === 1 ? 'lifeboat-production-drill-17' : 'lifeboat-production-drill-17-large',
      group: 'lifeboat:production:app:drill',
    },
  });
  const sent = JSON.stringify(ecs.requests[0]);
  expect(sent).toContain('"LIFEBOAT_SERVER_LOCALES","value":"de_DE.UTF-8"');
  expect(sent.includes('managedEBSVolume')).toBe(gib === 400);
  expect(sent.includes('ephemeralStorage')).toBe(gib === 1);
});
