import { NestedStack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { AlarmContext } from '../alarms/lifeboat-alarm.ts';
import { ScheduleRole } from '../functions/schedule-role.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import type { PointInTimeFigures } from './point-in-time-figures.ts';
import { SourcePointInTime } from './source-point-in-time.ts';

/** What a {@link PointInTime} is made from. */
export interface PointInTimeStackProps {
  readonly context: AlarmContext;
  readonly vault: VaultInUse;
  readonly logRetention: RetentionDays;
}

/** What a source has that its capture needs. */
export interface CapturedSource {
  readonly backup: IFunction;
  readonly network: SourceNetworkProps | undefined;
  /** Whether the stack drills its backups, and so proves its changes. */
  readonly isDrilled: boolean;
}

/** Captures the changes of the sources that ask for it: decisions 0114 and 0121. */
export class PointInTime extends NestedStack {
  readonly #props: PointInTimeStackProps;
  readonly #scheduleRole: ScheduleRole;

  constructor(scope: Construct, id: string, props: PointInTimeStackProps) {
    super(scope, id, {
      description: `Lifeboat: the changes between backups (${props.context.environment})`,
    });
    this.#props = props;
    this.#scheduleRole = new ScheduleRole(this, 'ScheduleRole', { targets: [] });
  }

  /** Captures another source, from the network that its backup function is in. */
  capture(
    source: SourceToProtect,
    figures: PointInTimeFigures,
    { backup, network, isDrilled }: CapturedSource,
  ): SourcePointInTime {
    return new SourcePointInTime(this, `Source-${source.name}`, {
      ...this.#props,
      ...{ source, figures, backup, isDrilled, scheduleRole: this.#scheduleRole },
      ...(network && { network }),
    });
  }
}
