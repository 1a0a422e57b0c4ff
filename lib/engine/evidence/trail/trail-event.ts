/** What an event of AWS CloudTrail says about a vault. */
export const TRAIL_CHANGES = ['read', 'deleted', 'lock', 'hold', 'settings', 'key', 'restore-task'] as const;
export type TrailChange = (typeof TRAIL_CHANGES)[number];

export interface TrailEvent {
  readonly at: string;
  readonly what: TrailChange;
  /** The request, as CloudTrail names it: `PutBucketLifecycle`. */
  readonly request: string;
  /** The principal's ARN; for a role that somebody assumed, with the name of the session. */
  readonly by: string;
  /** The key, the bucket or the KMS key. Of reads, the backup. */
  readonly on: string;
  /** The error's code; null if it was allowed. */
  readonly refused: string | null;
  /** How many events like this one follow each other. */
  readonly count: number;
}
