import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../integration/lambda/world.ts';
import { SLACK_SECRET, WORDED } from '../support/lambda/synthesized-functions.ts';
import { type Receiver, startReceiver } from '../support/notify/receiver.ts';
import { metricAlarm, snsEvent } from '../support/notify/topic-messages.ts';

const HEARTBEAT = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:heartbeat-AbCdEf';

let world: World;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const settings = { heartbeat: { secretArn: HEARTBEAT }, drillChecks: [] };
  world = await startWorld(false, {}, settings, WORDED);
  await world.postgres.run(`
    CREATE ROLE lifeboat LOGIN SUPERUSER PASSWORD 'password';
    CREATE TABLE customers (id integer PRIMARY KEY);
    INSERT INTO customers SELECT generate_series(1, 10);
  `);
  const login = { username: 'lifeboat', password: 'password', host: '127.0.0.1', dbname: 'postgres' };
  world.aws.secrets.set(world.stack.secretArn, JSON.stringify({ ...login, port: world.postgres.port }));
  world.aws.secrets.set(SLACK_SECRET, `http://${receiver.host}/slack`);
  monitorAt(receiver.host);
});
afterAll(async () => {
  await Promise.all([world?.close(), receiver?.stop()]);
});

/** A check for each function at one monitor. */
function monitorAt(host: string): void {
  const addresses = { backup: `http://${host}/ping/backup`, drill: `http://${host}/ping/drill` };
  world.aws.secrets.set(HEARTBEAT, JSON.stringify(addresses));
}
/** What was asked for since the last time. */
const heard = () => receiver.received.splice(0).map(({ path }) => path.replace(/\?.*/, ''));

describe('a monitor outside', () => {
  it('hears that a backup and a drill ended well, and that a backup failed', async () => {
    await world.call('backup', { reason: 'the first' });
    expect(heard()).toEqual(['/ping/backup']);
    await world.call('restore-drill', {});
    expect(heard()).toEqual(['/ping/drill']);
    expect(await world.call('backup', { reasn: 'typo' })).toMatchObject({ outcome: 'refused' });
    // Nothing has begun: a mistyped event is no failure.
    expect(heard()).toEqual([]);
    const login = world.aws.secrets.get(world.stack.secretArn) ?? '';
    world.aws.secrets.set(
      world.stack.secretArn,
      login.replace('"password":"password"', '"password":"other"'),
    );
    await world.stop('backup');
    await world.callFailing('backup', { reason: 'a wrong password' });
    world.aws.secrets.set(world.stack.secretArn, login);
    const [beat] = receiver.received;
    expect(beat?.body).toMatch(/^Cannot connect to lifeboat@/);
    expect(heard()).toEqual(['/ping/backup/fail']);
  });

  it.each([
    ['is down', '127.0.0.1:1', {}],
    ['hangs', undefined, { silent: true }],
    ['answers 500', undefined, { status: 500 }],
  ])('that %s fails no backup', async (_, host, usual) => {
    receiver.usual = usual;
    monitorAt(host ?? receiver.host);
    const outcome = await world.invoke('backup', { reason: 'the monitor' });
    expect(outcome).toMatchObject({ ok: true, payload: { outcome: 'sealed' } });
    const log = world.process('backup')?.log() ?? '';
    expect(log).toContain('the monitor outside was not told');
    expect(log).not.toContain('/ping/backup');
    monitorAt(receiver.host);
  });

  it('that hangs fails no drill', async () => {
    heard();
    receiver.usual = { silent: true };
    expect(await world.call('restore-drill', {})).toMatchObject({ differing: 0 });
    expect(new Set(heard())).toEqual(new Set(['/ping/drill']));
    receiver.usual = {};
  });
});

describe('the function that tells people', () => {
  const change = (state: 'ALARM' | 'OK', minutesAgo: number) =>
    snsEvent(
      metricAlarm('unproven', {
        ...{ state, environment: 'sandbox' },
        at: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
      }),
    );

  it('tells an alarm under its own role, with what is at stake, and then that it is over', async () => {
    expect(await world.call('notify', change('ALARM', 9))).toMatchObject({
      outcome: 'told',
      messages: [{ channel: expect.stringMatching(/^slack/) }, { channel: 'e-mail (Amazon SNS)' }],
    });
    await world.call('notify', change('OK', 1));
    expect(await world.call('notify', { sweep: true })).toMatchObject({ messages: [] });
    expect(heard()).toEqual(['/slack', '/slack']);
    const [red, over, ...others] = world.aws.published.splice(0);
    expect(others).toEqual([]);
    expect(red).toMatchObject({
      subject: 'CRITICAL: No recent backup of app is proven',
      message: expect.stringContaining('The newest proven backup of app is '),
    });
    expect(over?.subject).toBe('OVER: No recent backup of app is proven');
  });

  it('tells how the week was, from the vault and from what the functions have published', async () => {
    const sources = [{ name: 'app', drill: 'function', drillSchedule: 'rate(7 days)', timeZone: 'UTC' }];
    await world.call('notify', { digest: true, sources });
    const [{ message = '' } = {}] = world.aws.published.splice(0);
    expect(message).toContain('- Backups: 4 (0 the week before), 1 failed; the newest is ');
    expect(message).toMatch(/- Proven: the newest proven backup is .* old; 2 drills passed/);
    expect(message).toMatch(/- Due: the next drill at about .*, in (6 d|7 d|1\d\d h)/);
    expect(heard()).toEqual(['/slack']);
  });

  it('is refused nothing that it asks for, and may do nothing else', () => {
    const ofNotify = world.guard.refused.filter((one) => /dynamodb|sns|secretsmanager|s3:/.test(one));
    expect(ofNotify).toEqual([]);
    expect(world.process('notify')?.log()).not.toContain(receiver.host.concat('/slack'));
  });
});
