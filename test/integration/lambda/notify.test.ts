import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { handler as NotifyHandler } from '../../../lambda/notify.ts';
import { ALERT_TEST_REASON } from '../../../lib/contract/alert-test.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { health } from '../../../lib/engine/health/health.ts';
import { healthSettings } from '../../../lib/engine/health/settings.ts';
import { storedHealth, storeHealth } from '../../../lib/engine/health/stored-health.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import { captureLog } from '../../support/lambda/capture-log.ts';
import { PUBLISHED } from '../../support/notify/published-formats.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { OPSGENIE_KEY, PAGERDUTY_KEY, WEBHOOK_SECRET } from '../../support/notify/sample-notifications.ts';
import { metricAlarm, pageNow, snsEvent, text } from '../../support/notify/topic-messages.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

const KINDS = ['slack', 'discord', 'teams', 'webhook', 'pagerduty', 'opsgenie'] as const;
const MAIL_TOPIC = 'arn:aws:sns:eu-central-1:111122223333:alerts';
const secretOf = (kind: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${kind}-AbCdEf`;

let aws: AwsServer;
let s3: S3Server;
let receiver: Receiver;
let handler: typeof NotifyHandler;

beforeAll(async () => {
  [aws, s3, receiver] = await Promise.all([startAwsServer(), startS3Server(), startReceiver()]);
  const channels = KINDS.map((kind) => ({
    ...{ name: kind, kind, secretArn: secretOf(kind) },
    hears: kind === 'pagerduty' ? ['critical'] : ['critical', 'warning', 'info'],
  }));
  const variables = {
    ...{ ...aws.environment(), ...s3.environment() },
    LIFEBOAT_ENVIRONMENT: 'production',
    LIFEBOAT_VAULT: `s3://${s3.bucket}`,
    LIFEBOAT_CHANNELS: JSON.stringify(channels),
    LIFEBOAT_MAIL_TOPIC: MAIL_TOPIC,
    LIFEBOAT_ALERT_TABLE: 'told',
    LIFEBOAT_SOURCE_NAMES: '["app"]',
    LIFEBOAT_GATHER_SECONDS: '0',
    LIFEBOAT_HEALTH_RESULTS: `s3://${s3.bucket}`,
    LIFEBOAT_MEASURED_SOURCES: '["app","never-measured"]',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  ({ handler } = await import('../../../lambda/notify.ts'));
});
afterEach(() => {
  receiver.received.length = 0;
  receiver.answers = [];
  receiver.usual = {};
  aws.published.length = 0;
  aws.table.items.clear();
  aws.allows = () => true;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([aws?.stop(), s3?.stop(), receiver?.stop()]);
});

function giveSecrets(): void {
  const { host } = receiver;
  const addresses: Record<(typeof KINDS)[number], string> = {
    slack: `http://${host}/slack`,
    discord: `http://${host}/discord`,
    teams: `http://${host}/teams`,
    webhook: JSON.stringify({ url: `http://${host}/webhook`, secret: WEBHOOK_SECRET }),
    pagerduty: `${PAGERDUTY_KEY}@${host}`,
    opsgenie: `${OPSGENIE_KEY}@${host}`,
  };
  for (const kind of KINDS) aws.secrets.set(secretOf(kind), addresses[kind]);
}

let invocations = 0;
const call = async (event: unknown) => {
  invocations += 1;
  const context = { awsRequestId: `request-${invocations}`, getRemainingTimeInMillis: () => 240_000 };
  return (await handler(event, context as never)) as Record<string, unknown>;
};
/** Who heard what, by the path of the request. */
const heard = () => receiver.received.map(({ path }) => path.replace(/\?.*/, '')).sort();

describe('an alarm', () => {
  it('goes its way to every channel that hears it, in the format that each has published, and by e-mail', async () => {
    giveSecrets();
    const event = snsEvent(metricAlarm('no-backup-25h'), pageNow(['no-backup-25h']));
    expect(await call(event)).toMatchObject({ outcome: 'told', messages: { length: 7 } });
    expect(heard()).toEqual(['/discord', '/slack', '/teams', '/v2/alerts', '/v2/enqueue', '/webhook']);
    for (const { path, body } of receiver.received) {
      const kind =
        KINDS.find((one) => path.includes(one)) ?? (path.includes('enqueue') ? 'pagerduty' : 'opsgenie');
      expect(v.safeParse(PUBLISHED[kind], JSON.parse(body)).issues, kind).toBeUndefined();
      expect(body).toContain('Backups of app are overdue');
      // The vault is empty, and the function has looked.
      expect(body).toContain('There is no backup of app');
    }
    expect(aws.published).toMatchObject([
      {
        topic: MAIL_TOPIC,
        subject: 'CRITICAL: Backups of app are overdue',
        message: expect.stringContaining('To do: '),
      },
    ]);
  });

  it('that is over is told as over, and a test as a test', async () => {
    giveSecrets();
    await call(snsEvent(metricAlarm('no-backup-25h', { reason: ALERT_TEST_REASON })));
    await call(snsEvent(pageNow([], { state: 'OK', at: '2026-11-20T03:05:00.000Z' })));
    await call(snsEvent(metricAlarm('no-backup-25h', { state: 'OK', at: '2026-11-20T03:06:00.000Z' })));
    expect(aws.published.map(({ subject }) => subject)).toEqual([
      'CRITICAL: Test: Backups of app are overdue',
      'OVER: Test: Backups of app are overdue',
    ]);
    const resolved = receiver.received.filter(({ path }) => path.includes('/close'));
    expect(resolved).toHaveLength(1);
  });

  it('wakes no pager that does not hear its severity', async () => {
    giveSecrets();
    await call(snsEvent(metricAlarm('backup-failed')));
    expect(heard()).not.toContain('/v2/enqueue');
    expect(heard()).toContain('/slack');
  });

  it('that nobody knows is delivered as it is', async () => {
    giveSecrets();
    await call(snsEvent(text('The lift is stuck', 'Something else')));
    expect(aws.published).toMatchObject([
      { subject: 'WARNING: Something else', message: expect.stringContaining('The lift is stuck') },
    ]);
  });
});

