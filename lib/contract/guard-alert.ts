/** What a message about the guard of a vault tells: a request that would change what protects it. */
export interface GuardedRequest {
  readonly environment: string;
  /** CloudTrail's name of the request: `PutBucketPolicy`. */
  readonly event: string;
  /** The ARN of who asked. */
  readonly who: string;
  readonly from: string;
  /** ISO 8601. */
  readonly at: string;
  /** The code of the error if AWS refused it; empty if it was done. */
  readonly refused: string;
  readonly runbook: string;
}

/** The heading of the runbook. */
export const GUARD_ALERT = 'vault-changed';

/** The message as EventBridge publishes it, with the facts in their places. */
export function guardAlertText(request: GuardedRequest): string {
  const { environment, event, who, from, at, refused, runbook } = request;
  return `Lifeboat ${environment}: ${event} on the vault or its key, by ${who} from ${from} at ${at}. Refused because: ${refused} (empty: it was done). If nobody of you did this, act now. Runbook: ${runbook}#${GUARD_ALERT}`;
}

/** Reads such a message; undefined if it is another one. */
export function readGuardAlert(text: string): GuardedRequest | undefined {
  const found =
    /^Lifeboat (\S+): (\S*) on the vault or its key, by (.*?) from (.*?) at (\S*)\. Refused because: (\S*) \(empty: it was done\)\. .* Runbook: (\S+)#vault-changed$/.exec(
      text,
    );
  if (!found) return undefined;
  const [, environment = '', event = '', who = '', from = '', at = '', refused = '', runbook = ''] = found;
  return { environment, event, who, from, at, refused, runbook };
}
