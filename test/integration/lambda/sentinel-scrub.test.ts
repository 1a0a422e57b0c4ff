import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { handler as SentinelHandler } from '../../../lambda/sentinel.ts';
import { writeScrubSummary } from '../../../lib/engine/archive/scrub-summary.ts';
import { totalsOf } from '../../../lib/engine/scrub/total-scrub.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

const DAY_S = 86_400;
let aws: AwsServer;
let s3: S3Server;
let handler: typeof SentinelHandler;

beforeAll(async () => {
  vi.resetModules();
  [aws, s3] = await Promise.all([startAwsServer(), startS3Server()]);
  const variables = {
    ...{ ...aws.environment(), ...s3.environment() },
    LIFEBOAT_ENVIRONMENT: 'production',
    LIFEBOAT_VAULT: `s3://${s3.bucket}`,
    LIFEBOAT_SOURCES: JSON.stringify(['app', 'blog'].map((name) => ({ name, backupSchedule: 'nightly' }))),
    LIFEBOAT_SCRUB_SCHEDULE: 'monthly',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  aws.schedules.set('nightly', new Date());
  aws.schedules.set('monthly', new Date(Date.now() - 40 * DAY_S * 1000));
  ({ handler } = await import('../../../lambda/sentinel.ts'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.resetModules();
  await Promise.all([aws?.stop(), s3?.stop()]);
});

async function ages(): Promise<Array<number | undefined>> {
  await handler({}, { getRemainingTimeInMillis: () => 240_000 } as never);
  const published = aws.cloudWatch.take();
  return ['app', 'blog'].map((source) => published[source]?.ScrubAgeSeconds);
}

it('the age of the last scrub counts from the schedule, and from the end of a scrub once there is one', async () => {
  for (const age of await ages()) {
    expect(age).toBeGreaterThanOrEqual(40 * DAY_S);
    expect(age).toBeLessThan(41 * DAY_S);
  }
  const { bucket, endpoint, region, credentials } = s3;
  const store = openS3Store({ bucket, prefix: '', endpoint, region, credentials });
  // By a clock that is wrong by years: S3 says when it was written.
  const long = new Date('2001-01-01T00:00:00Z');
  await writeScrubSummary(store, { startedAt: long, endedAt: long }, totalsOf([], 0), {});
  await store.close();
  for (const age of await ages()) expect(age).toBeLessThan(DAY_S);
});

it('without an answer of Scheduler no age is published, and the run fails', async () => {
  aws.schedules.delete('monthly');
  await expect(ages()).rejects.toThrow('could not read everything');
  expect(aws.cloudWatch.take().app?.ScrubAgeSeconds).toBeUndefined();
});
