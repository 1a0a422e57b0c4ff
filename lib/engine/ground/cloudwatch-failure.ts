import { LifeboatError, messageOf } from './errors.ts';

/**
 * Says in a clause why CloudWatch did not answer. If AWS_ENDPOINT_URL sends every service to an S3 server
 * (Ceph, MinIO, R2), that server answers with XML or HTML, and the SDK reports only that it could not parse
 * the answer.
 */
export function cloudWatchProblem(error: unknown): string {
  const message = messageOf(error);
  const isUnreadable = message.includes('Deserialization error') || error instanceof SyntaxError;
  if (!isUnreadable) return message.replace(/\.*$/, '');
  return 'the server that answers is not CloudWatch: AWS_ENDPOINT_URL names another server, perhaps one for S3; name an S3 server in AWS_ENDPOINT_URL_S3 instead';
}

/** The same as an error; `doing` completes the sentence "CloudWatch cannot be …": `asked for metrics`. */
export function cloudWatchFailure(error: unknown, doing: string): LifeboatError {
  return new LifeboatError({
    code: 'cloudwatch-unavailable',
    kind: 'internal',
    what: `CloudWatch cannot be ${doing}: ${cloudWatchProblem(error)}.`,
    cause: error,
  });
}
