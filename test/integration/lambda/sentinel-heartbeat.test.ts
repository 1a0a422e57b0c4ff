import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { handler as SentinelHandler } from '../../../lambda/sentinel.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:heartbeat-AbCdEf';
const PAGE = 'lifeboat-production-app-page-now';
let aws: AwsServer;
let s3: S3Server;
let receiver: Receiver;
let handler: typeof SentinelHandler;

beforeAll(async () => {
  [aws, s3, receiver] = await Promise.all([startAwsServer(), startS3Server(), startReceiver()]);
  const variables = {
    ...{ ...aws.environment(), ...s3.environment() },
    LIFEBOAT_ENVIRONMENT: 'production',
    LIFEBOAT_VAULT: `s3://${s3.bucket}`,
    LIFEBOAT_SOURCES: JSON.stringify([{ name: 'app', backupSchedule: 'nightly' }]),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  aws.secrets.set(SECRET, `http://${receiver.host}/ping/check`);
  // Files share a process, and the clients of AWS are made when their modules are loaded.
  vi.resetModules();
  ({ handler } = await import('../../../lambda/sentinel.ts'));
});
afterEach(() => {
  receiver.received.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([aws?.stop(), s3?.stop(), receiver?.stop()]);
});

const look = (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 240_000 } as never);
const beats = () => receiver.received.map(({ path, body }) => [path.replace(/\?.*/, ''), body]);
const page = (StateValue: 'OK' | 'ALARM') => [
  { AlarmName: PAGE, StateValue, AlarmRule: 'ALARM("x")' },
  { AlarmName: 'lifeboat-production-other', StateValue: 'ALARM' as const, AlarmRule: 'ALARM("x")' },
];

it('tells a monitor outside that all is well, and what is red', async () => {
  aws.schedules.set('nightly', new Date());
  aws.cloudWatch.alarms = page('OK');
  await look({ heartbeatSecretArn: SECRET });
  aws.cloudWatch.alarms = page('ALARM');
  await look({ heartbeatSecretArn: SECRET });
  expect(beats()).toEqual([
    ['/ping/check', ''],
    ['/ping/check/fail', `Red: ${PAGE}.`],
  ]);
});

it('tells that the sentinel failed, and nothing of a run by hand', async () => {
  aws.schedules.clear();
  await expect(look({ heartbeatSecretArn: SECRET })).rejects.toThrow('could not read everything');
  expect(beats()).toMatchObject([['/ping/check/fail', expect.stringContaining('could not read everything')]]);
  aws.schedules.set('nightly', new Date());
  await look({});
  expect(beats()).toHaveLength(1);
});
