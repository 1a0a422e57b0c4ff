import type { ThresholdProps } from '../alarms/thresholds.ts';
import type { BackupOrderProps } from '../functions/backup-order.ts';
import type { DrillCheckProps } from '../functions/drill-checks.ts';
import type { FunctionSizeProps } from '../functions/function-size.ts';
import type { RetentionProps } from '../vault/retention.ts';

/** One environment of bin/environments.ts: one stack. */
export interface EnvironmentSettings {
  /** AWS account number. Default: that of the credentials that deploy. */
  readonly account?: string;
  /** AWS region. Default: that of the credentials that deploy. */
  readonly region?: string;
  /** The databases to protect. */
  readonly sources: readonly SourceSettings[];
  /** Who hears of an alarm. Each address has to confirm once. */
  readonly notifications: { readonly emails: readonly string[] };
  /** How long backups are kept. Default: daily 7 days, weekly 28, monthly 365 (colder from the 30th day), manual 30. */
  readonly retention?: RetentionProps;
  /** Locks every object for some days. In compliance mode nobody can shorten it, AWS included. Default: no lock. */
  readonly objectLock?: { readonly mode: 'governance' | 'compliance'; readonly days: number };
  /** When alarms fire, apart from ages, which follow from the schedules. Default: 50 %, twice, 10 minutes. */
  readonly thresholds?: ThresholdProps;
  /** ARNs of the users or roles that may restore, with MFA. Default: whoever in the account is allowed to assume roles. */
  readonly restorers?: readonly string[];
  /** URL or path of the runbook that alarms link to. Default: docs/runbook.md */
  readonly runbook?: string;
  /** Refuse to delete the stack. Default: false. */
  readonly terminationProtection?: boolean;
  /** Tags on everything that can carry them. */
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * `selection` (default: everything), `tiers` (default: everything at once), `hostProfile` (default: told by the host's name) and
 * `load` (default: four connections, no limit) are described in lib/infra/functions/backup-order.ts.
 */
export interface SourceSettings extends BackupOrderProps {
  /** Its name in keys, metrics and alarms. */
  readonly name: string;
  /** Complete ARN, with its six characters at the end, of the secret that holds a postgres:// URL or RDS's JSON. */
  readonly secretArn: string;
  /** ARN of the customer key that encrypts the secret. Default: AWS's own key. */
  readonly secretKeyArn?: string;
  /** When to back up, in EventBridge Scheduler's cron or rate. Default: cron(0 2 * * ? *) */
  readonly schedule?: string;
  /** Who proves its backups: a function, a machine elsewhere, or nobody. Default: function */
  readonly drill?: 'function' | 'elsewhere' | 'off';
  /** When to drill the newest backup; of drills elsewhere, how often a proof is due. Default: cron(0 5 ? * SUN *) */
  readonly drillSchedule?: string;
  /** Time zone of both schedules. Default: UTC */
  readonly timeZone?: string;
  /** Drill every backup as soon as it is sealed, too. Default: false */
  readonly drillAfterBackup?: boolean;
  /** Questions of your own to the restored database; one that is answered otherwise fails the drill. Default: none. */
  readonly drillChecks?: readonly DrillCheckProps[];
  /** The network that the database is in. Default: none, it has a public address. */
  readonly vpc?: VpcSettings;
  /** Size of the backup function. Default: 2048 MB of memory. */
  readonly backupSize?: FunctionSizeProps;
  /** Size of the drill function. Default: 2048 MB of memory, 10240 MB of /tmp. */
  readonly drillSize?: FunctionSizeProps;
}

/** Written out, so that nothing has to be looked up in an account to synthesize. */
export interface VpcSettings {
  readonly vpcId: string;
  /** One for each subnet, in the same order. */
  readonly availabilityZones: readonly string[];
  /** Private subnets with a way to S3, Secrets Manager and CloudWatch: NAT or endpoints. */
  readonly subnetIds: readonly string[];
  /** Default: a security group of its own, for the database's to accept. */
  readonly securityGroupIds?: readonly string[];
  /** The subnets are dual-stack and the host may be IPv6 only. Default: false */
  readonly dualStack?: boolean;
}
