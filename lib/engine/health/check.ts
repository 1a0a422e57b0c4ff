import type { Counters } from './counters.ts';
import type { HealthGroup, HealthUnit, Judgement, Severity, Threshold } from './finding.ts';
import type { HealthServer } from './measures/health-server.ts';
import type { Measure } from './measures/measure.ts';
import type { Row } from './measures/row.ts';
import type { HealthSettings } from './settings.ts';
import { type CheckName, severityOf } from './thresholds.ts';

/** What a judgement may know beside the value. */
export interface JudgementContext {
  readonly server: HealthServer;
  readonly settings: HealthSettings;
  readonly threshold: Threshold;
  readonly severityOf: (value: number) => Severity;
  /** The counters of the run before; undefined if this one is the first. */
  readonly previous: Counters | undefined;
}

export interface HealthCheck {
  readonly name: CheckName;
  readonly group: HealthGroup;
  readonly unit: HealthUnit;
  readonly measure: Measure<unknown>;
  find(rows: readonly Row[], context: JudgementContext): Judgement;
}

export interface CheckParts<Value> {
  readonly name: CheckName;
  readonly group: HealthGroup;
  readonly unit: HealthUnit;
  readonly measure: Measure<Value>;
  readonly judge: (value: Value, context: JudgementContext) => Judgement;
}

/** A check is a measure and a judgement. */
export function healthCheck<Value>({ judge, ...parts }: CheckParts<Value>): HealthCheck {
  return { ...parts, find: (rows, context) => judge(parts.measure.read(rows), context) };
}

export function contextOf(
  name: CheckName,
  given: Pick<JudgementContext, 'server' | 'settings' | 'previous'>,
): JudgementContext {
  const threshold = given.settings.thresholds[name];
  const direction = name === 'cache-hits' ? 'below' : 'above';
  return { ...given, threshold, severityOf: (value) => severityOf(value, threshold, direction) };
}
