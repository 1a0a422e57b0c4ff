import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TryAlertRequest, tryAlert } from '../../../lib/engine/watch/try-alert.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import type { AlarmState } from '../../support/aws/cloudwatch.ts';
import { lifeboat } from '../cli/lifeboat.ts';

const ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm';
const CHILD = 'lifeboat-production-app-no-backup-25h';
const PAGE = 'lifeboat-production-app-page-now';
const CREDENTIALS = { accessKeyId: 'anybody', secretAccessKey: 'anything' };

const child: AlarmState = { AlarmName: CHILD, StateValue: 'OK', TreatMissingData: 'missing' };
const page: AlarmState = {
  AlarmName: PAGE,
  StateValue: 'OK',
  AlarmRule: `(ALARM("${ARN}:${CHILD}") OR ALARM("${ARN}:lifeboat-production-app-unproven"))`,
  StateUpdatedTimestamp: 1_700_000_000,
};

let aws: AwsServer;
beforeAll(async () => {
  aws = await startAwsServer();
});
afterAll(() => aws.stop());
beforeEach(() => {
  aws.cloudWatch.alarms = [child, page];
  aws.cloudWatch.looksUntilGreen = 3;
});

async function tried(changes: Partial<TryAlertRequest> = {}) {
  const client = new CloudWatchClient({
    region: 'eu-central-1',
    endpoint: aws.environment().AWS_ENDPOINT_URL_CLOUDWATCH ?? '',
    credentials: CREDENTIALS,
  });
  const { signal } = new AbortController();
  try {
    return await tryAlert({
      ...{ client, environment: 'production', source: 'app', longestMs: 5000, pollMs: 10, signal },
      ...changes,
    });
  } finally {
    client.destroy();
  }
}

describe('an alert that is tried', () => {
  it('sets a metric alarm, never the page-now, and waits until both are green again', async () => {
    const begun: unknown[] = [];
    aws.cloudWatch.looksUntilGreen = 4;
    const before = aws.requests.length;
    expect(await tried({ onBegin: (alarms) => begun.push(alarms) })).toMatchObject({
      ...{ child: CHILD, pageNow: PAGE, verdict: 'seen' },
    });
    expect(begun).toEqual([{ child: CHILD, pageNow: PAGE }]);
    expect(aws.cloudWatch.alarms.map(({ StateValue }) => StateValue)).toEqual(['OK', 'OK']);
    const asked = aws.requests.slice(before);
    expect(asked.filter((action) => action === 'cloudwatch:SetAlarmState')).toHaveLength(1);
    expect(asked.filter((action) => action === 'cloudwatch:DescribeAlarms').length).toBeGreaterThanOrEqual(5);
  });

  it('was seen too when it was red only between two looks', async () => {
    aws.cloudWatch.looksUntilGreen = 1;
    expect(await tried()).toMatchObject({ verdict: 'seen' });
  });

  it('was not, when the page-now does not follow, or stays red', async () => {
    // Named and never followed: the server looks for the name in quotes.
    aws.cloudWatch.alarms = [child, { ...page, AlarmRule: `FALSE AND ALARM(${ARN}:${CHILD})` }];
    expect(await tried({ longestMs: 60 })).toMatchObject({ verdict: 'not-paged' });
    aws.cloudWatch.alarms = [child, page];
    aws.cloudWatch.looksUntilGreen = 1000;
    expect(await tried({ longestMs: 60 })).toMatchObject({ verdict: 'still-red' });
  });

  it.each<[string, AlarmState[], string]>([
    [
      'the page-now is red',
      [child, { ...page, StateValue: 'ALARM', StateReason: 'app-unproven' }],
      'alert-already-red',
    ],
    ['the metric alarm is red', [{ ...child, StateValue: 'ALARM' }, page], 'alert-already-red'],
    ['nobody would be told', [child, { ...page, ActionsEnabled: false }], 'alert-muted'],
    ['there is no such source', [child], 'alert-unknown'],
    ['its metric alarm is gone', [page], 'alert-unknown'],
  ])('is refused when %s, and nothing is changed', async (_, alarms, code) => {
    aws.cloudWatch.alarms = alarms;
    const before = aws.requests.length;
    await expect(tried()).rejects.toMatchObject({ code });
    expect(aws.requests.slice(before)).not.toContain('cloudwatch:SetAlarmState');
  });
});

describe('lifeboat alert test', () => {
  const environment = () => ({
    ...aws.environment(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });

  it('says what will be seen, and what was', async () => {
    aws.cloudWatch.looksUntilGreen = 3;
    const ended = await lifeboat(['alert', 'test', '--environment', 'production', '--name', 'app'], {
      environment: environment(),
    });
    expect(ended.stderr).toBe(
      `Turning ${CHILD} red. Expect "ALARM" from ${PAGE}, and "OK" some minutes later.\n`,
    );
    expect(ended.stdout).toMatch(/^seen after /);
    expect(ended.stdout).toContain(PAGE);
    expect(ended.exitCode).toBe(0);
  });

  it('wants an environment that is there', async () => {
    const ended = await lifeboat(['alert', 'test', '--environment', 'staging'], {
      environment: environment(),
    });
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('has no alarm lifeboat-staging-page-now');
    expect((await lifeboat(['alert', 'test'], {})).exitCode).toBe(2);
  });
});