describe('many invocations at once', () => {
  it('tell each message once, and lose none', async () => {
    giveSecrets();
    const subjects = Array.from({ length: 12 }, (_, index) => `source-${index}`);
    await Promise.all(subjects.map((subject) => call(snsEvent(metricAlarm('backup-failed', { subject })))));
    const pagers = receiver.received.filter(({ path }) => path.startsWith('/v2/alerts'));
    expect(pagers.map(({ body }) => JSON.parse(body).message).sort()).toEqual(
      subjects.map((subject) => `A backup of ${subject} failed`).sort(),
    );
    expect([...aws.table.items.keys()]).toEqual(['["memory","memory"]']);
  });

  it('leave to a sweep what one that died has left, when its time is over', async () => {
    giveSecrets();
    aws.table.items.set('["memory","memory"]', {
      ...{ kind: { S: 'memory' }, id: { S: 'memory' }, turn: { S: 'dead' } },
      untilMs: { N: String(Date.now() + 60_000) },
    });
    expect(await call(snsEvent(metricAlarm('backup-failed')))).toEqual({
      outcome: 'left to the invocation that tells',
    });
    expect(await call({ sweep: true })).toEqual({ outcome: 'left to the invocation that tells' });
    const memory = aws.table.items.get('["memory","memory"]') ?? {};
    aws.table.items.set('["memory","memory"]', { ...memory, untilMs: { N: '1' } });
    expect(await call({ sweep: true })).toMatchObject({ outcome: 'told' });
    expect(aws.published).toHaveLength(1);
  });
});

it('each critical finding of health is told once, while the alarm stays red, and a broken result keeps nothing back', async () => {
  giveSecrets();
  const results = openStore(`s3://${s3.bucket}`);
  const now = () => new Date();
  const settings = healthSettings({});
  const signal = new AbortController().signal;
  const server = await startPostgres({ major: 18, settings: { max_connections: '10' } });
  const store = async (sizeLimitBytes: number | undefined) => {
    const given = sizeLimitBytes === undefined ? settings : healthSettings({ sizeLimitBytes });
    const report = await health({ source: connectionSettings(server.url()), settings: given, now, signal });
    await storeHealth(
      results,
      storedHealth(report, { environment: 'production', source: 'app', everyMinutes: 5 }),
    );
  };
  try {
    await store(undefined);
    await call(snsEvent(metricAlarm('health-critical')));
    expect(aws.published.map(({ subject }) => subject)).toEqual([expect.stringMatching(/^CRITICAL: /)]);
    aws.published.length = 0;
    await store(1000);
    await call({ sweep: true });
    expect(aws.published).toMatchObject([
      {
        subject: 'CRITICAL: Health of app: database-size is critical',
        message: expect.stringContaining('pg_total_relation_size'),
      },
    ]);
    await call({ sweep: true });
    expect(aws.published).toHaveLength(1);
    await results.put('health/app/latest.json', Buffer.from('{'), { ifAbsent: false });
    await call(snsEvent(metricAlarm('backup-failed')));
    expect(aws.published.map(({ subject }) => subject)).toContain('WARNING: A backup of app failed');
  } finally {
    await server.stop();
  }
});

describe('a delivery that fails', () => {
  it('is heard by another channel, with the reason, and no address is in it', async () => {
    giveSecrets();
    aws.secrets.set(secretOf('slack'), 'https://example.com:99999/services/secret-part');
    receiver.usual = { status: 400, body: 'no' };
    await call(snsEvent(metricAlarm('backup-failed')));
    // Once with all the reasons, however many channels have failed.
    const [mail, again, ...others] = aws.published.map(({ message }) => message);
    expect(others).toEqual([]);
    expect(mail).not.toContain('Note:');
    expect(again).toMatch(
      /Note: slack .* discord .* teams .* webhook .*That is why this channel hears it again/s,
    );
    expect(JSON.stringify(aws.published)).not.toContain('secret-part');
    aws.secrets.set(secretOf('slack'), `http://${receiver.host}/slack`);
  });

  it('for all of them fails the invocation, and the message waits until it is heard', async () => {
    giveSecrets();
    receiver.usual = { status: 400 };
    aws.allows = ({ action }) => action !== 'sns:Publish';
    await expect(call(snsEvent(metricAlarm('backup-failed')))).rejects.toThrow('No channel took');
    expect(aws.published).toEqual([]);
    receiver.usual = {};
    aws.allows = () => true;
    expect(await call({ sweep: true })).toMatchObject({ outcome: 'told' });
    expect(aws.published).toHaveLength(1);
    expect(await call({ sweep: true })).toMatchObject({ messages: [] });
  });

  it('because all secrets are gone leaves the e-mail', async () => {
    aws.secrets.clear();
    // What was read is kept for minutes.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
    await call(snsEvent(metricAlarm('backup-failed')));
    vi.useRealTimers();
    expect(aws.published.map(({ subject }) => subject)).toContain('WARNING: A backup of app failed');
    expect(heard()).toEqual([]);
  });
});

