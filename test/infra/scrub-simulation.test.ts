import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SCRUB } from '../../lib/infra/scrub/check-scrub.ts';
import { longestGapOf } from '../../lib/schedule/longest-gap.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type ScrubRun, walkScrubs } from './simulation/scrub-walk.ts';
import { flatTemplate } from './support/flat-template.ts';
import { stackOf } from './support/synthesized.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DEPLOYED_AT = new Date('2026-12-05T20:04:20Z');
const WELL: ScrubRun = { startsAfterMs: 0, takesMs: 40 * MINUTE_MS, end: 'intact' };
/** What Scheduler's handover and the limit of the state machine allow. */
const SLOWEST: ScrubRun = {
  startsAfterMs: DAY_MS - MINUTE_MS,
  takesMs: 2 * DAY_MS - MINUTE_MS,
  end: 'intact',
};

describe('monthly scrubs', () => {
  const schedule = DEFAULT_SCRUB;
  let template: Template;
  beforeAll(() => {
    const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';
    const notifications = { emails: ['ada@example.com'] };
    template = flatTemplate(stackOf({ sources: [{ name: 'app', secretArn }], notifications }, 'simulated'));
  }, 120_000);

  const walk = (run: (dueAtMs: number) => ScrubRun | undefined) =>
    walkScrubs({
      ...{ template, environment: 'simulated', source: 'app', schedule, run },
      ...{ deployedAt: DEPLOYED_AT, days: 183 },
    });
  /** What people hear when the third scrub has this fate, and those after it as well if `forGood`. */
  function heard(fate: ScrubRun | undefined, forGood = false) {
    const due: number[] = [];
    const { messages } = walk((dueAtMs) => {
      due.push(dueAtMs);
      return due.length === 3 || (forGood && due.length > 3) ? fate : WELL;
    });
    const [, , sinceMs = Number.NaN] = due;
    return messages.map(({ alarm, atMs }) => ({
      alarm: alarm.replace(/^lifeboat-simulated-(app-)?/, ''),
      afterMs: atMs - sinceMs,
    }));
  }

  it('says nothing while all goes well, however late they start and long they take', () => {
    const random = seededRandom(5);
    for (const run of [
      () => WELL,
      () => SLOWEST,
      () => random.pick([WELL, SLOWEST, { ...WELL, startsAfterMs: random.below(DAY_MS) }]),
    ]) {
      const { reds, messages } = walk(run);
      expect(reds).toEqual([]);
      expect(messages).toEqual([]);
    }
  });

  it.each([
    ['damaged', 'scrub-damaged'],
    ['ExecutionsFailed', 'scrub-failed'],
    ['ExecutionsTimedOut', 'scrub-timed-out'],
    ['ExecutionsAborted', 'scrub-stopped'],
  ] as const)('that end as %s are told ten minutes later by %s, and first by that', (end, alarm) => {
    const takesMs = end === 'ExecutionsTimedOut' ? 2 * DAY_MS : WELL.takesMs;
    const [first] = heard({ ...WELL, takesMs, end });
    expect(first?.alarm).toBe(alarm);
    expect(first?.afterMs).toBeGreaterThan(takesMs);
    expect(first?.afterMs).toBeLessThanOrEqual(takesMs + 10 * MINUTE_MS);
  });

  it('that are no longer started are told when the next one cannot have come any more', () => {
    const told = heard(undefined, true);
    expect(told.map(({ alarm }) => alarm)).toEqual(['scrub-overdue']);
    // The threshold has the longest time between two, and a month may be three days shorter.
    expect(told[0]?.afterMs).toBeGreaterThan(2 * DAY_MS);
    expect(told[0]?.afterMs).toBeLessThanOrEqual(6 * DAY_MS + 10 * MINUTE_MS + WELL.takesMs);
  });

  it('of which none has ever run are told', () => {
    const { messages } = walk(() => undefined);
    expect(messages.map(({ alarm }) => alarm)).toEqual(['lifeboat-simulated-app-scrub-overdue']);
    const longestMs = longestGapOf(schedule, 'UTC', DEPLOYED_AT) + 3 * DAY_MS + 10 * MINUTE_MS;
    expect((messages[0]?.atMs ?? 0) - DEPLOYED_AT.getTime()).toBeLessThanOrEqual(longestMs);
  });
});
