import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { ALARM_TEXTS } from '../../lib/contract/alarm-texts.ts';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';
import { resolve } from './support/intrinsics.ts';
import { isAllowed, roleStatements, type Statement } from './support/policy.ts';
import { resource, resources, templateOf } from './support/synthesized.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/ops-AbCdEf';
const NIGHT = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/night-AbCdEf';
const notifications: EnvironmentSettings['notifications'] = {
  emails: ['on-call@example.com'],
  channels: [
    { kind: 'slack', secretArn: SECRET },
    { kind: 'pagerduty', secretArn: NIGHT, hears: ['critical'] },
  ],
  digest: 'cron(0 7 ? * MON *)',
  heartbeat: { secretName: 'lifeboat/heartbeat' },
};
const [first, ...more] = environments.production?.sources ?? [];
if (!first) throw new Error('production has a source');
const unmeasured = ({ health: _health, ...source }: SourceSettings): SourceSettings => source;
const template = templateOf('production', {
  notifications,
  sources: [{ ...first, heartbeat: { secretName: 'lifeboat/heartbeat-app' } }, ...more],
});
const [alarmTopic] = resource(template, 'AWS::SNS::Topic', /LifeboatAlarms/);
const [mailTopic, mail] = resource(template, 'AWS::SNS::Topic', /LifeboatAlerts/);
const [functionId, notify] = resource(template, 'AWS::Lambda::Function', /Notify/);
const [queueId] = resource(template, 'AWS::SQS::Queue', /Notifications/);
const role = roleStatements(template, /NotifyRole/);
const properties = ([, { Properties }]: readonly [string, { Properties: unknown }]) =>
  resolve(Properties) as Record<string, unknown>;
const subscriptions = resources(template, 'AWS::SNS::Subscription').map(properties);
const allAlarms = [
  ...resources(template, 'AWS::CloudWatch::Alarm'),
  ...resources(template, 'AWS::CloudWatch::CompositeAlarm'),
].map(properties) as Array<{ AlarmName: string; AlarmActions?: string[]; OKActions?: string[] }>;

function policyOf(topic: string, service: string): Statement[] {
  const policy = resources(template, 'AWS::SNS::TopicPolicy')
    .map(properties)
    .find(({ Topics }) => (Topics as string[]).includes(topic));
  const { Statement: all = [] } = (policy?.PolicyDocument ?? {}) as { Statement?: Statement[] };
  return all.filter(({ Principal }) => JSON.stringify(Principal).includes(service));
}

