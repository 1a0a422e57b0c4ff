import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { fold } from '../../../lib/notify/alarms/fold.ts';
import { readAlert } from '../../../lib/notify/alarms/read-alert.ts';
import { NOTHING_TOLD } from '../../../lib/notify/alarms/told.ts';
import { CHANNEL_KINDS, type ChannelKind } from '../../../lib/notify/channel.ts';
import { emailText } from '../../../lib/notify/channels/email-text.ts';
import type { Notification } from '../../../lib/notify/notification.ts';
import { openChannel } from '../../../lib/notify/open-channel.ts';
import { isSigned, secretBytes } from '../../../lib/notify/signature.ts';
import { LARGEST_BODY, PUBLISHED } from '../../support/notify/published-formats.ts';
import {
  FAILED,
  NASTY_NOTIFICATION,
  OPSGENIE_KEY,
  OVER,
  PAGERDUTY_KEY,
  SLACK_PATH,
  WEBHOOK_SECRET,
} from '../../support/notify/sample-notifications.ts';
import { metricAlarm } from '../../support/notify/topic-messages.ts';

const ADDRESSES: Readonly<Record<ChannelKind, string>> = {
  slack: `https://hooks.slack.com${SLACK_PATH}`,
  discord: 'https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyz',
  teams:
    'https://default0123.45.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/0123/triggers/manual/paths/invoke?api-version=1&sig=abcdefghijk',
  webhook: 'https://example.com/hooks/lifeboat',
  pagerduty: `pagerduty://${PAGERDUTY_KEY}`,
  opsgenie: `opsgenie://${OPSGENIE_KEY}`,
};
const now = () => new Date('2026-11-20T05:00:00Z');

function channel(kind: ChannelKind) {
  const opened = openChannel(
    { address: ADDRESSES[kind], what: 'Channel 1', secret: WEBHOOK_SECRET },
    { mayBePlain: false, now },
  );
  expect(opened.kind).toBe(kind);
  return opened;
}

