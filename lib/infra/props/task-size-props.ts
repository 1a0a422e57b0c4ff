import type { Duration, Size } from 'aws-cdk-lib';

/** The size of the task that backs a source up when a function is not enough. */
export interface TaskSizeProps {
  /** 1, 2, 4, 8 or 16. @default 2 */
  readonly vcpu?: number;

  /** Memory, as much as Fargate has for the vCPUs. @default - the least: 2 GiB for each vCPU */
  readonly memory?: Size;

  /**
   * How long a backup in a task may take, in whole hours up to 48. The alarms wait that much longer for a backup. A task
   * that takes four times as long ends itself.
   *
   * @default - one hour, for which the alarms do not wait; or three if every backup is made by a task
   */
  readonly usualRun?: Duration;
}
