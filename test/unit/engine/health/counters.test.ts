import { expect, it } from 'vitest';
import { countedSince } from '../../../../lib/engine/health/counters.ts';
import { previousHealth } from '../../../../lib/engine/health/previous.ts';

const before = { commits: 100, rollbacks: 10, countedSince: null };

it('counts since the last run, and anew when the statistics were reset or lost', () => {
  const now = { commits: 150, rollbacks: 12, countedSince: null };
  expect(countedSince(now, before)).toEqual({ commits: 50, rollbacks: 2, isSinceLastRun: true });
  expect(countedSince(now, undefined)).toMatchObject({ commits: 150, rollbacks: 12, isSinceLastRun: false });
  const reset = { commits: 150, rollbacks: 12, countedSince: '2026-11-20T02:00:00.000Z' };
  expect(countedSince(reset, before)).toMatchObject({ commits: 150, isSinceLastRun: false });
  const crashed = { commits: 5, rollbacks: 1, countedSince: null };
  expect(countedSince(crashed, before)).toMatchObject({ commits: 5, rollbacks: 1, isSinceLastRun: false });
});

it('the report of the last run, and nothing else, is one', () => {
  const report = { checkedAt: 'x', counters: before, unreachableSince: '2026-11-20T02:00:00.000Z' };
  expect(previousHealth(JSON.stringify(report), 'a.json')).toEqual({
    counters: before,
    unreachableSince: new Date('2026-11-20T02:00:00Z'),
    findings: [],
    judgedBy: undefined,
  });
  for (const text of [
    '',
    '{}',
    '[]',
    'null',
    '{"error":{}}',
    '{"counters":{"commits":-1},"unreachableSince":null}',
  ]) {
    expect(() => previousHealth(text, 'a.json')).toThrow(
      expect.objectContaining({ code: 'health-report-invalid' }),
    );
  }
});
