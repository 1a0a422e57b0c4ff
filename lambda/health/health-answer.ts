import type { HealthReport } from '../../lib/engine/health/health.ts';
import { logger } from '../shared/log.ts';

/** What the function answers: the rest is in the stored report. */
export function healthAnswer({ checkedAt, severity, totals, unreachableSince, findings }: HealthReport) {
  return {
    ...{ checkedAt, severity, totals, unreachableSince },
    findings: findings
      .filter((finding) => finding.severity === 'critical' || finding.severity === 'warning')
      .map((finding) => ({ check: finding.check, severity: finding.severity, what: finding.what })),
  };
}

/** Writes into the log what is wrong, so that it can be read there when the alarm has fired. */
export function logFindings(report: HealthReport): void {
  const { findings, ...answer } = healthAnswer(report);
  logger.info('health measured', answer);
  for (const { check, severity, what } of findings) logger.warn(what, { check, severity });
}
