import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { DRILL_EXIT, type DrillLaunch } from '../../../lib/contract/drill-task.ts';
import { type BackupPlace, proofKey } from '../../../lib/engine/archive/keys.ts';
import { nameOfBackup } from '../../../lib/engine/archive/listing.ts';
import { backup } from '../../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

/** What the drill function hands to a task, and what it does when that task has ended. */
const HEARTBEAT = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:heartbeat-AbCdEf';
const LAUNCH: DrillLaunch = {
  when: 'auto',
  ...{ cluster: 'arn:cluster', family: 'lifeboat-sandbox-drill', group: 'lifeboat:sandbox:app:drill' },
  ...{ ownImage: false, taskRole: 'arn:role', volumeRole: 'arn:volumes', hours: 12 },
  ...{ subnets: ['subnet-1'], securityGroups: ['sg-1'], publicIp: true },
};
type Handler = (event: unknown, context: Context) => Promise<object>;

let postgres: PostgresServer;
let s3: S3Server;
let aws: AwsServer;
let monitor: Receiver;
let store: ObjectStore;
let backups = 0;

beforeAll(async () => {
  [postgres, s3, aws, monitor] = await Promise.all([
    startPostgres({ major: 17 }),
    startS3Server({}),
    startAwsServer(),
    startReceiver(),
  ]);
  await postgres.run(
    `CREATE TABLE orders AS SELECT g AS id, 'row ' || g AS note FROM generate_series(1, 500) g`,
  );
  const { endpoint, region, credentials, bucket } = s3;
  store = openS3Store({ bucket, endpoint, region, credentials, prefix: '' });
  aws.secrets.set(HEARTBEAT, `http://${monitor.host}/ping/drill`);
  const ofFunction = {
    LIFEBOAT_ENVIRONMENT: 'sandbox',
    LIFEBOAT_SOURCE: 'app',
    LIFEBOAT_VAULT: `s3://${bucket}`,
    LIFEBOAT_HEARTBEAT_SECRET_ARN: HEARTBEAT,
  };
  for (const [name, value] of Object.entries({ ...s3.environment(), ...aws.environment(), ...ofFunction }))
    vi.stubEnv(name, value);
});
beforeEach(() => {
  aws.tasks.clear();
  aws.noTaskBecause = undefined;
  monitor.received.length = 0;
  aws.cloudWatch.take();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store?.close();
  await Promise.all([postgres?.stop(), s3?.stop(), aws?.stop(), monitor?.stop()]);
});

async function handlerFor(when: DrillLaunch['when']): Promise<Handler> {
  vi.stubEnv('LIFEBOAT_DRILL_TASK', JSON.stringify({ ...LAUNCH, when }));
  vi.resetModules();
  return (await import('../../../lambda/restore-drill.ts')).handler as Handler;
}

async function seal(): Promise<BackupPlace> {
  backups += 1;
  const backupId = `202611${String(backups).padStart(2, '0')}T020000Z`;
  const place: BackupPlace = { retentionClass: 'daily', source: 'app', backupId };
  await backup({ settings: connectionSettings(postgres.url()), store, place });
  return place;
}

const invocation = (awsRequestId: string) =>
  ({ awsRequestId, memoryLimitInMB: '2048', getRemainingTimeInMillis: () => 900_000 }) as Context;
const published = () => aws.cloudWatch.take().app ?? {};
const paths = () => monitor.received.map(({ path }) => path.replace(/\?.*/, ''));
const isProven = async (place: BackupPlace) => (await store.head(proofKey(place))) !== undefined;

function ended(exitCode: number | undefined, more: object = {}): object {
  const [task] = aws.tasks.values();
  const environment = Object.entries(task?.variables ?? {}).map(([name, value]) => ({ name, value }));
  return {
    'detail-type': 'ECS Task State Change',
    detail: {
      taskArn: task?.arn,
      ...{ startedAt: '2026-11-20T02:00:00Z', stoppedAt: '2026-11-20T02:30:00Z' },
      containers: [{ name: 'lifeboat', ...(exitCode !== undefined && { exitCode }) }],
      overrides: { containerOverrides: [{ name: 'lifeboat', environment }] },
      ...more,
    },
  };
}

