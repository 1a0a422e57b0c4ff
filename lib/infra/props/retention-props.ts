import type { Duration } from 'aws-cdk-lib';
import type { StorageClass } from 'aws-cdk-lib/aws-s3';

/**
 * How long the backups of one class are kept, and where. A backup expires when its time is over and a newer full
 * backup of its source is proven.
 */
export interface ClassRetentionProps {
  /** How long a backup of this class is kept at least: whole days. */
  readonly keep: Duration;

  /**
   * After how many whole days the objects of this class move to a cheaper storage class.
   *
   * @default - they stay in S3 Standard
   */
  readonly colderAfter?: Duration;

  /**
   * The cheaper storage class: `StorageClass.INFREQUENT_ACCESS` or `StorageClass.GLACIER_INSTANT_RETRIEVAL`. S3
   * reads objects of these two at once, so that a restore at three in the morning does not wait hours.
   *
   * @default StorageClass.GLACIER_INSTANT_RETRIEVAL
   */
  readonly colderClass?: StorageClass;
}

/** How long backups are kept, by class. */
export interface RetentionProps {
  /** The backups of most days. @default - 7 days */
  readonly daily?: ClassRetentionProps;

  /** The first backup of a week. @default - 28 days */
  readonly weekly?: ClassRetentionProps;

  /** The first backup of a month. @default - 365 days, in Glacier Instant Retrieval from the 30th on */
  readonly monthly?: ClassRetentionProps;

  /** Backups that people make. @default - 30 days */
  readonly manual?: ClassRetentionProps;

  /**
   * How long a deleted or expired object can still be recovered: whole days. It stays as a noncurrent version,
   * which is billed.
   *
   * @default Duration.days(7)
   */
  readonly undelete?: Duration;
}