describe('an alarm walks to people', () => {
  it('alarm → topic: red and green, and those that watch the messengers go to people directly', () => {
    const own = ['notify-errors', 'notify-silent', 'notify-dead-letters', 'notify-throttled'].map(
      (kind) => `lifeboat-production-${kind}`,
    );
    expect(allAlarms.map(({ AlarmName }) => AlarmName)).toEqual(expect.arrayContaining(own));
    for (const { AlarmName, AlarmActions, OKActions } of allAlarms) {
      if (AlarmName?.endsWith('sentinel-silent')) continue;
      if (own.includes(AlarmName)) expect(AlarmActions, AlarmName).toEqual([mailTopic]);
      else expect([AlarmActions, OKActions], AlarmName).toEqual([[alarmTopic], [alarmTopic]]);
    }
  });

  it('topic → key: CloudWatch and EventBridge may publish, and one key serves both topics', () => {
    const context = { 'aws:SourceAccount': '111122223333', 'aws:SecureTransport': 'true' };
    for (const topic of [alarmTopic, mailTopic]) {
      const publish = { action: 'sns:Publish', resource: topic, context };
      expect(isAllowed(policyOf(topic, 'cloudwatch.amazonaws.com'), publish), topic).toBe(true);
    }
    expect(policyOf(alarmTopic, 'events.amazonaws.com')).toHaveLength(1);
    const [, raw] = resource(template, 'AWS::SNS::Topic', /LifeboatAlarms/);
    expect(raw.Properties.KmsMasterKeyId).toEqual(mail.Properties.KmsMasterKeyId);
  });

  it('topic → function: it may be invoked, and what cannot be handed over is a dead letter', () => {
    expect(subscriptions).toContainEqual({
      ...{ Protocol: 'lambda', TopicArn: alarmTopic, Endpoint: `arn:${functionId}` },
      RedrivePolicy: { deadLetterTargetArn: `arn:${queueId}` },
    });
    expect(resources(template, 'AWS::Lambda::Permission').map(properties)).toContainEqual(
      expect.objectContaining({
        Principal: 'sns.amazonaws.com',
        SourceArn: alarmTopic,
        FunctionName: `arn:${functionId}`,
      }),
    );
    const [policy] = resources(template, 'AWS::SQS::QueuePolicy')
      .map(properties)
      .filter(({ Queues }) => (Queues as string[]).includes(queueId));
    const { Statement: statements = [] } = (policy?.PolicyDocument ?? {}) as { Statement?: Statement[] };
    for (const source of [alarmTopic, mailTopic]) {
      const send = {
        action: 'sqs:SendMessage',
        resource: `arn:${queueId}`,
        context: { 'aws:SourceArn': source, 'aws:SecureTransport': 'true' },
      };
      expect(isAllowed(statements, send), source).toBe(true);
    }
  });

  it('function → channel: it reads the secrets, and their addresses are nowhere in the template', () => {
    const read = (resourceArn: string) =>
      isAllowed(role, { action: 'secretsmanager:GetSecretValue', resource: resourceArn });
    expect([SECRET, NIGHT, first.secretArn ?? ''].map(read)).toEqual([true, true, false]);
    const { Variables } = resolve(notify.Properties.Environment) as { Variables: Record<string, string> };
    expect(JSON.parse(Variables.LIFEBOAT_CHANNELS ?? '')).toEqual([
      { name: 'slack', kind: 'slack', secretArn: SECRET, hears: ['critical', 'warning', 'info'] },
      { name: 'pagerduty', kind: 'pagerduty', secretArn: NIGHT, hears: ['critical'] },
    ]);
    expect(JSON.parse(Variables.LIFEBOAT_SOURCE_NAMES ?? '')).toEqual(['app', 'billing']);
    expect(Object.values(Variables).join('').length).toBeLessThan(3000);
  });

  it('function → e-mail: by the topic whose addresses have confirmed already', () => {
    expect(isAllowed(role, { action: 'sns:Publish', resource: mailTopic })).toBe(true);
    expect(isAllowed(role, { action: 'sns:Publish', resource: alarmTopic })).toBe(false);
    const emails = subscriptions.filter(({ Protocol }) => Protocol === 'email');
    expect(emails).toEqual([{ Protocol: 'email', Endpoint: 'on-call@example.com', TopicArn: mailTopic }]);
    const [before] = resource(templateOf('production'), 'AWS::SNS::Topic', /LifeboatAlerts/);
    expect(mailTopic).toBe(before);
    const unchanged = Object.keys(templateOf('production').findResources('AWS::SNS::Subscription')).length;
    expect(unchanged).toBe(2);
  });

  it('when the function is broken, Lambda mails what it was to tell, and keeps it for the alarm on dead letters', () => {
    const configuration = resources(template, 'AWS::Lambda::EventInvokeConfig')
      .map(properties)
      .find(({ FunctionName }) => FunctionName === functionId);
    expect(configuration).toMatchObject({
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: mailTopic } },
    });
    expect(subscriptions).toContainEqual({
      ...{
        Protocol: 'sqs',
        TopicArn: mailTopic,
        Endpoint: `arn:${queueId}`,
        FilterPolicyScope: 'MessageBody',
      },
      FilterPolicy: { requestContext: { condition: ['RetriesExhausted', 'EventAgeExceeded'] } },
    });
  });
});

describe('the function', () => {
  it('reads manifests and no row, and changes nothing of the vault', () => {
    const [vault] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
    const may = (action: string, key: string) =>
      isAllowed(role, { action, resource: `arn:${vault}/daily/app/1/${key}` });
    expect(may('s3:GetObject', 'manifest.json')).toBe(true);
    expect(may('s3:GetObject', 'x/data/0001.zst')).toBe(false);
    expect(may('s3:PutObject', 'proof.json')).toBe(false);
    expect(
      isAllowed(role, {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        context: { 'cloudwatch:namespace': 'Lifeboat' },
      }),
    ).toBe(false);
  });

  it('reads the results of health of the sources that are measured, and of no other', () => {
    const measured = templateOf('production', {
      notifications,
      sources: [{ ...first, health: {} }, ...more.map(unmeasured)],
    });
    const statements = roleStatements(measured, /NotifyRole/);
    const results = statements.find(({ Sid }) => Sid === 'ReadResult')?.Resource;
    expect([results].flat()).toEqual([expect.stringMatching(/\/health\/app\/latest\.json$/)]);
    const [, { Properties }] = resource(measured, 'AWS::Lambda::Function', /Notify/);
    const { Variables } = resolve(Properties.Environment) as { Variables: Record<string, string> };
    expect(Variables.LIFEBOAT_MEASURED_SOURCES).toBe('["app"]');
    expect(Variables.LIFEBOAT_HEALTH_RESULTS).toMatch(/^s3:\/\/./);
    const none = templateOf('production', { notifications, sources: [first, ...more].map(unmeasured) });
    expect(JSON.stringify(roleStatements(none, /NotifyRole/))).not.toContain('health/');
  });

  it('is started by a sweep every 15 minutes, and by the digest with all sources', () => {
    const inputs = resources(template, 'AWS::Scheduler::Schedule')
      .map(properties)
      .flatMap(({ Target, ScheduleExpression }) => {
        const { Arn, Input } = Target as { Arn: string; Input: string };
        return Arn === `arn:${functionId}` ? [[ScheduleExpression, JSON.parse(Input)]] : [];
      });
    expect(inputs.toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
      [
        'cron(0 7 ? * MON *)',
        {
          digest: true,
          sources: [
            { name: 'app', drill: 'function', timeZone: 'UTC', drillSchedule: 'cron(0 5 ? * SUN *)' },
            {
              name: 'billing',
              drill: 'function',
              timeZone: 'Europe/Berlin',
              drillSchedule: 'cron(0 4 ? * SUN *)',
            },
          ],
        },
      ],
      ['rate(15 minutes)', { sweep: true }],
    ]);
  });

  it('is there only if somebody asks for it', () => {
    expect(Object.keys(templateOf('production').findResources('AWS::DynamoDB::Table'))).toEqual([]);
    const worded = templateOf('development', { notifications: { emails: ['a@example.com'], channels: [] } });
    expect(resources(worded, 'AWS::DynamoDB::Table')).toHaveLength(1);
  });
});

