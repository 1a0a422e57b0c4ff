import { FIGURE_METRICS, type FigureMetric, HEALTH_METRICS } from '../../lib/contract/health-metrics.ts';
import type { HealthFinding, HealthReport } from '../../lib/engine/health/health.ts';
import type { MetricValue } from '../shared/metrics.ts';

const COUNTED = ['critical', 'warning', 'info', 'unknown'] as const;

/** What is published of a report. What is not known has no value, and neither has anything but the silence if nobody was reached. */
export function healthValues({ findings, totals }: HealthReport): MetricValue[] {
  const reachable = findings.find(({ check }) => check === 'reachable');
  const unreachable: MetricValue = [HEALTH_METRICS.unreachable, reachable?.value ?? 0];
  if (reachable?.severity !== 'ok') return [unreachable];
  const figures = Object.values<FigureMetric>(FIGURE_METRICS).flatMap((metric): MetricValue[] => {
    const value = figureOf(findings, metric);
    return value === undefined ? [] : [[metric, value]];
  });
  return [
    unreachable,
    ...COUNTED.map((severity): MetricValue => [HEALTH_METRICS[severity], totals[severity]]),
    ...figures,
  ];
}

function figureOf(findings: readonly HealthFinding[], { check, figure }: FigureMetric): number | undefined {
  const found = findings.find((one) => one.check === check);
  if (!found || found.severity === 'unknown') return undefined;
  if (figure === undefined) return found.value ?? undefined;
  const value = found.figures?.[figure];
  if (typeof value === 'number') return value;
  // A state in which no session is has no entry. If states are hidden, there is no entry for any.
  return check === 'connections' && found.figures && statesAreKnown(found.figures) ? 0 : undefined;
}

/** The run's own session is active. */
function statesAreKnown(figures: NonNullable<HealthFinding['figures']>): boolean {
  return figures.active !== undefined;
}