describe('a secret that holds nonsense', () => {
  const NONSENSE = [
    'secret-part',
    ' ',
    '{"url": "https://secret-part',
    '{"url": 5, "secret": "secret-part"}',
    '["https://example.com/secret-part"]',
    'https://secret-part:secret-part@[::bad/secret-part',
    'ftp://example.com/secret-part',
    'http://example.com/services/secret-part',
    'pagerduty://secret-part@secret-part:99999',
    `\u0000secret-part${'x'.repeat(70_000)}`,
  ];

  it.each(NONSENSE.map((text, index) => [index, text]))(
    'is shown nowhere, and e-mail hears it: %i',
    async (index, nonsense) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (30 + 20 * Number(index)) * 60_000 });
      const written = captureLog();
      for (const kind of KINDS) aws.secrets.set(secretOf(kind), String(nonsense));
      const answer = await call(snsEvent(metricAlarm('no-backup-25h')));
      const lines = written();
      vi.useRealTimers();
      expect(aws.published.length).toBeGreaterThan(0);
      expect(JSON.stringify([answer, lines, aws.published])).not.toContain('secret-part');
      expect(lines).toContain('cannot be used');
      // The next invocation looks again.
      giveSecrets();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (40 + 20 * Number(index)) * 60_000 });
      await call(snsEvent(metricAlarm('drill-room')));
      vi.useRealTimers();
      expect(heard()).toContain('/discord');
    },
  );
});

describe('a table that fails', () => {
  it.each(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:GetItem'])(
    'fails the invocation, so that Lambda keeps the message: %s',
    async (action) => {
      giveSecrets();
      aws.allows = (access) => access.action !== action;
      const event = snsEvent(metricAlarm('drill-room'));
      await expect(call(event)).rejects.toThrow('not authorized');
      expect(aws.published).toEqual([]);
      aws.allows = () => true;
      expect(await call(event)).toMatchObject({ outcome: 'told' });
      expect(aws.published).toHaveLength(1);
    },
  );

  it('after the message was told lets it come twice rather than never', async () => {
    giveSecrets();
    aws.allows = ({ action }) => action !== 'dynamodb:DeleteItem';
    const event = snsEvent(metricAlarm('drill-room'));
    await expect(call(event)).rejects.toThrow('not authorized');
    aws.allows = () => true;
    // It is remembered by then, so the second try tells nothing, and empties the table.
    expect(await call(event)).toMatchObject({ outcome: 'told', messages: [] });
    expect([...aws.table.items.keys()]).toEqual(['["memory","memory"]']);
    expect(aws.published).toHaveLength(1);
  });
});

it('the same message twice, at once and later, is told once', async () => {
  giveSecrets();
  const event = snsEvent(metricAlarm('unproven'));
  await Promise.all([call(event), call(event), call(event)]);
  await call(event);
  await call(snsEvent(metricAlarm('unproven')));
  expect(aws.published).toHaveLength(1);
});

it('an OK that comes before its alarm ends it', async () => {
  giveSecrets();
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  await call(snsEvent(metricAlarm('drill-room', { state: 'OK', at: ago(5) })));
  await call(snsEvent(metricAlarm('drill-room', { at: ago(10) })));
  expect(aws.published.map(({ subject }) => subject.replace(/:.*/, ''))).toEqual(['WARNING', 'OVER']);
});

it('refuses an event by hand that it does not understand, and no message of the topic', async () => {
  expect(await call({ sweeep: true })).toMatchObject({ outcome: 'refused', code: 'event-invalid' });
  await expect(call({ Records: [{ Sns: {} }] })).rejects.toThrow('does not understand');
});

it('tells how the week was, by e-mail and in chats, and wakes nobody', async () => {
  giveSecrets();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 60_000 });
  const sources = [{ name: 'app', drill: 'function', drillSchedule: 'cron(0 5 ? * SUN *)', timeZone: 'UTC' }];
  await call({ digest: true, sources });
  vi.useRealTimers();
  expect(aws.published).toMatchObject([{ subject: 'The week of production: 1 of 1 database needs a look' }]);
  expect(aws.published[0]?.message).toContain('- Due: the next drill at ');
  expect(heard()).toEqual(['/discord', '/slack', '/teams', '/webhook']);
});
