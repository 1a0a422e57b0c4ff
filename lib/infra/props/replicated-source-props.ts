import type { TimeZone } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Compute } from './compute.ts';
import type { DrillCheckProps } from './drill-check-props.ts';
import type { DrillPlace } from './drill-place.ts';
import type { FunctionSizeProps } from './function-size-props.ts';
import type { TaskSizeProps } from './task-size-props.ts';

/** A source of the vault, as far as its replica must know it. Give it what the `PostgresBackup` is given. */
export interface ReplicatedSourceProps {
  /** The source's name. */
  readonly name: string;

  /** When it is backed up. @default - every day at 02:00 */
  readonly schedule?: ScheduleExpression;

  /** The time zone of a schedule that names none. @default - UTC */
  readonly timeZone?: TimeZone;

  /**
   * Who proves its backups. Only with `DrillPlace.FUNCTION` they are drilled in the replica too.
   *
   * @default DrillPlace.FUNCTION
   */
  readonly drill?: DrillPlace;

  /** The public keys of age that its backups are encrypted to. @default - none */
  readonly ageRecipients?: readonly string[];

  /**
   * A secret in the region and account of the replica that holds the age identity for drills there. Needed for
   * drills of a source with `ageRecipients`.
   *
   * @default - none
   */
  readonly ageIdentitySecret?: ISecret;

  /** The customer key of that secret. @default - AWS's own key for Secrets Manager */
  readonly ageIdentitySecretKey?: IKey;

  /** Your own checks of the restored database. @default - none */
  readonly drillChecks?: readonly DrillCheckProps[];

  /**
   * What backs it up: the alarms wait longer if a task may.
   *
   * @default Compute.AUTO
   */
  readonly compute?: Compute;

  /** The size of that task: its `usualRun` is how much longer. @default - one hour, or three with Compute.TASK */
  readonly taskSize?: TaskSizeProps;

  /** The size of the drill function. @default - 2048 MiB of memory, 10240 MiB of /tmp */
  readonly drillSize?: FunctionSizeProps;
}
