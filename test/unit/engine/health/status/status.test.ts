import { expect, it } from 'vitest';
import type { Severity } from '../../../../../lib/engine/health/finding.ts';
import { httpStatusOf, type LastResults, statusOf } from '../../../../../lib/engine/health/status/status.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const totals = { critical: 0, warning: 0, info: 0, unknown: 0, ok: 1 };

function results(changed: {
  backupMinutes?: number | null;
  proofMinutes?: number | null;
  lookedMinutes?: number;
  severity?: Severity;
  measuredMinutes?: number;
}): LastResults {
  const { backupMinutes = 60, proofMinutes = 600, lookedMinutes = 1 } = changed;
  const { severity = 'ok', measuredMinutes = 1 } = changed;
  const sealed = (minutes: number | null) => (minutes === null ? undefined : ago(minutes));
  return {
    source: 'shop',
    vault: {
      checkedAt: ago(lookedMinutes),
      validUntil: ago(lookedMinutes - 15),
      newestBackup: { at: sealed(backupMinutes), limitSeconds: 25 * 3600 },
      newestProof: { at: sealed(proofMinutes), limitSeconds: 8 * 86_400 },
    },
    health: {
      validUntil: ago(measuredMinutes - 15),
      report: { checkedAt: ago(measuredMinutes).toISOString(), severity, totals },
    },
  };
}

it.each([
  ['all is well', {}, 'ok', 200],
  ['a warning', { severity: 'warning' }, 'warning', 200],
  ['only something to know', { severity: 'info' }, 'ok', 200],
  ['a critical finding', { severity: 'critical' }, 'critical', 503],
  ['a backup at its limit', { backupMinutes: 25 * 60 }, 'ok', 200],
  ['a backup past its limit', { backupMinutes: 25 * 60 + 1 }, 'critical', 503],
  ['no backup', { backupMinutes: null }, 'critical', 503],
  ['an old proof', { proofMinutes: 8 * 1440 + 1 }, 'critical', 503],
  ['no proof', { proofMinutes: null }, 'critical', 503],
  ['health that nobody renews', { measuredMinutes: 16 }, 'stale', 503],
  ['a vault that nobody looks at', { lookedMinutes: 16 }, 'stale', 503],
  ['stale, and an old backup', { measuredMinutes: 16, backupMinutes: 9999 }, 'critical', 503],
] as const)('%s', (_what, changed, state, code) => {
  const status = statusOf([results({}), results(changed)], NOW);
  expect(status.status).toBe(state);
  expect(httpStatusOf(status)).toBe(code);
  expect(status.sources[1]?.status).toBe(state);
});

it('tells ages, limits and times, and nothing that was never found out is good', () => {
  expect(statusOf([results({})], NOW).sources[0]).toEqual({
    source: 'shop',
    status: 'ok',
    newestBackup: { at: '2026-11-20T11:00:00.000Z', ageSeconds: 3600, limitSeconds: 90_000 },
    newestProof: { at: '2026-11-20T02:00:00.000Z', ageSeconds: 36_000, limitSeconds: 691_200 },
    health: { severity: 'ok', checkedAt: '2026-11-20T11:59:00.000Z', totals },
    checkedAt: '2026-11-20T11:59:00.000Z',
  });
  expect(statusOf([], NOW)).toEqual({ status: 'stale', checkedAt: null, sources: [] });
  expect(statusOf([{ source: 'a' }], NOW)).toMatchObject({ status: 'stale', checkedAt: null });
  const { health, ...unmeasured } = results({});
  expect(health).toBeDefined();
  expect(statusOf([unmeasured], NOW)).toMatchObject({ status: 'ok', sources: [{ health: null }] });
});
