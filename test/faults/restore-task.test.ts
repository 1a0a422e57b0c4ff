import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { restoreOnAws } from '../../lib/cli/on-aws/restore-on-aws.ts';
import type { BackupPlace } from '../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { openS3Store } from '../../lib/engine/storage/s3.ts';
import { person } from '../integration/on-aws/person.ts';
import { type AwsServer, startAwsServer } from '../support/aws/aws-server.ts';
import { type EcsServer, startEcsServer, TASK_ID } from '../support/aws/ecs-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';

/** `lifeboat restore --on-aws`, with the task's own program in a process where ECS would have it in a container. */
const secretArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;
const PLACE = { subnets: ['subnet-1'], securityGroups: ['sg-1'], publicIp: true };
const DEFINITION = {
  taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/lifeboat-production-restore:3',
  containerDefinitions: [
    {
      name: 'lifeboat',
      environment: [{ name: 'LIFEBOAT_TASK_PLACE', value: JSON.stringify(PLACE) }],
      logConfiguration: { options: { 'awslogs-group': 'tasks', 'awslogs-stream-prefix': 'restore' } },
    },
  ],
};
const ROWS = 200_000;
const PASSWORD = 'not-to-be-seen';

let source: PostgresServer;
let target: PostgresServer;
let s3: S3Server;
let aws: AwsServer;
let ecs: EcsServer;
let name = '';
const was = { ...process.env };

beforeAll(async () => {
  [source, target, s3, aws, ecs] = await Promise.all([
    startPostgres({ major: 17 }),
    startPostgres({ major: 17 }),
    startS3Server({}),
    startAwsServer(),
    startEcsServer(),
  ]);
  Object.assign(process.env, ecs.environment);
  await source.run('CREATE DATABASE shop');
  await source.run(
    `CREATE TABLE orders AS SELECT g AS id, md5(g::text) AS note FROM generate_series(1, ${ROWS}) g;
     ALTER TABLE orders ADD PRIMARY KEY (id)`,
    'shop',
  );
  await target.run(`CREATE ROLE restorer LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
  const { endpoint, region, credentials, bucket } = s3;
  const store = openS3Store({ bucket, endpoint, region, credentials, prefix: '' });
  const place: BackupPlace = { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z' };
  await backup({ settings: connectionSettings(source.url('shop')), store, place });
  name = nameOfBackup(place);
  await store.close();
});
beforeEach(() => {
  ecs.requests.length = 0;
  ecs.definition = DEFINITION;
  ecs.states = [{ lastStatus: 'PENDING' }];
  ecs.lines = [];
});
afterAll(async () => {
  for (const variable of Object.keys(ecs?.environment ?? {})) {
    if (was[variable] === undefined) delete process.env[variable];
    else process.env[variable] = was[variable];
  }
  await Promise.all([source?.stop(), target?.stop(), s3?.stop(), aws?.stop(), ecs?.stop()]);
});

function ofRds(database: string, password = PASSWORD): string {
  const login = { username: 'restorer', password, host: '127.0.0.1', port: target.port, dbname: database };
  return JSON.stringify({ ...login, sslmode: 'disable' });
}

/** Starts the program that RunTask asked for, once it did, and tells ECS and the log how it goes. */
async function startedTask(): Promise<ChildProcess> {
  const find = () => ecs.requests.find(({ operation }) => operation === 'RunTask');
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  const { overrides } = (find()?.body ?? {}) as {
    overrides: { containerOverrides: [{ environment: { name: string; value: string }[] }] };
  };
  const [{ environment }] = overrides.containerOverrides;
  const child = spawn(process.execPath, ['task/restore.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH ?? '', HOME: '/' },
      ...{ ...s3.environment(), ...aws.environment(), LIFEBOAT_VAULT: `s3://${s3.bucket}` },
      ...Object.fromEntries(environment.map((one) => [one.name, one.value])),
    },
  });
  ecs.states = [{ lastStatus: 'RUNNING' }];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => void ecs.lines.push(data.toString().trimEnd().split('\n')));
  child.once('close', (exitCode, signal) => {
    const code = exitCode ?? (signal === 'SIGKILL' ? 137 : 143);
    ecs.states = [{ lastStatus: 'STOPPED', containers: [{ name: 'lifeboat', exitCode: code }] }];
  });
  return child;
}

