import type { CheckName } from '../../contract/health-thresholds.ts';
import type { Severity, Threshold } from './finding.ts';

export {
  CHECK_NAMES,
  type CheckName,
  COUNTS_DOWNWARDS,
  DEFAULT_THRESHOLDS,
} from '../../contract/health-thresholds.ts';

export type Thresholds = Readonly<Record<CheckName, Threshold>>;

/** How bad a value is. `below`: less is worse. */
export function severityOf(
  value: number,
  { warning, critical }: Threshold,
  direction: 'above' | 'below' = 'above',
): Severity {
  const reaches = (limit: number | null) =>
    limit !== null && (direction === 'above' ? value >= limit : value <= limit);
  if (reaches(critical)) return 'critical';
  return reaches(warning) ? 'warning' : 'ok';
}
