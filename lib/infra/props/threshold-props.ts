import type { Duration } from 'aws-cdk-lib';

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
   * The longest acceptable recovery time, as drills measure it. At most 14 minutes, because Lambda stops a drill
   * function after 15, and then drill-failed fires.
   *
   * @default Duration.minutes(10)
   */
  readonly recoveryTime?: Duration;
}
