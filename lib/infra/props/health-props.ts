import type { Duration, Size } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** When a figure of health is a warning, and when it is critical, in the unit of its check (docs/health.md). */
export interface HealthThresholdProps {
  /** From this value on it is a warning. @default - the check's own */
  readonly warning?: number;

  /** From this value on it is critical. @default - the check's own */
  readonly critical?: number;

  /** Whether it is ever a warning. @default true */
  readonly warns?: boolean;

  /** Whether it is ever critical. @default true */
  readonly alarms?: boolean;
}

/** How the health of a source is measured. */
export interface HealthProps {
  /** How often: whole minutes, from 2 to 15. @default Duration.minutes(5) */
  readonly every?: Duration;

  /**
   * The secret of a login that only has pg_monitor: a `postgres://` URL, or RDS's JSON.
   *
   * @default - the source's own secret
   */
  readonly secret?: ISecret;

  /**
   * The customer key that this secret is encrypted with.
   *
   * @default - the key that `secret` names, or else AWS's own key for Secrets Manager
   */
  readonly secretKey?: IKey;

  /** How large the database may become: the limit of its plan or disk. @default - no limit */
  readonly sizeLimit?: Size;

  /** Schemas that an API serves. @default - what PostgREST is told, or Supabase's own */
  readonly apiSchemas?: string[];

  /** By the names of checks. @default - those of docs/health.md */
  readonly thresholds?: { readonly [check: string]: HealthThresholdProps };
}
