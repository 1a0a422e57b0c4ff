import type { DrillCheckProps } from '../props/drill-check-props.ts';
import type {
  BackupOrderSettings,
  ExportSettings,
  FunctionSizeSettings,
  HealthMeasureSettings,
  ObjectLockSettings,
  PointInTimeSettings,
  RetentionSettings,
  TaskSizeSettings,
  ThresholdSettings,
} from './shared-settings.ts';

/** One environment of bin/environments.ts: one stack. */
export interface EnvironmentSettings {
  /** AWS account number. @default - the account of the credentials that deploy */
  readonly account?: string;
  /** AWS region. @default - the region of the credentials that deploy */
  readonly region?: string;
  /** The databases to protect. */
  readonly sources: readonly SourceSettings[];
  /** Lets people with the restore role start restores in a task. @default - restores run where the command is typed */
  readonly restoreOnAws?: RestoreOnAwsSettings;
  /** Addresses that get the alarms. Each address must confirm once. */
  readonly notifications: {
    /** One address at least. */
    readonly emails: readonly string[];
    /**
     * Where people hear of alarms in words, e-mail included (docs/notifications.md). An empty list makes words of the
     * e-mails alone.
     *
     * @default - e-mail, as CloudWatch writes it
     */
    readonly channels?: readonly ChannelSettings[];
    /** When the weekly digest is sent, in UTC: `cron(0 7 ? * MON *)`. @default - there is none */
    readonly digest?: string;
    /** A monitor outside that hears every five minutes that all is well. @default - none */
    readonly heartbeat?: NamedSecretSettings;
  };
  /**
   * A URL that tells monitors outside of AWS whether the sources are safe and well: 200 or 503 (docs/health.md). At
   * least one source must have `health`.
   *
   * @default - there is none
   */
  readonly healthEndpoint?: HealthEndpointSettings;
  /**
   * Writes a status page into a bucket beside the vault, whenever something changes (docs/status.md).
   *
   * @default false
   */
  readonly statusPage?: boolean;
  /**
   * How long backups are kept.
   *
   * @default - daily 7 days, weekly 28, monthly 365 (in a colder class from the 30th day), manual 30
   */
  readonly retention?: RetentionSettings;
  /**
   * Locks every object of a backup when it is written. In governance mode the break-glass role can lift a
   * lock; in compliance mode not even AWS can. `mode: 'off'` locks nothing.
   *
   * @default - governance mode, as long as the backup's class keeps it
   */
  readonly objectLock?: ObjectLockSettings;
  /**
   * Whether only the break-glass role may delete in the vault or change what protects it. A
   * deployment that changes the retention then fails until somebody opens the guard (docs/break-glass.md).
   *
   * @default true
   */
  readonly guard?: boolean;
  /**
   * ARNs of the users or roles that may break the glass, with MFA.
   *
   * @default - everybody in the account who is allowed to assume roles
   */
  readonly breakGlass?: readonly string[];
  /**
   * Whether a CloudTrail trail records who writes objects of the vault (`'writes'`), or who reads them too
   * (`'all'`). `'off'` makes no trail: for accounts whose organisation has one.
   *
   * @default 'off'
   */
  readonly audit?: 'off' | 'writes' | 'all';
  /**
   * When every object of every backup is read again and compared with what was written, as EventBridge Scheduler's cron or
   * rate in UTC, or `'off'`.
   *
   * @default 'cron(0 4 2 * ? *)', monthly
   */
  readonly scrub?: string;
  /**
   * Whether a key in KMS signs the record of each drill (docs/evidence.md). The key costs a dollar a month.
   *
   * @default false
   */
  readonly signDrills?: boolean;
  /**
   * A second stack in another region, and another account by choice, to which S3 replicates the vault
   * (docs/replica.md). Needs `region` of the environment, and with another account `account` too.
   *
   * @default - there is no second place
   */
  readonly replica?: ReplicaSettings;
  /**
   * When alarms fire. Ages have no threshold here: they follow from the schedules.
   *
   * @default - 50 % of size, twice the duration, 10 minutes to recover
   */
  readonly thresholds?: ThresholdSettings;
  /**
   * ARNs of the users or roles that may restore, with MFA.
   *
   * @default - everybody in the account who is allowed to assume roles
   */
  readonly restorers?: readonly string[];
  /**
   * ARNs of the users or roles that may put legal holds on backups and lift them, with MFA.
   *
   * @default - everybody in the account who is allowed to assume roles
   */
  readonly holders?: readonly string[];
  /** URL or path of the runbook that alarms link to. @default 'docs/runbook.md' */
  readonly runbook?: string;
  /**
   * Whom to call in an incident, in this order. `lifeboat runbook` prints them; nothing in AWS knows them. Each needs a
   * phone number, an e-mail address or a URL, and nothing that is secret.
   *
   * @default - the runbook says that nobody is named
   */
  readonly contacts?: readonly ContactSettings[];
  /** Whether CloudFormation refuses to delete the stack. @default false */
  readonly terminationProtection?: boolean;
  /** Tags for every resource that can have tags. @default - only the environment's name */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A person, or a desk, that somebody calls in an incident. It is printed, so nothing in it may be a secret. */
export interface ContactSettings {
  /** `Ada Lovelace`, or a desk: `support of the host`. */
  readonly name: string;
  /** What they decide or can do: `data protection officer`. */
  readonly role: string;
  /** As it is dialled, with the country: `+49 30 1234567`. @default - none */
  readonly phone?: string;
  /** An e-mail address. @default - none */
  readonly email?: string;
  /** A page or a form: a status page, a portal for support. No address to which anybody can write. @default - none */
  readonly url?: string;
  /** When they can be reached: `24/7`, `weekdays 9 to 17, Berlin`. @default - not said */
  readonly hours?: string;
}

/** A secret of the environment's account and region. */
export interface NamedSecretSettings {
  /** ARN of the secret. @default - secretName must be given */
  readonly secretArn?: string;
  /** Name of the secret, in place of `secretArn`. @default - secretArn must be given */
  readonly secretName?: string;
  /** ARN of the customer key that encrypts the secret. @default - AWS's own key */
  readonly secretKeyArn?: string;
}

/** A place where people hear of alarms. Its secret holds the address. */
export interface ChannelSettings extends NamedSecretSettings {
  /** `slack`, `discord`, `teams`, `webhook`, `pagerduty` or `opsgenie`. */
  readonly kind: string;
  /** How messages about the channel name it. @default - its kind */
  readonly name?: string;
  /** Some of `critical`, `warning`, `info`. @default - all of them */
  readonly hears?: readonly string[];
}

/** The second place of an environment. */
export interface ReplicaSettings {
  /** Another AWS region than the environment's. */
  readonly region: string;
  /** AWS account number. @default - the environment's account */
  readonly account?: string;
  /**
   * When to drill the newest backups of the replica, in UTC, in functions of its own.
   *
   * @default - they are drilled in the vault only
   */
  readonly drillSchedule?: string;
  /**
   * Complete ARN of a secret in the replica's region and account that holds the age identities of the encrypted
   * sources, one a line. Needed to drill them there. @default - none
   */
  readonly ageIdentitySecretArn?: string;
  /** ARN of the customer key that encrypts that secret. @default - AWS's own key */
  readonly ageIdentitySecretKeyArn?: string;
  /**
   * ARNs of the users or roles that may restore from the replica, with MFA. If the other account is lost, its
   * people are too, so they do not count here.
   *
   * @default - in the environment's account its `restorers`; in another one, everybody who may assume roles
   */
  readonly restorers?: readonly string[];
  /** ARNs of the users or roles that may put backups of the replica on hold. @default - as for `restorers` */
  readonly holders?: readonly string[];
  /** ARNs of the users or roles that may break the glass of the replica. @default - as for `restorers` */
  readonly breakGlass?: readonly string[];
}

/**
 * One database to protect. lib/infra/functions/backup-order.ts describes `selection` (default: everything),
 * `tiers` (default: everything at once), `hostProfile` (default: detected from the host name) and `load`
 * (default: four connections, no limit).
 */
export interface SourceSettings extends BackupOrderSettings {
  /** The source's name in keys, metrics and alarms. */
  readonly name: string;
  /**
   * ARN of the secret that holds a postgres:// URL or RDS's JSON: best the complete one, with its six characters
   * at the end. Without them, the ARN stands for the secret of that name.
   *
   * @default - secretName must be given
   */
  readonly secretArn?: string;
  /**
   * Name of that secret, in place of `secretArn`, if it is in the account and region of the environment.
   *
   * @default - secretArn must be given
   */
  readonly secretName?: string;
  /** ARN of the customer key that encrypts the secret. @default - AWS's own key */
  readonly secretKeyArn?: string;
  /**
   * Public keys of age that backups are encrypted to. Without one of their secret keys nobody can restore them.
   *
   * @default - the bucket's key encrypts the backups, and nothing else
   */
  readonly ageRecipients?: readonly string[];
  /** A monitor outside that hears of each backup and drill (docs/notifications.md). @default - none */
  readonly heartbeat?: NamedSecretSettings;
  /** ARN of the secret that holds the age identity of the drill function. @default - none */
  readonly ageIdentitySecretArn?: string;
  /** ARN of the customer key that encrypts that secret. @default - AWS's own key */
  readonly ageIdentitySecretKeyArn?: string;
  /** When to back up, as EventBridge Scheduler's cron or rate. @default 'cron(0 2 * * ? *)' */
  readonly schedule?: string;
  /**
   * Who proves the backups: a function, a function that hands to a task what it cannot prove in full (`auto`), a task, a
   * machine elsewhere, or nobody.
   *
   * @default 'function'
   */
  readonly drill?: 'function' | 'auto' | 'task' | 'elsewhere' | 'off';
  /**
   * When to drill the newest backup. With `drill: 'elsewhere'`: how often a proof is due.
   *
   * @default 'cron(0 5 ? * SUN *)'
   */
  readonly drillSchedule?: string;
  /** Time zone of both schedules. @default 'UTC' */
  readonly timeZone?: string;
  /** Whether every backup is also drilled as soon as it is sealed. @default false */
  readonly drillAfterBackup?: boolean;
  /**
   * Your own checks of the restored database. A drill fails if one of them returns another value.
   *
   * @default - none
   */
  readonly drillChecks?: readonly DrillCheckProps[];
  /**
   * Measures the health of the source and alarms: `{}` is every five minutes, with the source's own secret. It keeps a
   * host awake that suspends idle databases, such as Neon (docs/health.md).
   *
   * @default - its health is not measured
   */
  readonly health?: HealthSettings;
  /**
   * Captures the changes between backups, so that any moment can be restored: `{}` is every five minutes, kept for seven days.
   * The source needs `wal_level = logical` and a role that may replicate (docs/point-in-time.md). It keeps a host awake that
   * suspends idle databases, such as Neon.
   *
   * @default - only backups can be restored
   */
  readonly pointInTime?: PointInTimeSettings;
  /**
   * Exports that are made after each scheduled backup, from that backup, into a bucket of their own, which deletes them
   * after days (docs/export.md).
   *
   * @default - nothing is exported
   */
  readonly exports?: readonly ExportSettings[];
  /** The network of the database. @default - none: the database has a public address */
  readonly vpc?: VpcSettings;
  /** Size of the backup function. @default - 2048 MB of memory */
  readonly backupSize?: FunctionSizeSettings;
  /**
   * What backs the source up: `auto` (a function, and a task for what does not fit into its 15 minutes), `function` or
   * `task`.
   *
   * @default 'auto'
   */
  readonly compute?: string;
  /** Size of the task. @default - 2 vCPU with 4 GB */
  readonly taskSize?: TaskSizeSettings;
  /** Size of the drill function. @default - 2048 MB of memory, 10240 MB of /tmp */
  readonly drillSize?: FunctionSizeSettings;
  /**
   * With drill `auto` or `task`: the image of the server, for extensions that PostgreSQL's own lacks:
   * `public.ecr.aws/docker/library/postgres:17` is one without them, `pgvector/pgvector:pg17` one with pgvector. It must be
   * public, for ARM64, of the source's major, and have a user `postgres`.
   *
   * @default - the public image of the source's major
   */
  readonly drillImage?: string;
  /** With drill `auto` or `task`: the longest that a task drills, in hours, at most 72. @default 12 */
  readonly drillHours?: number;

