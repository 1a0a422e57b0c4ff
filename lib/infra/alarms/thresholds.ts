import type { Problem } from '../problem.ts';

/** Thresholds of alarms. Ages have no setting: their thresholds follow from the schedules. */
export interface ThresholdProps {
  /**
   * How much larger or smaller than usual a backup may be, in per cent.
   *
   * @default 50
   */
  readonly sizeDeviationPercent?: number;

  /**
   * How many times the usual duration a backup may take.
   *
   * @default 2
   */
  readonly durationFactor?: number;

  /**
   * The longest acceptable recovery time, in minutes, as drills measure it. At most 14, because Lambda stops
   * a drill function after 15 minutes, and then drill-failed fires.
   *
   * @default 10
   */
  readonly recoveryTimeMinutes?: number;
}

/** {@link ThresholdProps} with its defaults filled in. */
export interface Thresholds {
  readonly sizeDeviationPercent: number;
  readonly durationFactor: number;
  readonly recoveryTimeMinutes: number;
}

export function withThresholdDefaults(thresholds: ThresholdProps = {}): Thresholds {
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
