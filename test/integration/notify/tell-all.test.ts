import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tellAll } from '../../../lib/notify/alarms/tell-all.ts';
import type { Channel } from '../../../lib/notify/channel.ts';
import type { Notification, Severity } from '../../../lib/notify/notification.ts';
import { openChannel } from '../../../lib/notify/open-channel.ts';
import { type Receiver, startReceiver } from '../../support/notify/receiver.ts';
import { FAILED, OPSGENIE_KEY, SLACK_PATH } from '../../support/notify/sample-notifications.ts';

let chat: Receiver;
let pager: Receiver;
beforeAll(async () => {
  [chat, pager] = await Promise.all([startReceiver(), startReceiver()]);
});
afterEach(() => {
  for (const one of [chat, pager]) {
    one.received.length = 0;
    one.answers = [];
    one.usual = {};
  }
});
afterAll(async () => {
  await Promise.all([chat?.stop(), pager?.stop()]);
});

function channels(...pagerHears: Severity[]): Channel[] {
  const surroundings = { mayBePlain: true, now: () => new Date() };
  return [
    openChannel({ what: 'The chat', address: `slack+http://${chat.host}${SLACK_PATH}` }, surroundings),
    openChannel(
      {
        what: 'The pager',
        address: `opsgenie://${OPSGENIE_KEY}@${pager.host}`,
        ...(pagerHears.length > 0 && { severities: pagerHears }),
      },
      surroundings,
    ),
  ];
}
const alarms = (count: number): Notification[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ ...FAILED, key: `key-${index}`, title: `Backup of shop-${index} failed`, source: `shop-${index}` },
  }));
const QUICK = { firstWaitMs: 1 };

it('a pager that hangs in a storm of a hundred alarms costs its own time, and others hear one message more', async () => {
  pager.usual = { silent: true };
  const outcomes = await tellAll(alarms(100), channels(), {
    timeoutMs: 500,
    firstWaitMs: 1,
    longestMs: 2000,
  });
  expect(outcomes.every(({ isUnheard }) => !isUnheard)).toBe(true);
  expect(outcomes.filter(({ failure }) => failure)).toHaveLength(100);
  // One for all, and one with the reason.
  expect(chat.received).toHaveLength(2);
  expect(chat.received[1]?.body).toMatch(/opsgenie \S+ did not take the message/);
  expect(chat.received[1]?.body).toContain('hears it again');
  // It was not asked a hundred times, three times each.
  expect(pager.received.length).toBeLessThan(10);
});

it('a pager that takes some of many is heard for the others alone', async () => {
  pager.answers = [{}, {}, { status: 400, body: 'no' }, {}, {}];
  await tellAll(alarms(5), channels(), QUICK);
  expect(pager.received).toHaveLength(5);
  expect(chat.received).toHaveLength(2);
  expect(chat.received[1]?.body).toContain('shop-2');
  expect(chat.received[1]?.body).not.toContain('shop-3');
});

it('a chat that asks to wait is waited for, and one that asks for too long is not', async () => {
  chat.answers = [{ status: 429, headers: { 'retry-after': '0.01' } }];
  expect((await tellAll(alarms(1), channels(), QUICK)).filter(({ failure }) => failure)).toEqual([]);
  expect(chat.received).toHaveLength(2);
  chat.usual = { status: 429, headers: { 'retry-after': '86400' } };
  chat.received.length = 0;
  const outcomes = await tellAll(alarms(1), channels(), QUICK);
  expect(chat.received).toHaveLength(1);
  expect(outcomes[0]?.failure?.what).toContain('asks to wait 86400 s');
  expect(outcomes[0]?.insteadBy).toContain('opsgenie');
});

it('a chat that is gone for a day loses no message: the pager hears each, whatever it wants, until the chat is back', async () => {
  for (let hour = 0; hour < 24; hour += 1) {
    chat.usual = { cut: true };
    const [outcome] = await tellAll(alarms(1), channels('info'), QUICK);
    expect(outcome).toMatchObject({ isUnheard: false, insteadBy: expect.stringContaining('opsgenie') });
  }
  expect(pager.received).toHaveLength(24);
  chat.usual = {};
  chat.received.length = 0;
  const [back] = await tellAll(alarms(1), channels('info'), QUICK);
  expect(back?.failure).toBeUndefined();
  expect(chat.received).toHaveLength(1);
  expect(pager.received).toHaveLength(24);
});

it('what nobody takes is unheard, and what somebody took is not, whatever the others say', async () => {
  chat.usual = { status: 500 };
  pager.answers = [{}, { status: 400 }];
  const outcomes = await tellAll(alarms(2), channels(), QUICK);
  expect(
    outcomes.filter(({ isUnheard }) => isUnheard).map(({ title, channel }) => [title, channel.split(' ')[0]]),
  ).toEqual([
    ['Backup of shop-1 failed', 'slack'],
    ['Backup of shop-1 failed', 'opsgenie'],
  ]);
});
