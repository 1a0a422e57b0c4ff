import type { ThresholdSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';

/** {@link ThresholdSettings} with its defaults filled in. */
export interface Thresholds {
  readonly sizeDeviationPercent: number;
  readonly durationFactor: number;
  readonly recoveryTimeMinutes: number;
}

export function withThresholdDefaults(thresholds: ThresholdSettings = {}): Thresholds {
  return {
    sizeDeviationPercent: thresholds.sizeDeviationPercent ?? 50,
    durationFactor: thresholds.durationFactor ?? 2,
    recoveryTimeMinutes: thresholds.recoveryTimeMinutes ?? 10,
  };
}

/** Reports thresholds with which an alarm would never fire, or always. */
export function checkThresholds(thresholds: Thresholds): Problem[] {
  const { sizeDeviationPercent, durationFactor, recoveryTimeMinutes } = thresholds;
  const problems: Problem[] = [];
  if (!(sizeDeviationPercent > 0)) {
    problems.push({
      path: ['sizeDeviationPercent'],
      message: `${sizeDeviationPercent} should be more than 0`,
    });
  }
  if (!(durationFactor > 1)) {
    problems.push({
      path: ['durationFactor'],
      message: `${durationFactor} should be more than 1: 2 means twice as long as usual`,
    });
  }
  if (!(recoveryTimeMinutes > 0 && recoveryTimeMinutes <= 14)) {
    problems.push({
      path: ['recoveryTimeMinutes'],
      message: `${recoveryTimeMinutes} should be from 1 to 14: a drill is stopped after 15 minutes, so a longer target would never alarm`,
    });
  }
  return problems;
}
