import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { OutsideHeartbeat } from '../../../lambda/shared/heartbeat.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { captureLog } from '../../support/lambda/capture-log.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:heartbeat-AbCdEf';
let aws: AwsServer;
let receiver: Receiver;
let Outside: typeof OutsideHeartbeat;

beforeAll(async () => {
  [aws, receiver] = await Promise.all([startAwsServer(), startReceiver()]);
  const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' };
  for (const [name, value] of Object.entries({ ...aws.environment(), ...keys })) vi.stubEnv(name, value);
  ({ OutsideHeartbeat: Outside } = await import('../../../lambda/shared/heartbeat.ts'));
});
afterEach(() => {
  receiver.received.length = 0;
  receiver.usual = {};
  vi.restoreAllMocks();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([aws?.stop(), receiver?.stop()]);
});
const paths = () => receiver.received.map(({ path }) => path.replace(/\?.*/, ''));
const success = { state: 'success', durationMs: 1200 } as const;
const failure = { state: 'failure', durationMs: 1200, why: 'The backup of app failed.' } as const;

it('goes to the address of the function, and says a failure where the monitor has a word for it', async () => {
  aws.secrets.set(
    SECRET,
    JSON.stringify({ backup: `http://${receiver.host}/ping/b`, drill: `http://${receiver.host}/ping/d` }),
  );
  await new Outside(SECRET, 'backup').tell(success);
  await new Outside(SECRET, 'drill').tell(failure);
  await new Outside(SECRET, 'sentinel').tell(success);
  expect(paths()).toEqual(['/ping/b', '/ping/d/fail']);
  expect(receiver.received[1]?.body).toBe('The backup of app failed.');
});

it('goes to the one address that the secret is', async () => {
  aws.secrets.set(SECRET, `http://${receiver.host}/ping/all\n`);
  await new Outside(SECRET, 'backup').tell(success);
  expect(paths()).toEqual(['/ping/all']);
});

it.each([
  ['a monitor that is down', () => `http://127.0.0.1:1/ping/secret-part`],
  ['a monitor that refuses', () => `http://${receiver.host}/ping/secret-part`],
  ['a secret that is no address', () => 'secret-part'],
  ['a secret that is no JSON', () => '{"backup": secret-part'],
  ['a secret that is not there', undefined],
])('fails nothing, and shows no address: %s', async (_, secret) => {
  receiver.usual = { status: 400 };
  if (secret) aws.secrets.set(SECRET, secret());
  else aws.secrets.clear();
  const written = captureLog();
  await new Outside(SECRET, 'backup').tell(success);
  const lines = written();
  expect(lines).toContain('the monitor outside was not told');
  expect(lines).not.toContain('secret-part');
});

it('is none without a secret', async () => {
  const before = aws.requests.length;
  await new Outside(undefined, 'backup').tell(success);
  expect(aws.requests).toHaveLength(before);
});
