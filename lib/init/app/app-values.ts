/** What a CDK app for Lifeboat is made from. All of it has been checked. */
export interface AppValues {
  readonly environment: string;
  /** The source's name in keys, metrics and alarms. */
  readonly source: string;
  /** Name or ARN of the secret with the connection. */
  readonly secret: string;
  readonly region: string;
  /** Undefined: the account of the credentials that deploy. */
  readonly account: string | undefined;
  readonly emails: readonly string[];
}
