import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { type Finds, type HealthMessage, walkHealth } from './simulation/health-walk.ts';
import { nestedTemplate } from './support/nested.ts';
import { stackOf } from './support/synthesized.ts';

const PACES = [2, 5, 10, 15] as const;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const WELL = { critical: 0, warning: 0 };

let template: Template;
beforeAll(() => {
  const sources = PACES.map((everyMinutes) => ({
    name: `every${everyMinutes}`,
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:s${everyMinutes}-AbCdEf`,
    health: { everyMinutes },
  }));
  const stack = stackOf({ sources, notifications: { emails: ['ada@example.com'] } }, 'simulated');
  template = nestedTemplate(stack, 'Health');
}, 120_000);

/** Messages, without those in which a new critical alarm says that it is there. */
function walked(everyMinutes: number, finds: Finds, minutes = 3 * DAY_MINUTES): HealthMessage[] {
  const prefix = `lifeboat-simulated-every${everyMinutes}-`;
  const messages = walkHealth({ template, prefix, everyMinutes, minutes, finds, random: seededRandom(9) });
  return messages
    .map((message) => ({ ...message, alarm: message.alarm.slice(prefix.length) }))
    .filter(({ state, atMinute }) => !(state === 'OK' && atMinute <= Math.max(5, everyMinutes)));
}

/** A fault from `since` to `until`, in minutes. */
const between =
  (since: number, until: number, found: (atMs: number) => ReturnType<Finds>): Finds =>
  (atMs) =>
    atMs >= since * MINUTE_MS && atMs < until * MINUTE_MS ? found(atMs) : WELL;

describe.each(PACES)('measured every %d minutes', (every) => {
  it('says nothing while all goes well, and nothing of one run that failed', () => {
    expect(walked(every, () => WELL)).toEqual([]);
    expect(
      walked(
        every,
        between(600, 600 + every, () => undefined),
      ),
    ).toEqual([]);
  });

  it('tells of a source that cannot be reached as soon as a run says so, and that it is over', () => {
    const [since, until] = [700, 900];
    // A run waits for the five minutes, if the next one comes later: lambda/health/next-try.ts.
    const messages = walked(
      every,
      between(since, until, (atMs) => ({
        unreachableSeconds: every > 5 ? 300 : Math.max(0, atMs / 1000 - (since + every) * 60),
      })),
    );
    expect(messages.map(({ alarm, state }) => `${alarm} ${state}`)).toEqual([
      'source-unreachable ALARM',
      'source-unreachable OK',
    ]);
    const [red, green] = messages;
    expect((red?.atMinute ?? 0) - since).toBeLessThanOrEqual(Math.max(every, 5) + every + 10);
    expect((green?.atMinute ?? 0) - until).toBeLessThanOrEqual(every + 6);
  });

  it('tells of a critical finding after one run, and never that it is over while nothing is known', () => {
    const messages = walked(every, (atMs) => {
      const minute = atMs / MINUTE_MS;
      if (minute < 700 || minute >= 1200) return WELL;
      return minute >= 800 && minute < 1000 ? { unreachableSeconds: 30 } : { critical: 1, warning: 0 };
    });
    const told = messages.filter(({ alarm }) => alarm === 'health-critical');
    expect(told.map(({ state }) => state)).toEqual(['ALARM', 'OK']);
    expect((told[0]?.atMinute ?? 0) - 700).toBeLessThanOrEqual(every + 6);
    expect(told[1]?.atMinute).toBeGreaterThan(1200);
  });

  it('tells of warnings that last, and of none that one run saw', () => {
    const warning = { critical: 0, warning: 2 };
    expect(
      walked(
        every,
        between(700, 700 + every, () => warning),
      ),
    ).toEqual([]);
    const [told, ...more] = walked(
      every,
      between(700, 1200, () => warning),
    );
    expect(told).toMatchObject({ alarm: 'health-warning', state: 'ALARM' });
    expect((told?.atMinute ?? 0) - 700).toBeLessThanOrEqual(3 * every);
    expect(more).toEqual([]);
  });

  it('tells of a function that no longer runs, or never has, though nothing else changed', () => {
    const silent = walked(
      every,
      between(700, 1e9, () => undefined),
    );
    expect(silent).toEqual([expect.objectContaining({ alarm: 'health-not-measured', state: 'ALARM' })]);
    expect((silent[0]?.atMinute ?? 0) - 700).toBeLessThanOrEqual(6 * every);
    const never = walked(every, () => undefined);
    expect(never).toEqual([expect.objectContaining({ alarm: 'health-not-measured', state: 'ALARM' })]);
    expect(never[0]?.atMinute).toBeLessThanOrEqual(75);
  });
});
