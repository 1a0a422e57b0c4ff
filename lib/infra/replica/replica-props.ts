import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { DrillCheckProps } from '../functions/drill-checks.ts';
import type { FunctionSizeProps } from '../functions/function-size.ts';
import type { ObjectLockProps } from '../vault/object-lock.ts';
import type { RetentionProps } from '../vault/retention.ts';

/** A source of the vault, as far as its replica must know it. Give it what the `PostgresBackup` is given. */
export interface ReplicatedSourceProps {
  readonly name: string;

  /** When it is backed up. @default 'cron(0 2 * * ? *)' */
  readonly schedule?: string;

  /** @default 'UTC' */
  readonly timeZone?: string;

  /** Who proves its backups. Only with `function` they are drilled in the replica too. @default 'function' */
  readonly drill?: string;

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

  /** @default - none */
  readonly drillChecks?: readonly DrillCheckProps[];

  /** @default - 2048 MB of memory, 10240 MB of /tmp */
  readonly drillSize?: FunctionSizeProps;
}

/** Properties of a `Replica`. */
export interface ReplicaProps {
  /** The environment of the `PostgresBackup`, 26 characters at most. */
  readonly environment: string;

  /** The sources of the `PostgresBackup`. */
  readonly sources: readonly ReplicatedSourceProps[];

  /** The region of the `PostgresBackup`. */
  readonly vaultRegion: string;

  /**
   * The account of the `PostgresBackup`, 12 digits.
   *
   * @default - the account of the replica
   */
  readonly vaultAccount?: string;

  /**
   * When to drill the newest backups of the replica, in UTC.
   *
   * @default - they are drilled in the vault only
   */
  readonly drillSchedule?: string;

  /**
   * How long backups are kept.
   *
   * @default - daily 7 days, weekly 28, monthly 365, manual 30
   */
  readonly retention?: RetentionProps;

  /**
   * Locks what arrives without a lock of its own. (What is locked in the vault is locked here, until the same
   * day.)
   *
   * @default - governance mode, as long as the backup's class keeps it
   */
  readonly objectLock?: ObjectLockProps;

  /** Whether only a break-glass role may change what protects the replica. @default true */
  readonly guard?: boolean;

  /**
   * ARNs of users or roles that may assume the break-glass role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly breakGlassArns?: string[];

  /** As `audit` of the `PostgresBackup`. @default 'off' */
  readonly audit?: string;

  /** Addresses that get the alarms once they have confirmed. @default - none */
  readonly alertEmails?: string[];

  /**
   * ARNs of users or roles that may assume the restore role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly restorerArns?: string[];

  /**
   * ARNs of users or roles that may assume the hold role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly holderArns?: string[];

  /** Path or URL of the runbook that alarms link to. @default 'docs/runbook.md' */
  readonly runbook?: string;

  /** How long the functions' logs are kept. @default RetentionDays.SIX_MONTHS */
  readonly logRetention?: RetentionDays;
}
