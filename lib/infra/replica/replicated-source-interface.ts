import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** A source in a replica. */
export interface IReplicatedSource extends IConstruct {
  /** The source's name in keys, metrics and alarms. */
  readonly name: string;

  /** The function that drills the source's backups in the replica; undefined if there is none. */
  readonly drillFunction: IFunction | undefined;

  /** The alarm that wakes people when the replica could not replace the vault of this source. */
  readonly criticalAlarm: AlarmBase;
}
