import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ALARM_TEXTS, type AlarmKind, type AlarmText } from '../../../../lib/contract/alarm-texts.ts';
import { ALERT_TEST_REASON } from '../../../../lib/contract/alert-test.ts';
import { guardAlertText } from '../../../../lib/contract/guard-alert.ts';
import { scrubWords } from '../../../../lib/engine/scrub/scrub-words.ts';
import { fold } from '../../../../lib/notify/alarms/fold.ts';
import { readAlert, type TopicMessage } from '../../../../lib/notify/alarms/read-alert.ts';
import { together } from '../../../../lib/notify/alarms/together.ts';
import { memorySchema, NOTHING_TOLD } from '../../../../lib/notify/alarms/told.ts';
import { emailText } from '../../../../lib/notify/channels/email-text.ts';
import { headlineOf, type Notification } from '../../../../lib/notify/notification.ts';
import { alarmNamed, metricAlarm, pageNow, RUNBOOK, text } from '../../../support/notify/topic-messages.ts';

const DEPLOYMENT = { environment: 'production', sources: ['app', 'app-eu', 'billing'] };
const at = (time: string) => `2026-11-20T${time}:00.000Z`;

/** Tells batches of messages one after the other, each at its time, with the memory between as the table keeps it. */
function tellers(first = NOTHING_TOLD) {
  let memory = first;
  return (time: string, ...messages: TopicMessage[]): Notification[] => {
    const folded = fold(memory, messages.map(readAlert), DEPLOYMENT, new Date(at(time)));
    memory = v.parse(memorySchema, JSON.parse(JSON.stringify(folded.memory)));
    return [...folded.notifications];
  };
}
const headlines = (of: readonly Notification[]) => of.map(headlineOf);

describe('an alarm', () => {
  it.each(Object.keys(ALARM_TEXTS) as AlarmKind[])(
    '%s is told in words, as the file that a person has read',
    async (kind) => {
      const tell = tellers();
      const [red, ...others] = tell('03:01', metricAlarm(kind));
      const [over] = tell('05:10', metricAlarm(kind, { state: 'OK', at: at('05:10') }));
      if (!red) throw new Error('it is told');
      // A quarter of an hour after a failure, green says nothing.
      const moments = [
        'backup-failed',
        'drill-failed',
        'throttled',
        'notify-errors',
        'scrub-failed',
        'scrub-timed-out',
        'scrub-stopped',
        'slot-dropped',
        'slot-lost',
      ];
      expect(over === undefined).toBe(moments.includes(kind));
      expect(others).toEqual([]);
      expect(red.runbook).toBe(`${RUNBOOK}#${kind}`);
      const { pages, isCritical = false }: AlarmText = ALARM_TEXTS[kind];
      expect(red.severity).toBe(pages || isCritical ? 'critical' : 'warning');
      expect(red.title).not.toMatch(/[{}]|\.$/);
      if (over) expect(over).toMatchObject({ key: red.key, state: 'resolved', severity: red.severity });
      const shown = [red, ...(over ? [over] : [])]
        .map((one) => emailText(one))
        .map(({ subject, text: body }) => `Subject: ${subject}\n\n${body}`);
      await expect(shown.join('\n')).toMatchFileSnapshot(`../golden/alarm-${kind}.snap`);
    },
  );

  it('of a kind that is newer than its words is told by its text', () => {
    const message = JSON.parse(metricAlarm('unproven').text) as Record<string, string>;
    const [told] = tellers()(
      '03:01',
      text({
        ...message,
        AlarmName: 'lifeboat-production-app-eu-connections',
        AlarmDescription: `app-eu uses 96 % of its connections. New ones are refused soon. Runbook: ${RUNBOOK}#connections`,
      }),
    );
    expect(told).toMatchObject({
      ...{ source: 'app-eu', severity: 'warning', title: 'app-eu uses 96 % of its connections' },
      ...{ runbook: `${RUNBOOK}#connections`, toDo: 'Do what the runbook says of this alarm.' },
    });
  });

  it('is about the source that its name begins with, the longest of them', () => {
    const source = (subject: string) => tellers()('03:01', metricAlarm('throttled', { subject }))[0]?.source;
    expect(source('app')).toBe('app');
    expect(source('app-eu')).toBe('app-eu');
  });

  it('that gets no data says that nothing is known, and the alarm that follows is told, too', () => {
    const tell = tellers();
    expect(tell('03:01', metricAlarm('no-backup-25h', { state: 'INSUFFICIENT_DATA' }))).toMatchObject([
      { severity: 'warning', happened: expect.stringContaining('Nothing is known of app any more') },
    ]);
    expect(tell('04:01', metricAlarm('no-backup-25h', { at: at('04:00') }))).toMatchObject([
      { severity: 'critical' },
    ]);
  });

  it('that is new says OK to nobody', () => {
    expect(
      tellers()('03:01', metricAlarm('backup-failed', { state: 'OK' }), pageNow([], { state: 'OK' })),
    ).toEqual([]);
  });

  it('that somebody tests is told as a test', () => {
    const tell = tellers();
    const told = tell(
      '03:01',
      metricAlarm('no-backup-25h', { reason: ALERT_TEST_REASON }),
      pageNow(['no-backup-25h']),
    );
    expect(headlines(told)).toEqual(['CRITICAL: Test: Backups of app are overdue']);
    expect(told[0]?.happened).toContain('Nothing is wrong');
    expect(headlines(tell('03:09', pageNow([], { state: 'OK', at: at('03:08') })))).toEqual([
      'OVER: Test: Backups of app are overdue',
    ]);
  });
});

