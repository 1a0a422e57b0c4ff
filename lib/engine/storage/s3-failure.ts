import { LifeboatError, messageOf } from '../ground/errors.ts';
import { explain, S3_ACTIONS, type S3Attempt, type S3Facts } from './s3-explanation.ts';

/** A request that S3 refused, or that did not reach S3. */
export class S3Failure extends LifeboatError {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** S3's error code, or the system's: `NoSuchUpload`, `ECONNREFUSED`. */
  readonly reason: string;
  /** How often the request was sent. If more than once, S3 may have carried out an earlier one. */
  readonly attempts: number;

  constructor(error: unknown, attempt: S3Attempt) {
    const facts = factsOf(error);
    const known = explain(facts, attempt);
    const { verb } = S3_ACTIONS[attempt.action];
    super({
      code: known.code,
      kind: 'vault',
      what: `${verb} ${attempt.key ?? 'the vault'} in ${attempt.storeUrl} failed: ${known.what}.`,
      ...(known.meaning === undefined ? {} : { meaning: known.meaning }),
      remedy: known.remedy,
      cause: printableCause(facts),
    });
    this.name = 'S3Failure';
    this.status = facts.status;
    this.reason = facts.reason;
    this.attempts = facts.attempts;
  }
}

function factsOf(error: unknown): S3Facts {
  const record: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};
  const metadata = asRecord(record.$metadata);
  // $response is not enumerable, so it is not in the copy above.
  const response = asRecord(asRecord(error).$response);
  const headers = asRecord(response.headers);
  const name = error instanceof Error ? error.name : 'Error';
  return {
    name,
    reason: asText(record.code) ?? asText(record.Code) ?? name,
    message: messageOf(error).replace(/\s+/g, ' ').slice(0, 400),
    status: typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined,
    attempts: typeof metadata.attempts === 'number' ? metadata.attempts : 1,
    requestId: asText(metadata.requestId),
    bucketRegion: asText(headers['x-amz-bucket-region']) ?? asText(record.Region),
  };
}

/**
 * A cause without the request's headers, which the SDK's own error carries: a session token must not reach a
 * log.
 */
function printableCause(facts: S3Facts): Error {
  const status =
    facts.status === undefined ? '' : ` (HTTP ${facts.status}, request ${facts.requestId ?? 'unknown'})`;
  const cause = new Error(`${facts.reason}: ${facts.message}${status}`);
  cause.name = facts.name;
  return cause;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