describe.each(CHANNEL_KINDS)('%s', (kind) => {
  it.each([
    ['failed', FAILED],
    ['over', OVER],
  ])('says that a backup %s, as the file that a person has read', async (name, notification) => {
    const { url, headers, body } = channel(kind).request(notification);
    const shown = [
      `POST ${url.href}`,
      ...Object.entries(headers).map(([header, value]) => `${header}: ${value}`),
      '',
      JSON.stringify(JSON.parse(body), null, 2),
      '',
    ].join('\n');
    await expect(shown).toMatchFileSnapshot(`golden/${kind}-${name}.snap`);
  });

  it.each([
    ['failed', FAILED],
    ['over', OVER],
    ['with hostile names and endless texts', NASTY_NOTIFICATION],
    ['over, with hostile names and endless texts', { ...NASTY_NOTIFICATION, state: 'resolved' as const }],
    [
      'with nothing but what it must have',
      { ...FAILED, source: undefined, since: undefined, runbook: undefined },
    ],
  ])('fits what the service has published: %s', (_, notification) => {
    const { body } = channel(kind).request(notification as typeof FAILED);
    const result = v.safeParse(PUBLISHED[kind], JSON.parse(body));
    expect(result.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LARGEST_BODY[kind] ?? Number.POSITIVE_INFINITY);
    // Half a character is no text for every receiver.
    expect(body).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe('an alarm of each severity', () => {
  const DEPLOYMENT = { environment: 'production', sources: ['app'] };
  const worded = (state: 'ALARM' | 'OK', at: string) =>
    (['source-unreachable', 'health-warning', 'unproven'] as const).map((kind) =>
      readAlert(metricAlarm(kind, { state, at })),
    );
  const red = fold(NOTHING_TOLD, worded('ALARM', '2026-11-20T03:00:00.000Z'), DEPLOYMENT, now());
  const green = fold(red.memory, worded('OK', '2026-11-20T04:00:00.000Z'), DEPLOYMENT, now());
  const info: Notification = {
    ...FAILED,
    state: 'resolved',
    severity: 'info',
    title: 'The week of production',
  };
  const all = [...red.notifications, ...green.notifications, info, { ...info, state: 'firing' as const }];

  it.each(CHANNEL_KINDS)('fits what %s has published, and none looks like another', (kind) => {
    const bodies = all.map((notification) => channel(kind).request(notification).body);
    for (const body of bodies)
      expect(v.safeParse(PUBLISHED[kind], JSON.parse(body || '{}')).issues, body).toBeUndefined();
    expect(all.map(({ severity, state }) => `${severity} ${state}`)).toEqual(
      expect.arrayContaining([
        ...['critical firing', 'critical resolved', 'warning firing', 'warning resolved'],
        ...['info firing', 'info resolved'],
      ]),
    );
    expect(new Set(red.notifications.map((one) => channel(kind).request(one).body)).size).toBe(3);
  });

  it.each([
    ['pagerduty', 'payload.severity', ['critical', 'warning', 'info']],
    ['opsgenie', 'priority', ['P1', 'P3', 'P5']],
  ] as const)('has the urgency that %s knows', (kind, path, expected) => {
    const urgencies = (['critical', 'warning', 'info'] as const).map((severity) => {
      const body = JSON.parse(channel(kind).request({ ...FAILED, severity }).body);
      return path.split('.').reduce((inside, part) => inside?.[part], body);
    });
    expect(urgencies).toEqual(expected);
  });
});

describe('a hostile name', () => {
  it('wakes nobody in Slack', () => {
    expect(channel('slack').request(NASTY_NOTIFICATION).body.includes('<!')).toBe(false);
  });

  it('makes no link and no control character in any channel', () => {
    for (const kind of ['discord', 'teams'] as const) {
      const { body } = channel(kind).request(NASTY_NOTIFICATION);
      expect(body).not.toContain('[x](');
      expect(body).not.toMatch(/\\u001b|\u202e/);
    }
  });
});

describe('a webhook', () => {
  const { headers, body } = channel('webhook').request(FAILED);
  const message = {
    id: String(headers['webhook-id']),
    timestamp: Number(headers['webhook-timestamp']),
    body,
  };
  const signature = String(headers['webhook-signature']);
  const secret = secretBytes(WEBHOOK_SECRET) ?? Buffer.alloc(0);

  it('is signed, so that nothing of it can be changed or replayed later', () => {
    expect(isSigned(message, signature, secret, now())).toBe(true);
    expect(isSigned(message, `v1,AAAA ${signature}`, secret, now())).toBe(true);
    expect(isSigned({ ...message, body: `${body} ` }, signature, secret, now())).toBe(false);
    expect(isSigned({ ...message, id: 'msg_2' }, signature, secret, now())).toBe(false);
    expect(isSigned(message, signature, Buffer.alloc(32), now())).toBe(false);
    expect(isSigned(message, signature, secret, new Date('2026-11-20T05:06:00Z'))).toBe(false);
    expect(isSigned({ ...message, timestamp: Number.NaN }, signature, secret, now())).toBe(false);
  });

  it('keeps its id when it is sent again, and no other message has it', () => {
    expect(channel('webhook').request(FAILED).headers['webhook-id']).toBe(message.id);
    expect(channel('webhook').request(OVER).headers['webhook-id']).not.toBe(message.id);
  });

  it('signs as the published example', () => {
    // From the reference implementation's tests: standard-webhooks/libraries/javascript/src/index.test.ts
    const example = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    const bytes = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? Buffer.alloc(0);
    const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    expect(isSigned(example, expected, bytes, new Date(1_614_265_330_000))).toBe(true);
  });
});

describe('an e-mail', () => {
  it('is plain text, as the file that a person has read', async () => {
    const { subject, text } = emailText(FAILED);
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot('golden/email-failed.snap');
  });

  it('has a subject that SNS takes', () => {
    const { subject } = emailText(NASTY_NOTIFICATION);
    expect(subject).toMatch(/^[ -~]{1,100}$/);
  });
});
