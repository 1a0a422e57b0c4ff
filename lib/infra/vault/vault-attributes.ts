import type { ObjectLockProps } from '../props/object-lock-props.ts';
import type { RetentionProps } from '../props/retention-props.ts';

/** A vault that outlived its stack. Its bucket must be in the account and region of the stack that adopts it. */
export interface VaultAttributes {
  /** The environment that the vault was made for. Its policies know the break-glass role by it. */
  readonly environment: string;

  /** The name of the bucket. */
  readonly bucketName: string;

  /** The ARN of the key that encrypts the bucket: that of the key, not of an alias. */
  readonly keyArn: string;

  /**
   * The name of the keeper's role in the old stack: the last part of the ARN that is beside the break-glass role in the
   * statement `GuardTags` of the bucket's policy. The new keeper gets a role of this name, so that it may mark what may
   * expire without a change of the policy.
   *
   * @default - the vault is not guarded
   */
  readonly keeperRoleName?: string;

  /**
   * The name of the hold role in the old stack: the last part of the ARN that is beside the break-glass role in the
   * statement `GuardHolds` of the bucket's policy.
   *
   * @default - the vault is not guarded
   */
  readonly holdRoleName?: string;

  /**
   * Whether the policies of the bucket and of the key guard the vault. Both role names are needed then.
   *
   * @default true
   */
  readonly guard?: boolean;

  /**
   * How long backups are kept, as the vault's lifecycle rules have it. The rules stay as they are: nothing expires
   * sooner than they say, whatever is given here.
   *
   * @default - daily 7 days, weekly 28, monthly 365, manual 30
   */
  readonly retention?: RetentionProps;

  /**
   * How new backups are locked. A lock that is longer than the vault's policy allows makes every backup fail.
   *
   * @default - governance mode, as long as the backup's class keeps it
   */
  readonly objectLock?: ObjectLockProps;

  /**
   * Whether the bucket sends its events to EventBridge. `drillAfterBackup` of a source needs it.
   *
   * @default false
   */
  readonly sendsEvents?: boolean;
}
