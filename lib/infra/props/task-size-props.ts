import type { Duration, Size } from 'aws-cdk-lib';

/** The size of the task that backs a source up when a function is not enough. */
export interface TaskSizeProps {
  /** 1, 2, 4, 8 or 16. @default 2 */
  readonly vcpu?: number;

  /** Memory, as much as Fargate has for the vCPUs. @default - the least: 2 GiB for each vCPU */
  readonly memory?: Size;

  /**
   * The longest that a backup may run, in whole hours up to 48; then the task ends it. The alarms wait that much
   * longer for a backup.
   *
   * @default Duration.hours(3)
   */
  readonly longestRun?: Duration;
}