  /**
   * GB (10^9 bytes) of COPY text a month from which on `egress-high` fires. Every backup leaves the host as text that
   * nothing compresses on the way, and hosts count it: `lifeboat estimate` says what to set.
   *
   * @default - no alarm
   */
  readonly egressLimitGb?: number;
}

/** Who may ask the health endpoint. */
export interface HealthEndpointSettings {
  /** `'iam'`: who signs requests and may invoke it. Or who sends a secret in a header. */
  readonly auth: 'iam' | HeaderAuthSettings;
}

export interface HeaderAuthSettings {
  /** The secret that a header must have. */
  readonly secretHeader: SecretHeaderSettings;
}

export interface SecretHeaderSettings {
  /** The complete ARN of a secret whose whole text is what monitors send: long and random. */
  readonly secretArn: string;
  /** The ARN of the customer key that encrypts it. @default - AWS's own key for Secrets Manager */
  readonly secretKeyArn?: string;
  /** The name of the header. @default 'x-lifeboat-token' */
  readonly header?: string;
}

/** How the health of a source is measured, and with which login. */
export interface HealthSettings extends HealthMeasureSettings {
  /** ARN of the secret of a login that only has pg_monitor. @default - the source's own secret */
  readonly secretArn?: string;
  /** ARN of the customer key that encrypts that secret. @default - AWS's own key */
  readonly secretKeyArn?: string;
}

/** The ids are written out, so that synthesizing needs no lookup in an account. */
export interface VpcSettings {
  /** The VPC's id: `vpc-0123456789abcdef0`. */
  readonly vpcId: string;
  /** One for each subnet, in the same order. */
  readonly availabilityZones: readonly string[];
  /** Private subnets with a way to S3, Secrets Manager and CloudWatch: NAT or endpoints. */
  readonly subnetIds: readonly string[];
  /** The security groups of the backup function. @default - a new one, which the database's security group must accept */
  readonly securityGroupIds?: readonly string[];
  /**
   * Whether the subnets are dual-stack; needed if the host has only IPv6. AWS is then called over IPv6 too.
   *
   * @default false
   */
  readonly dualStack?: boolean;
}

/** Restores in tasks, by `lifeboat restore --on-aws`. */
export interface RestoreOnAwsSettings {
  /** ARNs of the secrets with the URLs of databases to restore into. Who may start a restore may also read them. */
  readonly targetSecretArns: readonly string[];
  /** The network to restore from, with security groups that the databases accept. @default - that of the tasks */
  readonly vpc?: VpcSettings;
}