describe('what comes out of order', () => {
  const red = (time: string) => metricAlarm('unproven', { at: at(time) });
  const green = (time: string) => metricAlarm('unproven', { state: 'OK', at: at(time) });

  it('ends nothing that is red: an OK of before', () => {
    const tell = tellers();
    expect(tell('03:11', red('03:00'), red('03:10'))).toHaveLength(1);
    expect(tell('03:12', green('03:05'))).toEqual([]);
    expect(tell('03:21', green('03:20'))).toMatchObject([{ state: 'resolved' }]);
  });

  it.each([
    ['of an alarm that was never heard of', []],
    ['of an alarm that was red before', [red('01:00'), green('01:30')]],
  ])('is told with its end, if the OK came first: %s', (_, before) => {
    const tell = tellers();
    tell('01:31', ...before);
    expect(tell('03:06', green('03:05'))).toEqual([]);
    const told = tell('03:07', red('03:00'));
    expect(headlines(told)).toEqual([
      'CRITICAL: No recent backup of app is proven',
      'OVER: No recent backup of app is proven',
    ]);
    expect(told[1]?.happened).toContain('It was red for 5 min');
    // Once: it is delivered again, hours later.
    expect(tell('05:00', red('03:00'))).toEqual([]);
  });

  it('is told once, if the message of a failure comes again after its OK', () => {
    const tell = tellers();
    const failed = metricAlarm('backup-failed', { at: at('03:00') });
    expect(tell('03:01', failed)).toHaveLength(1);
    expect(tell('03:16', metricAlarm('backup-failed', { state: 'OK', at: at('03:15') }))).toEqual([]);
    expect(tell('03:20', failed)).toEqual([]);
    expect(tell('04:01', metricAlarm('backup-failed', { at: at('04:00') }))).toHaveLength(1);
  });

  it('is one message and its end, if an alarm and its page-now turn red and green in one look', () => {
    const told = tellers()(
      '03:31',
      pageNow([], { state: 'OK', at: at('03:30') }),
      green('03:30'),
      pageNow(['unproven'], { at: '2026-11-20T03:00:00.000Z' }),
      metricAlarm('unproven', { at: '2026-11-20T03:00:01.000Z' }),
    );
    expect(told.map(({ state }) => state)).toEqual(['firing', 'resolved']);
  });
});

it('a flood of different messages does not fill what is remembered', () => {
  const many = Array.from({ length: 5000 }, (_, index) => text(`message ${index}`, 'x'.repeat(100)));
  const alarms = Array.from({ length: 1000 }, (_, index) =>
    metricAlarm('unproven', { subject: `s-${index}` }),
  );
  const { memory, notifications } = fold(
    NOTHING_TOLD,
    [...many, ...alarms].map(readAlert),
    DEPLOYMENT,
    new Date(at('03:01')),
  );
  expect(notifications).toHaveLength(6000);
  expect(Buffer.byteLength(JSON.stringify(memory))).toBeLessThan(390_000);
});

