import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consecutiveDrillFailures,
  type DrillPeriod,
  LONGEST_DRILL_MS,
} from '../../../../lib/engine/watch/drill-failures.ts';

const MINUTE = 60_000;
const PERIOD = 5 * MINUTE;
const NOW = new Date('2026-11-20T12:00:00Z');

interface Drill {
  readonly beganMinutesAgo: number;
  readonly endedMinutesAgo?: number;
  readonly ended: 'succeeded' | 'failed' | 'died' | 'running';
}

/** What CloudWatch would show of these drills: sums of five minutes. */
function historyOf(drills: readonly Drill[]): DrillPeriod[] {
  const periods = new Map<number, { started: number; succeeded: number; failed: number }>();
  const add = (minutesAgo: number, what: 'started' | 'succeeded' | 'failed') => {
    const at = Math.floor((NOW.getTime() - minutesAgo * MINUTE) / PERIOD) * PERIOD;
    const period = periods.get(at) ?? { started: 0, succeeded: 0, failed: 0 };
    period[what] += 1;
    periods.set(at, period);
  };
  for (const { beganMinutesAgo, endedMinutesAgo = 0, ended } of drills) {
    add(beganMinutesAgo, 'started');
    if (ended === 'succeeded' || ended === 'failed') add(endedMinutesAgo, ended);
  }
  return [...periods].map(([at, sums]) => ({ startsAt: new Date(at), ...sums }));
}

const failures = (...drills: Drill[]) => consecutiveDrillFailures(historyOf(drills), NOW);
const WEEK = 7 * 24 * 60;
const succeeded: Drill = { beganMinutesAgo: 3 * WEEK, endedMinutesAgo: 3 * WEEK - 8, ended: 'succeeded' };

describe('consecutive drill failures', () => {
  it('are none of drills that may still be running, though two run at once', () => {
    // Seconds after the beginning of a period, and 15 minutes long: its period began nearly 20 minutes ago.
    const running: Drill = { beganMinutesAgo: 14.9, ended: 'running' };
    for (let minute = 0; minute < 5; minute += 1) {
      const now = new Date(NOW.getTime() + minute * MINUTE);
      const began = { ...running, beganMinutesAgo: running.beganMinutesAgo - minute };
      expect(consecutiveDrillFailures(historyOf([succeeded, began, began]), now)).toBe(0);
    }
  });

  it('are over with a proof, whichever machine has put it into the vault', () => {
    const failed: Drill = { beganMinutesAgo: 120, endedMinutesAgo: 115, ended: 'failed' };
    const history = historyOf([succeeded, failed, { ...failed, beganMinutesAgo: 60, endedMinutesAgo: 50 }]);
    const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE);
    expect(consecutiveDrillFailures(history, NOW)).toBe(2);
    expect(consecutiveDrillFailures(history, NOW, minutesAgo(90))).toBe(1);
    expect(consecutiveDrillFailures(history, NOW, minutesAgo(30))).toBe(0);
    expect(consecutiveDrillFailures(history, NOW, minutesAgo(5 * WEEK))).toBe(2);
  });

  it('are none without drills, and after one that succeeded', () => {
    expect(failures()).toBe(0);
    expect(failures(succeeded)).toBe(0);
  });

  it('count those that said that they failed, at once', () => {
    expect(failures(succeeded, { beganMinutesAgo: 6, endedMinutesAgo: 1, ended: 'failed' })).toBe(1);
  });

  it('count those that died without a word, once they cannot be running any more', () => {
    expect(failures(succeeded, { beganMinutesAgo: 10, ended: 'died' })).toBe(0);
    expect(failures(succeeded, { beganMinutesAgo: 21, ended: 'died' })).toBe(1);
    expect(
      failures(
        succeeded,
        { beganMinutesAgo: 2 * WEEK, ended: 'died' },
        { beganMinutesAgo: WEEK, endedMinutesAgo: WEEK - 3, ended: 'failed' },
      ),
    ).toBe(2);
  });

  it('are over with the next success', () => {
    expect(
      failures(
        { beganMinutesAgo: 2 * WEEK, ended: 'died' },
        { beganMinutesAgo: WEEK, ended: 'died' },
        { beganMinutesAgo: 30, endedMinutesAgo: 21, ended: 'succeeded' },
      ),
    ).toBe(0);
  });

  it('do not count one failure twice because another drill is running', () => {
    expect(
      failures(
        succeeded,
        { beganMinutesAgo: 22, endedMinutesAgo: 8, ended: 'failed' },
        { beganMinutesAgo: 7, ended: 'running' },
      ),
    ).toBe(1);
  });

  it('are what happened, for any row of drills one after another that are over', () => {
    const anyDrill = fc.record({
      lasted: fc.integer({ min: 1, max: 14 }),
      pause: fc.integer({ min: 6, max: 5000 }),
      ended: fc.constantFrom('succeeded' as const, 'failed' as const, 'died' as const),
    });
    fc.assert(
      fc.property(fc.array(anyDrill, { maxLength: 12 }), (row) => {
        let minutesAgo = LONGEST_DRILL_MS / MINUTE + 6;
        const drills: Drill[] = [];
        for (const { lasted, pause, ended } of row) {
          drills.unshift({ beganMinutesAgo: minutesAgo + lasted, endedMinutesAgo: minutesAgo, ended });
          minutesAgo += lasted + pause;
        }
        const lastSuccess = drills.findLastIndex(({ ended }) => ended === 'succeeded');
        expect(failures(...drills)).toBe(drills.length - 1 - lastSuccess);
      }),
    );
  });

  it('are never more than the drills that began', () => {
    const anyPeriod = fc.record({
      startsAt: fc.integer({ min: 0, max: 40 }).map((periods) => new Date(NOW.getTime() - periods * PERIOD)),
      started: fc.nat(3),
      succeeded: fc.nat(1),
      failed: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(anyPeriod), (history) => {
        const began = history.reduce((sum, { started }) => sum + started, 0);
        expect(consecutiveDrillFailures(history, NOW)).toBeLessThanOrEqual(began);
      }),
    );
  });
});
