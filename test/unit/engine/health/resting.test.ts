import { expect, it } from 'vitest';
import { HEALTH_CHECKS } from '../../../../lib/engine/health/checks.ts';
import type { HealthFinding, Severity } from '../../../../lib/engine/health/finding.ts';
import { judgedBy, whatToAsk } from '../../../../lib/engine/health/resting.ts';
import { healthSettings } from '../../../../lib/engine/health/settings.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const BY = 'abc';
const RESTING = HEALTH_CHECKS.filter(({ measure }) => measure.restsSeconds !== undefined).map(
  ({ name }) => name,
);

function runAgo(minutes: number, changed: Partial<Record<string, Severity>> = {}, by = BY) {
  const findings: HealthFinding[] = HEALTH_CHECKS.map(({ name, group, unit }) => ({
    ...{ check: name, group, unit, threshold: null, value: 0, what: '.' },
    severity: changed[name] ?? 'ok',
    measuredAt: new Date(NOW.getTime() - minutes * 60_000).toISOString(),
  }));
  return { counters: undefined, unreachableSince: undefined, findings, judgedBy: by };
}

const kept = (previous: Parameters<typeof whatToAsk>[1]) =>
  whatToAsk(HEALTH_CHECKS, previous, { now: NOW, judgedBy: BY }).kept.map(({ check }) => check);

it('keeps what rests and was well, and asks everything else', () => {
  expect(kept(undefined)).toEqual([]);
  expect(kept(runAgo(5)).toSorted()).toEqual(RESTING.toSorted());
  const { checks } = whatToAsk(HEALTH_CHECKS, runAgo(5), { now: NOW, judgedBy: BY });
  expect(checks.map(({ name }) => name)).toEqual(
    HEALTH_CHECKS.map(({ name }) => name).filter((name) => !RESTING.includes(name)),
  );
});

it('asks again for what was wrong or unknown, and for all that one measure tells', () => {
  for (const severity of ['warning', 'critical', 'unknown'] as const) {
    expect(kept(runAgo(5, { sequences: severity }))).not.toContain('sequences');
  }
  const after = kept(runAgo(5, { autovacuum: 'warning' }));
  expect(after).not.toContain('dead-rows');
  expect(after).toContain('sequences');
});

it('asks one of those that are due, the one that waited longest; at twice its rest each', () => {
  expect(kept(runAgo(16))).toHaveLength(RESTING.length - 1);
  expect(kept(runAgo(61)).length).toBeGreaterThan(1);
  expect(kept(runAgo(61))).not.toContain('database-size');
  expect(kept(runAgo(121))).toEqual([]);
});

it('keeps nothing from the future, of other settings, or of another source', () => {
  expect(kept(runAgo(-1))).toEqual([]);
  expect(kept(runAgo(5, {}, 'other'))).toEqual([]);
  const settings = healthSettings();
  const stricter = healthSettings({ thresholds: { bloat: { warning: 10 } } });
  const all = [judgedBy('a', settings), judgedBy('b', settings), judgedBy('a', stricter)];
  expect(new Set(all).size).toBe(3);
  expect(judgedBy('a', healthSettings())).toBe(all[0]);
});