it('a backup that can be proven in full is proven by the function, and no task starts', async () => {
  const place = await seal();
  const handler = await handlerFor('auto');
  expect(await handler({ backup: nameOfBackup(place) }, invocation('one'))).toMatchObject({
    verdict: 'proven',
  });
  expect(aws.tasks.size).toBe(0);
  expect(await isProven(place)).toBe(true);
  expect(published()).toEqual({ DrillStarted: 1, DrillSucceeded: 1 });
  expect(paths()).toEqual(['/ping/drill']);
});

it('what the embedded server had to skip is handed over, and its proof is not kept', async () => {
  await postgres.run(
    `CREATE FUNCTION page_items() RETURNS bool LANGUAGE c AS '$libdir/sslinfo', 'ssl_is_used'`,
  );
  const place = await seal();
  const handler = await handlerFor('auto');
  const answer = await handler({ backup: nameOfBackup(place) }, invocation('two'));
  expect(answer).toMatchObject({
    outcome: 'handed-over',
    backup: nameOfBackup(place),
    why: [expect.stringContaining('skipped here: statement function public.page_items')],
  });
  // The drill succeeded, and the task's own will be counted as another one.
  expect(published()).toEqual({ DrillStarted: 1, DrillSucceeded: 1 });
  expect(await isProven(place)).toBe(false);
  expect(paths()).toEqual([]);
  const [task] = aws.tasks.values();
  expect(task?.request).toMatchObject({ taskDefinition: 'lifeboat-sandbox-drill-17' });
  expect(task?.variables).toMatchObject({
    LIFEBOAT_DRILL_BACKUP: nameOfBackup(place),
    LIFEBOAT_SOURCE: 'app',
  });
  await postgres.run('DROP FUNCTION page_items');
});

it('a repeated invocation starts no second task, and one by hand does', async () => {
  const place = await seal();
  const handler = await handlerFor('task');
  const event = { backup: nameOfBackup(place) };
  const first = await handler(event, invocation('11111111-2222-3333-4444-555555555555'));
  expect(await handler(event, invocation('11111111-2222-3333-4444-555555555555'))).toEqual(first);
  expect(aws.tasks.size).toBe(1);
  await handler(event, invocation('99999999-2222-3333-4444-555555555555'));
  expect(aws.tasks.size).toBe(2);
  // What was never begun is not counted as begun.
  expect(published()).toEqual({});
});

it('a task that cannot be started is a failed drill, in words that say why', async () => {
  const place = await seal();
  const handler = await handlerFor('task');
  aws.noTaskBecause = 'RESOURCE:ENI';
  await expect(handler({ backup: nameOfBackup(place) }, invocation('three'))).rejects.toMatchObject({
    code: 'drill-task-not-started',
    what: expect.stringContaining('RESOURCE:ENI'),
  });
  expect(published()).toMatchObject({ DrillFailed: 1 });
  expect(paths()).toEqual(['/ping/drill/fail']);
});

it('the end of a task reaches the monitor, and the metrics if nobody has told them', async () => {
  const handler = await handlerFor('task');
  await handler({ backup: nameOfBackup(await seal()) }, invocation('four'));
  expect(await handler(ended(DRILL_EXIT.done), invocation('five'))).toMatchObject({ outcome: 'task-ended' });
  expect(published()).toEqual({});
  expect(paths()).toEqual(['/ping/drill']);

  await expect(handler(ended(DRILL_EXIT.failed), invocation('six'))).rejects.toMatchObject({
    code: 'drill-task-failed',
  });
  expect(published()).toEqual({});
  expect(paths()).toEqual(['/ping/drill', '/ping/drill/fail']);

  for (const [code, reason] of [
    [1, 'the program cannot begin'],
    [137, 'OutOfMemoryError'],
    [undefined, 'CannotPullContainerError: postgres:17'],
  ] as const) {
    await expect(handler(ended(code, { stoppedReason: reason }), invocation('seven'))).rejects.toMatchObject({
      code: 'drill-task-died',
      what: expect.stringContaining(reason),
    });
    expect(published()).toEqual({ DrillStarted: 1, DrillFailed: 1 });
  }
});
