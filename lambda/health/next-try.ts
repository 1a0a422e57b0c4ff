import type { HealthReport } from '../../lib/engine/health/health.ts';
import { REACHABLE_THRESHOLD } from '../../lib/engine/health/judgements/reachable.ts';
import { isLoginRefused } from '../shared/source-secret.ts';

/** How often a source that cannot be reached is tried within a run. */
const TRY_EVERY_MS = 30_000;
const LEAST_MS = 1000;
/** What one more try, and telling of it, may take: connecting gives up after two times 15 s. */
const TRY_TIME_MS = 90_000;

/** When the run began, and what is left of it. */
export interface RunTimes {
  readonly startedAt: Date;
  readonly now: Date;
  readonly everyMinutes: number;
  readonly remainingMs: number;
}

/**
 * In how many milliseconds this run tries again; undefined if it is over. A source that cannot be reached is critical
 * after five minutes. If the next run would come later than that, this one stays and finds out. A refused login is
 * tried once more only, lest the server lock the role.
 */
export function nextTryMs(report: HealthReport, times: RunTimes): number | undefined {
  const { startedAt, now, everyMinutes, remainingMs } = times;
  const reachable = report.findings.find(({ check }) => check === 'reachable');
  if (reachable?.severity !== 'warning' || report.unreachableSince === null) return undefined;
  const criticalAtMs = Date.parse(report.unreachableSince) + REACHABLE_THRESHOLD.critical * 1000;
  const nextRunAtMs = startedAt.getTime() + everyMinutes * 60_000;
  if (criticalAtMs >= nextRunAtMs) return undefined;
  const untilCriticalMs = criticalAtMs - now.getTime();
  const mostMs = isLoginRefused(reachable.figures?.code) ? untilCriticalMs : TRY_EVERY_MS;
  const waitMs = Math.max(LEAST_MS, Math.min(mostMs, untilCriticalMs));
  return waitMs + TRY_TIME_MS > remainingMs ? undefined : waitMs;
}
