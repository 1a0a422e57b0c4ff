import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createS3Client } from '../../../../lib/engine/storage/s3-client.ts';

/** The part of a client of the SDK that is used here. */
interface Sender {
  readonly middlewareStack: { add(middleware: unknown, where: object): void };
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterEach(() => vi.unstubAllEnvs());

/** The host that a request would go to. Sends none. */
async function hostOf(client: unknown, command: unknown): Promise<string> {
  const sender = client as Sender;
  let host = '';
  sender.middlewareStack.add(
    () => async (call: { request: { hostname: string } }) => {
      host = call.request.hostname;
      throw new Error('not sent');
    },
    { step: 'deserialize', priority: 'low' },
  );
  await sender.send(command).catch(() => undefined);
  sender.destroy();
  return host;
}

async function hosts(): Promise<string[]> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  return [
    await hostOf(createS3Client({}), new HeadBucketCommand({ Bucket: 'bucket' })),
    await hostOf(new SecretsManagerClient(), new GetSecretValueCommand({ SecretId: 'id' })),
    await hostOf(new CloudWatchClient(), new PutMetricDataCommand({ Namespace: 'x', MetricData: [] })),
  ];
}

it('reaches AWS at hosts that have IPv6 addresses, in a network where the stack says so', async () => {
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
  expect(await hosts()).toEqual([
    'bucket.s3.dualstack.eu-central-1.amazonaws.com',
    // This host has both kinds of addresses under its usual name.
    'secretsmanager.eu-central-1.amazonaws.com',
    'monitoring.eu-central-1.api.aws',
  ]);
});

it('and at the usual hosts elsewhere', async () => {
  expect(await hosts()).toEqual([
    'bucket.s3.eu-central-1.amazonaws.com',
    'secretsmanager.eu-central-1.amazonaws.com',
    'monitoring.eu-central-1.amazonaws.com',
  ]);
});
