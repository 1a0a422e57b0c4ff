import type { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import { MetricPublisher, type MetricValue } from '../shared/metrics.ts';
import { reportFailure } from '../shared/report-failure.ts';

/** The values that a look at one source published, and the failures. */
export interface SourceAnswer {
  readonly source: string;
  /** Names of metrics and their values. */
  readonly published: Readonly<Record<string, number>>;
  readonly failures: readonly LifeboatError[];
}

/**
 * Publishes the values that could be found out. Does not reject: `failures` holds the error of each part that
 * failed.
 */
export async function publishFindings(
  environment: string,
  source: string,
  parts: ReadonlyArray<Promise<readonly MetricValue[]>>,
): Promise<SourceAnswer> {
  const found = await Promise.allSettled(parts);
  const values = found.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
  const published = await Promise.allSettled(
    values.length > 0 ? [new MetricPublisher(environment).publish(source, values)] : [],
  );
  const failures = [...found, ...published].flatMap((part) =>
    part.status === 'rejected' ? reportFailure(part.reason, `Looking at ${source}`) : [],
  );
  const answer = Object.fromEntries(values.map(([metric, value]) => [metric.name, value]));
  logger.info(`looked at ${source}`, { ...answer });
  return { source, published: answer, failures };
}