it('the heartbeat’s secret is read by the functions that beat, each its own', () => {
  const reads = (name: RegExp, secret: string) =>
    isAllowed(roleStatements(template, name), {
      action: 'secretsmanager:GetSecretValue',
      resource: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${secret}-AbCdEf`,
    });
  expect(
    [
      /SourceappBackupRole/,
      /SourceappRestoreDrillRole/,
      /SourcebillingBackupRole/,
      /SentinelSentinelRole|SentinelRole/,
    ].map((name) => [reads(name, 'lifeboat/heartbeat-app'), reads(name, 'lifeboat/heartbeat')]),
  ).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [false, true],
  ]);
});

describe('a wrong setting', () => {
  const problem = (changed: object) => {
    const settings = {
      ...environments.production,
      region: 'eu-central-1',
      notifications: { ...notifications, ...changed },
    };
    try {
      readEnvironments({ production: settings }, undefined, new Date());
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  it.each([
    [{}, undefined],
    [
      { channels: [{ kind: 'slak', secretArn: SECRET }] },
      /notifications\.channels\[0\]\.kind: "slak" should be one of slack, discord/,
    ],
    [{ channels: [{ kind: 'slack' }] }, /channels\[0\]: should name its secret, and once/],
    [
      { channels: [{ kind: 'slack', secretArn: SECRET, secretName: 'x' }] },
      /channels\[0\]: should name its secret, and once/,
    ],
    [
      { channels: [{ kind: 'slack', url: 'https://hooks.slack.com/services/T0/B0/x' }] },
      /channels\[0\]: has "url", which Lifeboat does not know/,
    ],
    [
      { channels: [{ kind: 'slack', secretArn: SECRET, hears: ['loud'] }] },
      /channels\[0\]\.hears: should be some of critical, warning, info/,
    ],
    [{ channels: [{ kind: 'slack', secretArn: SECRET, hears: [] }] }, /hears: should be some of/],
    [
      { channels: [{ kind: 'slack', secretArn: SECRET, name: 'Ops Team' }] },
      /name: "Ops Team" should be at most 40/,
    ],
    [
      {
        channels: [
          { kind: 'slack', secretArn: SECRET, name: 'a' },
          { kind: 'teams', secretArn: SECRET, name: 'a' },
        ],
      },
      /channels\[1\]\.name: is the name of channels\[0\] too/,
    ],
    [
      { channels: Array.from({ length: 9 }, () => ({ kind: 'slack', secretArn: SECRET })) },
      /channels: are 9; 8 is the most/,
    ],
    [
      { channels: [{ kind: 'slack', secretArn: SECRET.replace('eu-central-1', 'us-east-1') }] },
      /channels\[0\]\.secretArn: is in us-east-1/,
    ],
    [{ digest: 'every Monday' }, /notifications\.digest: "every Monday" is neither cron/],
    [{ heartbeat: {} }, /notifications\.heartbeat: should name its secret/],
  ])('is one sentence with its path: %j', (changed, words) => {
    if (words === undefined) expect(problem(changed)).toBeUndefined();
    else expect(problem(changed)).toMatch(words);
    expect(problem(changed) ?? '').not.toContain('hooks.slack.com/services/T0');
  });
});

it('every alarm’s text is one that the function can tell', () => {
  expect(Object.keys(ALARM_TEXTS)).toEqual(expect.arrayContaining(['notify-errors', 'notify-silent']));
});