function restorer() {
  const { context, ...rest } = person();
  const restore = (argv: readonly string[], targetSecret: string, more = {}) =>
    restoreOnAws(context, argv, { onAws: 'production', targetSecret, ...more }, 20);
  return { ...rest, restore };
}

async function rowsIn(database: string): Promise<number> {
  const client = await target.connect(database);
  try {
    const { rows } = await client.query('SELECT count(*)::int AS n FROM orders');
    return rows[0].n as number;
  } finally {
    await client.end();
  }
}

async function restoreInto(database: string, argv: readonly string[], password?: string) {
  aws.secrets.set(secretArn(database), ofRds(database, password));
  const ada = restorer();
  const outcome = ada.restore([name, '--unproven', ...argv], secretArn(database));
  await startedTask();
  return { ...(await outcome), seen: ada.seen() };
}

it('restores, is left in the middle, and is watched to its end', async () => {
  aws.secrets.set(secretArn('shop'), ofRds('shop'));
  const ada = restorer();
  const argv = [name, '--unproven', '--create-database', '--yes', 'shop'];
  const left = ada.restore(argv, secretArn('shop')).catch((error: unknown) => error);
  const child = await startedTask();
  // It stands still while somebody leaves, or it would be done before on a fast machine.
  let isWatched = true;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => isWatched && data.includes('daily/app') && child.kill('SIGSTOP'));
  await expect.poll(ada.seen, { timeout: 60_000 }).toContain('daily/app');
  ada.leaving.abort(new Error('Ctrl-C'));
  expect(await left).toMatchObject({ kind: 'interrupted', meaning: expect.stringContaining('--watch') });
  isWatched = false;
  child.kill('SIGCONT');

  const ben = restorer();
  const outcome = await ben.restore([], '', { watch: TASK_ID });
  expect(outcome.exitCode, ben.seen()).toBe(0);
  expect(await rowsIn('shop')).toBe(ROWS);
  expect(ben.seen()).toMatch(/recovery time/i);
  expect(ada.seen() + ben.seen() + JSON.stringify(ecs.requests)).not.toContain(PASSWORD);
});

it('refuses a database that is not empty, and says so to whoever watches', async () => {
  const { exitCode, seen } = await restoreInto('shop', ['--yes', 'shop']);
  expect(exitCode, seen).not.toBe(0);
  expect(seen).toContain('--into-existing');
  expect(await rowsIn('shop')).toBe(ROWS);
});

it('names a wrong password, and repeats none', async () => {
  await target.run('CREATE DATABASE other');
  const { exitCode, seen } = await restoreInto('other', ['--yes', 'other'], 'wrong-secret-word');
  expect(exitCode, seen).not.toBe(0);
  expect(seen).toMatch(/password authentication failed/);
  expect(seen).not.toContain('wrong-secret-word');
});

it.each([
  ['is not there', undefined, /ResourceNotFoundException/],
  ['is no URL', 'hunter2-is-no-url', /secret|URL/],
  ['lacks a field', '{"host":"db","password":"hunter2"}', /username/],
])('names a secret that %s, and repeats nothing of it', async (_, text, said) => {
  const arn = secretArn('broken');
  aws.secrets.delete(arn);
  if (text !== undefined) aws.secrets.set(arn, text);
  const ada = restorer();
  const outcome = ada.restore([name, '--yes', 'x'], arn);
  await startedTask();
  expect((await outcome).exitCode, ada.seen()).not.toBe(0);
  expect(ada.seen()).toMatch(said);
  expect(ada.seen()).not.toContain('hunter2');
});

it('is stopped in order, and resumed by a task', async () => {
  await target.run('CREATE DATABASE again');
  aws.secrets.set(secretArn('again'), ofRds('again'));
  const ada = restorer();
  const stopped = ada.restore([name, '--unproven', '--yes', 'again'], secretArn('again'));
  const task = await startedTask();
  await expect.poll(ada.seen, { timeout: 60_000 }).toContain('daily/app');
  task.kill('SIGTERM');
  const { exitCode } = await stopped;
  if (exitCode !== 0) expect(ada.seen()).toContain('--resume');
  ecs.requests.length = 0;
  ecs.lines = [];
  const resumed = await restoreInto('again', ['--resume', '--yes', 'again']);
  if (exitCode !== 0) expect(resumed.exitCode, resumed.seen).toBe(0);
  expect(await rowsIn('again')).toBe(ROWS);
});
