import { describe, expect, it } from 'vitest';
import { nextTryMs } from '../../../../lambda/health/next-try.ts';
import type { HealthReport } from '../../../../lib/engine/health/health.ts';

const START = new Date('2026-11-30T12:00:00Z');
const seconds = (after: number) => new Date(START.getTime() + after * 1000);

/** A report of a source that has been unreachable since `since`; undefined: it was reached. */
function report(since: Date | undefined, now: Date, code = 'source-timeout'): HealthReport {
  const value = since ? (now.getTime() - since.getTime()) / 1000 : 0;
  const severity = since ? (value >= 300 ? 'critical' : 'warning') : 'ok';
  return {
    checkedAt: now.toISOString(),
    source: 'app',
    judgedBy: '',
    server: null,
    severity,
    findings: [
      {
        ...{ check: 'reachable', group: 'server', unit: 's', threshold: null, severity, value, what: 'x' },
        figures: { code },
      },
    ],
    totals: { critical: 0, warning: 0, info: 0, unknown: 0, ok: 0 },
    counters: null,
    unreachableSince: since?.toISOString() ?? null,
  };
}

/** From a run that begins at START, until it ends: the seconds at which it tries. */
function triesOf(everyMinutes: number, since = START, code?: string): number[] {
  const tries = [1];
  for (;;) {
    const at = tries.at(-1) ?? 0;
    const remainingMs = (everyMinutes > 8 ? 8 : everyMinutes) * 60_000 - at * 1000;
    const times = { startedAt: START, now: seconds(at), everyMinutes, remainingMs };
    const waitMs = nextTryMs(report(since, seconds(at), code), times);
    if (waitMs === undefined) return tries;
    tries.push(at + waitMs / 1000);
  }
}

describe('a run that cannot reach the source', () => {
  it.each([10, 15])('every %i minutes: stays until it is critical, and tries every 30 seconds', (every) => {
    expect(triesOf(every)).toEqual([1, 31, 61, 91, 121, 151, 181, 211, 241, 271, 300]);
  });

  it.each([2, 5])('every %i minutes: leaves it to the next one, which comes in time', (every) => {
    expect(triesOf(every)).toEqual([1]);
  });

  it('that comes a moment before the five minutes are over waits for that moment', () => {
    expect(triesOf(5, seconds(-298))).toEqual([1, 2]);
    expect(triesOf(2, seconds(-270))).toEqual([1, 30]);
  });

  it('whose login is refused tries once more, when it matters', () => {
    expect(triesOf(15, START, 'source-password-refused')).toEqual([1, 300]);
  });

  it('is over when it is critical, when it has reached the source, and when its time is up', () => {
    const times = { startedAt: START, now: seconds(1), everyMinutes: 15, remainingMs: 400_000 };
    expect(nextTryMs(report(seconds(-400), seconds(1)), times)).toBeUndefined();
    expect(nextTryMs(report(undefined, seconds(1)), times)).toBeUndefined();
    expect(nextTryMs(report(START, seconds(1)), { ...times, remainingMs: 100_000 })).toBeUndefined();
  });
});
