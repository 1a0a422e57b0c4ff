import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type {
  BackupOrderSettings,
  ExportSettings,
  FunctionSizeSettings,
  HealthMeasureSettings,
  PointInTimeSettings,
  TaskSizeSettings,
} from './environment/shared-settings.ts';
import type { DrillCheckProps } from './props/drill-check-props.ts';
import type { HeartbeatProps } from './props/heartbeat-props.ts';
import type { SourceNetworkProps } from './props/source-network-props.ts';

/** How the health of a source is measured, in plain values, and with which login. */
export interface HealthToMeasure extends HealthMeasureSettings {
  /** @default - the source's own */
  readonly secret?: ISecret;
  readonly secretKey?: IKey;
}

/** A source in plain values: what `SourceProps` say, as the checks and the functions need it. */
export interface SourceToProtect extends BackupOrderSettings {
  readonly name: string;
  readonly secret: ISecret;
  readonly secretKey?: IKey;
  readonly heartbeat?: HeartbeatProps;
  readonly ageRecipients?: readonly string[];
  readonly ageIdentitySecret?: ISecret;
  readonly ageIdentitySecretKey?: IKey;
  /** `cron(…)` or `rate(…)`. */
  readonly schedule?: string;
  /** `function`, `auto`, `task`, `elsewhere` or `off`. */
  readonly drill?: string;
  readonly drillSchedule?: string;
  readonly timeZone?: string;
  /** @default - that of the backups */
  readonly drillTimeZone?: string;
  readonly drillAfterBackup?: boolean;
  readonly drillChecks?: readonly DrillCheckProps[];
  readonly health?: HealthToMeasure;
  readonly pointInTime?: PointInTimeSettings;
  readonly exports?: readonly ExportSettings[];
  readonly network?: SourceNetworkProps;
  /** `auto`, `function` or `task`. */
  readonly compute?: string;
  readonly taskSize?: TaskSizeSettings;
  readonly backupSize?: FunctionSizeSettings;
  readonly drillSize?: FunctionSizeSettings;
  readonly drillImage?: string;
  readonly drillHours?: number;

  /**
   * GB (10^9 bytes) of COPY text a month from which on `egress-high` fires. Every backup leaves the host as text that
   * nothing compresses on the way, and hosts count it: `lifeboat estimate` says what to set.
   *
   * @default - no alarm
   */
  readonly egressLimitGb?: number;
}

/** A source of a replica in plain values. */
export type SourceToReplicate = Omit<
  SourceToProtect,
  'secret' | 'secretKey' | 'heartbeat' | 'network' | 'backupSize' | 'health' | 'pointInTime' | 'exports'
>;

export const DEFAULT_SCHEDULE = 'cron(0 2 * * ? *)';
export const DEFAULT_DRILL_SCHEDULE = 'cron(0 5 ? * SUN *)';
export const DEFAULT_TIME_ZONE = 'UTC';
