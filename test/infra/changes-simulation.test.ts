import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { type ChangesStory, walkChanges } from './simulation/changes-walk.ts';
import { nestedTemplate } from './support/nested.ts';
import { stackOf } from './support/synthesized.ts';

const PACES = [1, 2, 5] as const;
const DAY_MINUTES = 1440;
const GIB = 1024 ** 3;
/** From here on something is wrong, until there. */
const [SINCE, UNTIL] = [700, 1000];
const isWrong = (minute: number) => minute >= SINCE && minute < UNTIL;

let template: Template;
beforeAll(() => {
  const sources = PACES.map((minutes) => ({
    name: `every${minutes}`,
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:s${minutes}-AbCdEf`,
    pointInTime: { every: minutes === 1 ? '1 minute' : `${minutes} minutes` },
  }));
  const stack = stackOf({ sources, notifications: { emails: ['ada@example.com'] } }, 'simulated');
  template = nestedTemplate(stack, 'PointInTime');
}, 300_000);

/** Which alarms went red, and in which minute. */
function reds(everyMinutes: number, story: Partial<ChangesStory>, minutes = 2 * DAY_MINUTES) {
  const prefix = `lifeboat-simulated-every${everyMinutes}-`;
  return walkChanges({ template, prefix, everyMinutes, minutes, random: seededRandom(9), ...story })
    .filter(({ state }) => state === 'ALARM')
    .map(({ alarm, atMinute }) => ({ alarm: alarm.slice(prefix.length), after: atMinute - SINCE }));
}

describe.each(PACES)('captured every %d minutes', (every) => {
  it('says nothing while all goes well, nor of one run that failed or died', () => {
    expect(reds(every, {})).toEqual([]);
    for (const outcome of ['fails', 'dies'] as const) {
      const capture = (minute: number) =>
        minute >= SINCE && minute < SINCE + every ? outcome : ('captures' as const);
      expect(reds(every, { capture }), outcome).toEqual([]);
    }
    expect(reds(every, { capture: (minute) => (minute === 0 ? 'dies' : 'captures') })).toEqual([]);
  });

  it('tells of captures that fail when the recovery point is older than twice the interval', () => {
    const found = reds(every, { capture: (minute) => (isWrong(minute) ? 'fails' : 'captures') });
    expect(found.map(({ alarm }) => alarm)).toEqual(['recovery-point-old']);
    expect(found[0]?.after).toBeGreaterThan(2 * every);
    expect(found[0]?.after).toBeLessThanOrEqual(3 * every + 6);
  });

  it('tells of captures that die, or are not started, and of one that never ran', () => {
    const found = reds(every, { capture: (minute) => (isWrong(minute) ? 'dies' : 'captures') });
    expect(found[0]?.alarm).toBe('capture-silent');
    expect(found[0]?.after).toBeLessThanOrEqual(5 * every + 1);
    const never = reds(every, { capture: () => 'dies' });
    expect(never.map(({ alarm }) => alarm)).toEqual(['capture-silent']);
  });

  it('tells of WAL that is held, and of a watchdog that is silent or never ran', () => {
    const held = reds(every, { slot: (minute) => (isWrong(minute) ? GIB / 2 : 0) });
    expect(held.map(({ alarm }) => alarm)).toEqual(['held-wal']);
    expect(held[0]?.after).toBeLessThanOrEqual(6);
    expect(reds(every, { slot: (minute) => (isWrong(minute) ? GIB / 2 - 1 : 0) })).toEqual([]);
    const silent = reds(every, { slot: (minute) => (isWrong(minute) ? undefined : 0) });
    expect(silent.map(({ alarm }) => alarm)).toEqual(['slot-watch-silent']);
    expect(silent[0]?.after).toBeLessThanOrEqual(30);
    expect(reds(every, { slot: () => undefined }).map(({ alarm }) => alarm)).toEqual(['slot-watch-silent']);
    // A minute without it is no news.
    expect(reds(every, { slot: (minute) => (minute % 7 === 0 ? undefined : 0) })).toEqual([]);
  });

  it('tells once of a slot that was dropped, or lost', () => {
    const dropped = reds(every, { slot: (minute) => (minute === SINCE ? 'dropped' : 0) });
    expect(dropped.map(({ alarm }) => alarm)).toEqual(['slot-dropped']);
    expect(dropped[0]?.after).toBeLessThanOrEqual(6);
    const lost = reds(every, { capture: (minute) => (minute === SINCE ? 'loses-slot' : 'captures') });
    expect(lost.map(({ alarm }) => alarm)).toEqual(['slot-lost']);
    expect(lost[0]?.after).toBeLessThanOrEqual(6);
  });

  it('tells of a gap that stays open for half an hour, and of none that closes before', () => {
    const gap = (minutes: number) => (minute: number) =>
      minute >= SINCE && minute < SINCE + minutes ? SINCE : undefined;
    expect(reds(every, { gapSince: gap(25) })).toEqual([]);
    const found = reds(every, { gapSince: gap(120) });
    expect(found.map(({ alarm }) => alarm)).toEqual(['changes-gap']);
    expect(found[0]?.after).toBeLessThanOrEqual(30 + every + 6);
  });

  it('tells of changes that a drill could not prove, until one proves them', () => {
    const prefix = `lifeboat-simulated-every${every}-`;
    const drills = new Map<number, 0 | 1>([
      [100, 0],
      [SINCE, 1],
      [UNTIL, 0],
    ]);
    const found = reds(every, { drills });
    expect(found.map(({ alarm }) => alarm)).toEqual(['changes-unproven']);
    expect(found[0]?.after).toBeLessThanOrEqual(6);
    const told = walkChanges({
      ...{ template, prefix, everyMinutes: every, minutes: 2 * DAY_MINUTES, random: seededRandom(9), drills },
    });
    // It is sent once, whatever time passes until the next drill.
    expect(told.filter(({ alarm }) => alarm.endsWith('changes-unproven'))).toHaveLength(1);
  });

  it('sends nothing of tables that are not covered: the dashboard shows them', () => {
    expect(reds(every, { uncovered: () => 3 })).toEqual([]);
  });
});
