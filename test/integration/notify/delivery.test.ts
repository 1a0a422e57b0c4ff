import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Channel } from '../../../lib/notify/channel.ts';
import { deliver } from '../../../lib/notify/deliver.ts';
import { Heartbeat } from '../../../lib/notify/heartbeat.ts';
import { readChannels } from '../../../lib/notify/read-channels.ts';
import { send } from '../../../lib/notify/send.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { FAILED, SLACK_PATH } from '../../support/notify/sample-notifications.ts';

let first: Receiver;
let second: Receiver;
beforeAll(async () => {
  [first, second] = await Promise.all([startReceiver(), startReceiver()]);
});
afterAll(() => Promise.all([first.stop(), second.stop()]));
beforeEach(() => {
  for (const receiver of [first, second]) {
    receiver.received.length = 0;
    receiver.answers = [];
    receiver.usual = {};
  }
});

const TOKEN = 'XXXXXXXXXXXXXXXXXXXXXXXX';
const now = () => new Date('2026-11-20T05:00:00Z');
const FAST = { firstWaitMs: 1, timeoutMs: 30_000 };

function channels(...settings: object[]): readonly Channel[] {
  const { channels: read, problems } = readChannels([], { LIFEBOAT_NOTIFY: JSON.stringify(settings) }, now);
  expect(problems).toEqual([]);
  return read;
}
const slackAt = (receiver: Receiver, more: object = {}) => ({
  ...{ name: 'ops', url: `slack+http://${receiver.host}${SLACK_PATH}` },
  ...more,
});
const teamsAt = (receiver: Receiver, more: object = {}) => ({
  ...{ name: 'leads', url: `teams+http://${receiver.host}/workflows/abcdefghijkl` },
  ...more,
});

describe('a message', () => {
  it.each([
    ['after 429, when the service says', { status: 429, headers: { 'retry-after': '0.01' } }],
    ['after 503', { status: 503 }],
    ['after a cut connection', { cut: true }],
  ])('is sent again %s', async (_, answer) => {
    first.answers = [answer, answer];
    const [delivery] = await deliver(FAILED, channels(slackAt(first)), FAST);
    expect(delivery?.failure).toBeUndefined();
    expect(first.received).toHaveLength(3);
    expect(new Set(first.received.map(({ body }) => body)).size).toBe(1);
  });

  it('is sent once when the service refuses it, and says why without the address', async () => {
    first.usual = { status: 404, body: `no_service ${SLACK_PATH} ${TOKEN}` };
    const [delivery] = await deliver(FAILED, channels(slackAt(first)), FAST);
    expect(first.received).toHaveLength(1);
    expect(delivery?.failure?.what).toContain(
      `ops (${first.host}) did not take the message: it answered 404: no_service`,
    );
    expect(JSON.stringify([delivery?.failure, delivery?.failure?.message])).not.toContain(TOKEN);
  });

  it('is given up when the service asks for a pause that is too long for a command', async () => {
    first.usual = { status: 429, headers: { 'retry-after': '3600' } };
    const [delivery] = await deliver(FAILED, channels(slackAt(first)), FAST);
    expect(first.received).toHaveLength(1);
    expect(delivery?.failure?.what).toContain('asks to wait 3600 s');
  });

  it('does not wait for ever for an answer', async () => {
    first.usual = { silent: true };
    const [delivery] = await deliver(FAILED, channels(slackAt(first)), { firstWaitMs: 1, timeoutMs: 50 });
    expect(delivery?.failure?.what).toContain('it did not answer within 0.05 s');
  });

  it('follows no redirect, because the secret would go to an address that nobody named', async () => {
    first.usual = { status: 307, headers: { location: `http://${second.host}/elsewhere` } };
    const [delivery] = await deliver(FAILED, channels(slackAt(first)), FAST);
    expect(delivery?.failure?.what).toContain('a redirect, which is not followed');
    expect(second.received).toEqual([]);
  });

  it('shows no secret when the network fails, nor when the address holds a password', async () => {
    const url = new URL(`http://someone:hunter2hunter2@127.0.0.1:1${SLACK_PATH}`);
    const request = { url, method: 'GET', shown: 'ops (127.0.0.1)', secrets: [] } as const;
    await expect(send(request, FAST)).rejects.toThrow(
      /^ops \(127\.0\.0\.1\) did not take the message: bad port\.$/,
    );
    const asked = { ...request, url: new URL(`http://someone:hunter2@${first.host}/x`) };
    await send(asked, FAST);
    expect(first.received[0]?.headers.authorization).toBe(`Basic ${btoa('someone:hunter2')}`);
  });
});

