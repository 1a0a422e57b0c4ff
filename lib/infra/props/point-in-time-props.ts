import type { Duration, Size } from 'aws-cdk-lib';

/** How the changes of a source between its backups are captured. */
export interface PointInTimeProps {
  /** How often: whole minutes, from 1 to 5. @default Duration.minutes(5) */
  readonly every?: Duration;

  /**
   * How long every moment can be restored: whole days. The backup that they need stays as long.
   *
   * @default Duration.days(7)
   */
  readonly keep?: Duration;

  /**
   * WAL that the slot may hold on the source. From a quarter of it on an alarm warns; at the limit Lifeboat drops the slot,
   * so that the disk of the source does not fill.
   *
   * @default Size.gibibytes(2)
   */
  readonly maxHeldWal?: Size;
}