describe('repeats', () => {
  it('of a page-now and its child are one message, whichever comes first', () => {
    const child = () => metricAlarm('unproven');
    const parent = () => pageNow(['unproven']);
    for (const batch of [
      [child(), parent()],
      [parent(), child()],
    ])
      expect(headlines(tellers()('03:01', ...batch))).toEqual([
        'CRITICAL: No recent backup of app is proven',
      ]);
    const later = tellers();
    expect(later('03:01', parent())).toMatchObject([
      {
        title: 'Look now: there may be no backup of app to restore',
        happened: expect.stringContaining('The reason: No recent backup of app is proven.'),
      },
    ]);
    expect(later('03:03', child())).toEqual([]);
    // The child is green first, and the page-now says that it is over.
    expect(later('04:00', metricAlarm('unproven', { state: 'OK', at: at('04:00') }))).toEqual([]);
    expect(headlines(later('04:01', pageNow([], { state: 'OK', at: at('04:00') })))).toEqual([
      'OVER: Look now: there may be no backup of app to restore',
    ]);
  });

  it('end once: with the child or with its page-now', () => {
    const tell = tellers();
    tell('03:01', metricAlarm('unproven'), pageNow(['unproven']));
    expect(tell('04:01', metricAlarm('unproven', { state: 'OK', at: at('04:00') }))).toMatchObject([
      { state: 'resolved', happened: 'The alarm is green again. It was red for 59 min 48 s.' },
    ]);
    expect(tell('04:02', pageNow([], { state: 'OK', at: at('04:01') }))).toEqual([]);
  });

  it('of another source are told', () => {
    const tell = tellers();
    tell('03:01', pageNow(['unproven']));
    expect(tell('03:02', metricAlarm('unproven', { subject: 'billing' }))).toHaveLength(1);
  });

  it('of the same message are told once, and after a day again', () => {
    const tell = tellers();
    const same = metricAlarm('dead-letters');
    expect(tell('03:01', same, same)).toHaveLength(1);
    expect(tell('03:02', same)).toEqual([]);
    expect(fold(NOTHING_TOLD, [], DEPLOYMENT, new Date()).notifications).toEqual([]);
  });

  it('of an alarm that flaps end with the third, until it is steady', () => {
    const tell = tellers();
    const red = (time: string) => tell(time, metricAlarm('drill-room', { at: at(time) }));
    const green = (time: string) => tell(time, metricAlarm('drill-room', { state: 'OK', at: at(time) }));
    expect([red('03:00'), green('03:05'), red('03:10'), green('03:15')].map((one) => one.length)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(red('03:20')).toMatchObject([{ note: expect.stringContaining('red 3 times within an hour') }]);
    expect([green('03:25'), red('03:30'), green('03:35'), tell('04:30')].flat()).toEqual([]);
    expect(tell('04:36')).toMatchObject([{ state: 'resolved' }]);
    expect(tell('04:51')).toEqual([]);
  });
});

describe('what is no alarm', () => {
  const request = {
    environment: 'production',
    event: 'PutBucketPolicy',
    from: '203.0.113.9',
    at: '2026-11-20T03:00:00Z',
    runbook: RUNBOOK,
  };
  const who = 'arn:aws:sts::111122223333:assumed-role/Admin/eve';
  const told = (refused: string) => text(JSON.stringify(guardAlertText({ ...request, who, refused })));

  it('but the guard’s word is told in words, and its repeats are counted', async () => {
    const tell = tellers();
    const [refused] = tell('03:01', told('AccessDenied'));
    expect(tell('03:05', told('AccessDenied'))).toEqual([]);
    const [done] = tell('03:06', told(''));
    expect([refused?.severity, done?.severity]).toEqual(['warning', 'critical']);
    expect(tell('04:10', told('AccessDenied'))).toMatchObject([
      { note: 'The same came 1 more time since the last message.' },
    ]);
    if (!refused || !done) throw new Error('both are told');
    const shown = [refused, done].map((one) => emailText(one).text).join('\n');
    await expect(shown).toMatchFileSnapshot('../golden/guard.snap');
  });

  it('but the message of a scrub is told in words, as the file that a person has read', async () => {
    const place = (backupId: string) => ({ retentionClass: 'daily' as const, source: 'app', backupId });
    const judged = (backupId: string, verdict: 'intact' | 'damaged' | 'unreadable') => ({
      ...{
        place: place(backupId),
        scope: 'full' as const,
        verdict,
        objects: 9,
        readBytes: 1,
        isEncrypted: false,
      },
      problems:
        verdict === 'intact'
          ? []
          : [
              {
                verdict,
                name: `daily/app/${backupId}/data/0001-public.users.copy.zst`,
                problem:
                  verdict === 'damaged'
                    ? 'has another SHA-256 than the manifest says'
                    : 'could not be read: AccessDenied',
              },
            ],
    });
    const words = (...of: Parameters<typeof scrubWords>[1][number][]) => {
      const found = scrubWords('s3://vault', of, RUNBOOK);
      if (!found) throw new Error('there is something to say');
      return text(found.text, `Lifeboat production: ${found.subject}`);
    };
    const told = tellers()(
      '03:01',
      words(judged('20261118T020000Z', 'intact'), judged('20261119T020000Z', 'damaged')),
      words(judged('20261119T020000Z', 'unreadable')),
      text(
        `The scrub of s3://vault broke off: Access denied.\nBackups that it did not read are neither damaged nor intact as far as anybody knows. What to do: ${RUNBOOK}#scrub-failed`,
        'Lifeboat production: a scrub broke off',
      ),
    );
    expect(told.map(({ severity, runbook }) => [severity, runbook])).toEqual([
      ['warning', `${RUNBOOK}#scrub-damaged`],
      ['warning', `${RUNBOOK}#scrub-failed`],
      ['warning', `${RUNBOOK}#scrub-failed`],
    ]);
    const shown = told.map((one) => emailText(one)).map((one) => `Subject: ${one.subject}\n\n${one.text}`);
    await expect(shown.join('\n')).toMatchFileSnapshot('../golden/scrub.snap');
  });

  it.each([
    ['a text', text('Somebody says hello', 'Hello')],
    ['an event', text({ 'detail-type': 'Something', source: 'aws.elsewhere', detail: { a: 1 } })],
    ['nothing', text('')],
    ['a JSON that is nearly an alarm', text({ AlarmName: 'x', NewStateValue: 'PURPLE' })],
    ['a text as long as SNS takes', text('x'.repeat(262_144))],
  ])('and not known is told as it is: %s', (_, message) => {
    const [one] = tellers()('03:01', message);
    expect(one?.severity).toBe('warning');
    if (message.text.length < 4000) expect(one?.happened).toContain(message.text || 'It is empty.');
  });
});

describe('many at once', () => {
  const many = (['drill-room', 'recovery-time', 'unproven', 'size-deviation', 'dead-letters'] as const).map(
    (kind) => metricAlarm(kind),
  );

  it('are one message, the worst first, as the file that a person has read', async () => {
    const tell = tellers();
    const told = tell('03:01', ...many);
    expect(told).toHaveLength(5);
    const [one, ...others] = together(told);
    expect(others).toEqual([]);
    if (!one) throw new Error('it is told');
    expect(one.severity).toBe('critical');
    await expect(emailText(one).text).toMatchFileSnapshot('../golden/together.snap');
  });

  it('are told one by one up to three, and never with their ends', () => {
    const tell = tellers();
    const told = tell('03:01', ...many);
    expect(together(told.slice(0, 3))).toHaveLength(3);
    const over = many.map(({ text: body }) =>
      text({ ...JSON.parse(body), NewStateValue: 'OK', StateChangeTime: at('04:00') }),
    );
    expect(together([...told, ...tell('04:01', ...over)]).map(({ title, state }) => [title, state])).toEqual([
      ['5 messages at once', 'firing'],
      ['5 alarms are green again', 'resolved'],
    ]);
  });

  it('of fifteen sources fit a message', () => {
    const sources = Array.from({ length: 200 }, (_, index) =>
      metricAlarm('backup-failed', { subject: `source-${index}` }),
    );
    const [one] = together(
      fold(NOTHING_TOLD, sources.map(readAlert), DEPLOYMENT, new Date(at('03:01'))).notifications,
    );
    expect(one?.happened.split('\n')).toHaveLength(21);
    expect(one?.happened.length).toBeLessThan(1800);
  });
});

it('knows alarms by the names that the stack gives them', () => {
  expect(alarmNamed('throttled')).toBe('lifeboat-production-app-backup-throttled');
});