describe('channels', () => {
  it('hear the severities that they want', async () => {
    const both = channels(
      slackAt(first, { severities: ['critical'] }),
      teamsAt(second, { severities: ['info'] }),
    );
    await deliver(FAILED, both, FAST);
    await deliver({ ...FAILED, severity: 'info' }, both, FAST);
    await deliver({ ...FAILED, severity: 'warning' }, both, FAST);
    expect([first.received.length, second.received.length]).toEqual([1, 1]);
  });

  it('hear what another one did not take, with the reason, whatever severities they want', async () => {
    first.usual = { status: 410, body: '' };
    const both = channels(slackAt(first), teamsAt(second, { severities: ['info'] }));
    const [delivery] = await deliver(FAILED, both, FAST);
    expect(delivery?.insteadBy?.name).toBe('leads');
    const [heard] = second.received;
    expect(heard?.body).toContain('CRITICAL: Backup of shop failed');
    expect(heard?.body).toContain(
      'did not take the message: it answered 410. That is why this channel hears it.',
    );
    expect(heard?.body).not.toContain(TOKEN);
  });

  it('that all fail end in failures, and in nothing thrown', async () => {
    first.usual = { status: 500 };
    second.usual = { cut: true };
    const deliveries = await deliver(FAILED, channels(slackAt(first), teamsAt(second)), FAST);
    expect(deliveries.map(({ failure, insteadBy }) => [failure?.code, insteadBy])).toEqual([
      ['notification-not-delivered', undefined],
      ['notification-not-delivered', undefined],
    ]);
  });
});

describe('a heartbeat', () => {
  const failure = { state: 'failure', durationMs: 1234.5, why: 'Cannot connect to shop.' } as const;
  const success = { state: 'success', durationMs: 1234.5 } as const;

  async function told(path: string) {
    const heartbeat = new Heartbeat(`http://${first.host}${path}`, 'heartbeat', false);
    for (const beat of [{ state: 'start' }, success, failure] as const) await heartbeat.tell(beat, FAST);
    return first.received.map(({ method, path: asked, body }) => [method, asked, body]);
  }

  it('tells healthchecks.io start, end and failure of one run', async () => {
    const asked = await told('/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278');
    const runs = new Set(asked.map(([, path]) => path?.split('?rid=')[1]));
    expect(runs.size).toBe(1);
    const [rid] = runs;
    const check = '/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278';
    expect(asked).toEqual([
      ['POST', `${check}/start?rid=${rid}`, ''],
      ['POST', `${check}?rid=${rid}`, ''],
      ['POST', `${check}/fail?rid=${rid}`, 'Cannot connect to shop.'],
    ]);
  });

  it('tells Uptime Kuma up and down, whatever status its address has already', async () => {
    expect(await told('/api/push/aBcDeFgH12?status=up&msg=OK&ping=')).toEqual([
      ['GET', '/api/push/aBcDeFgH12?status=up&msg=OK&ping=1235', ''],
      ['GET', '/api/push/aBcDeFgH12?status=down&msg=Cannot+connect+to+shop.&ping=1235', ''],
    ]);
  });

  it('tells Better Stack success, and failure with its reason', async () => {
    expect(await told('/api/v1/heartbeat/aBcDeFgHiJkL')).toEqual([
      ['GET', '/api/v1/heartbeat/aBcDeFgHiJkL', ''],
      ['POST', '/api/v1/heartbeat/aBcDeFgHiJkL/fail', 'Cannot connect to shop.'],
    ]);
  });

  it('asks any other address after a success alone', async () => {
    expect(await told('/anything?x=1')).toEqual([['GET', '/anything?x=1', '']]);
  });
});
