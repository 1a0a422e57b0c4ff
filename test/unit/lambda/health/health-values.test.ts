import { expect, it } from 'vitest';
import { healthValues } from '../../../../lambda/health/health-values.ts';
import { FIGURE_METRICS, HEALTH_METRICS } from '../../../../lib/contract/health-metrics.ts';
import { HEALTH_CHECKS } from '../../../../lib/engine/health/checks.ts';
import type { HealthFinding, HealthReport } from '../../../../lib/engine/health/health.ts';

const UNITS: Readonly<Record<string, string>> = {
  percent: 'Percent',
  ms: 'Milliseconds',
  s: 'Seconds',
  bytes: 'Bytes',
  count: 'Count',
};

function reportOf(...findings: Array<Partial<HealthFinding> & { readonly check: string }>): HealthReport {
  const whole = findings.map(
    (one): HealthFinding => ({
      ...{ group: 'server', unit: 'count', threshold: null, severity: 'ok', value: null, what: 'x' },
      ...one,
    }),
  );
  return {
    ...{ checkedAt: '', source: '', server: null, severity: 'ok', counters: null, unreachableSince: null },
    judgedBy: '',
    findings: whole,
    totals: { critical: 1, warning: 2, info: 3, unknown: 4, ok: 5 },
  };
}

const valuesOf = (...findings: Parameters<typeof reportOf>) =>
  Object.fromEntries(healthValues(reportOf(...findings)).map(([{ name }, value]) => [name, value]));

const REACHED = { check: 'reachable', severity: 'ok', value: 0 } as const;
const COUNTS = { CriticalFindings: 1, WarningFindings: 2, InfoFindings: 3, UnknownFindings: 4 };

it('what is not known has no value, and zero is a value', () => {
  expect(
    valuesOf(
      REACHED,
      { check: 'longest-query', value: 0 },
      { check: 'slow-queries', severity: 'unknown', value: null },
      { check: 'rollbacks', value: null },
      { check: 'database-size', value: null, figures: { sizeBytes: 7, limitBytes: null } },
    ),
  ).toEqual({ UnreachableSeconds: 0, ...COUNTS, LongestQuerySeconds: 0, DatabaseSizeBytes: 7 });
});

it('states in which no session is are zero, unless the states of others are hidden', () => {
  const shown = { check: 'connections', value: 10, figures: { used: 2, usable: 20, active: 2 } };
  expect(valuesOf(REACHED, shown)).toMatchObject({
    ...{ ConnectionsPercent: 10, ConnectionsActive: 2, ConnectionsIdle: 0, ConnectionsIdleInTransaction: 0 },
  });
  const hidden = valuesOf(REACHED, { ...shown, figures: { used: 2, usable: 20 } });
  expect(hidden).toEqual({ UnreachableSeconds: 0, ...COUNTS, ConnectionsPercent: 10 });
});

it('of a source that cannot be reached nothing is known but for how long', () => {
  const unreachable = { check: 'reachable', severity: 'critical', value: 320 } as const;
  expect(valuesOf(unreachable, { check: 'latency', severity: 'unknown' })).toEqual({
    UnreachableSeconds: 320,
  });
});

it('metrics are named once, in the units of their checks', () => {
  const names = Object.values(HEALTH_METRICS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const metric of Object.values(FIGURE_METRICS)) {
    const check = HEALTH_CHECKS.find(({ name }) => name === metric.check);
    if ('figure' in metric || !check) continue;
    expect(UNITS[check.unit], metric.name).toBe(metric.unit);
  }
});
