import { createHash } from 'node:crypto';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { HealthCheck } from './check.ts';
import type { HealthFinding } from './finding.ts';
import type { Measure } from './measures/measure.ts';
import type { PreviousHealth } from './previous.ts';
import type { HealthSettings } from './settings.ts';

/** What one run asks, and what it takes over from the run before. */
export interface ToAsk {
  readonly checks: readonly HealthCheck[];
  readonly kept: readonly HealthFinding[];
}

/** From this many times its rest on, a measure is asked whatever else is asked in the same run. */
const OVERDUE = 2;

/**
 * Divides the checks. A measure that rests is not asked again while its earlier findings are young enough and
 * nothing was wrong; of those that are due, only the one that has waited longest, so that no run pays for all.
 * Without a run before, or if it judged by other settings, everything is asked.
 */
export function whatToAsk(
  checks: readonly HealthCheck[],
  previous: PreviousHealth | undefined,
  { now, judgedBy }: { readonly now: Date; readonly judgedBy: string },
): ToAsk {
  const known = (previous?.judgedBy === judgedBy && previous.findings) || [];
  const resting = new Map<Measure<unknown>, { readonly findings: HealthFinding[]; readonly rests: number }>();
  for (const [measure, some] of Map.groupBy(checks, (check) => check.measure)) {
    const findings = some.flatMap(({ name }) => known.filter(({ check }) => check === name));
    const rests = restsFor(measure, findings, now);
    if (findings.length === some.length && rests < OVERDUE) resting.set(measure, { findings, rests });
  }
  const [due] = [...resting].filter(([, { rests }]) => rests >= 1).sort(([, a], [, b]) => b.rests - a.rests);
  if (due) resting.delete(due[0]);
  return {
    checks: checks.filter(({ measure }) => !resting.has(measure)),
    kept: [...resting.values()].flatMap(({ findings }) => findings),
  };
}

/** The age of findings, in rests of their measure; infinite if they may not be taken over. */
function restsFor({ restsSeconds }: Measure<unknown>, findings: readonly HealthFinding[], now: Date): number {
  const isWell = findings.every(({ severity }) => severity === 'ok' || severity === 'info');
  if (restsSeconds === undefined || !isWell) return Number.POSITIVE_INFINITY;
  const ages = findings.map(({ measuredAt = '' }) => (now.getTime() - Date.parse(measuredAt)) / 1000);
  // Without a date, or with one of the future (a clock was put back), nobody knows how old it is.
  if (!ages.every((age) => age >= 0)) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...ages) / restsSeconds;
}

/** Tells whether two runs judge alike: the same source and settings, by the same version of Lifeboat. */
export function judgedBy(source: string, settings: HealthSettings): string {
  return createHash('sha256')
    .update(JSON.stringify([LIFEBOAT_VERSION, source, settings]))
    .digest('hex')
    .slice(0, 16);
}
