/** Where the status page of an environment lies, in the bucket that FUNCTION_VARIABLES.statusPages names. */
export const STATUS_PAGE_KEY = 'status.html';

/** A page that is older than this is written anew, though nothing has changed: it says when somebody looked. */
export const STATUS_PAGE_SECONDS = 15 * 60;

/** A source of the page, with the limits of its alarms. */
export interface StatusPageSource {
  readonly name: string;
  readonly backupSeconds: number;
  /** Absent if nobody drills it. */
  readonly proofSeconds?: number;
  readonly recoverySeconds: number;
  readonly sizePercent: number;
  readonly durationFactor: number;
}

/** Opens the page in the console of S3, for somebody who is signed in and may read it. */
export function consoleLink(region: string, bucket: string): string {
  return `https://${region}.console.aws.amazon.com/s3/object/${bucket}?region=${region}&prefix=${STATUS_PAGE_KEY}`;
}
