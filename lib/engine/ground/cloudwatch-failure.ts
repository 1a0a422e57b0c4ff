import { LifeboatError, messageOf } from './errors.ts';

/**
 * Why CloudWatch did not answer, in a clause. Where AWS_ENDPOINT_URL leads every service to an S3 server (Ceph, MinIO, R2), what
 * comes back is XML or HTML, and the SDK tells only how it failed to read it.
 */
export function cloudWatchProblem(error: unknown): string {
  const message = messageOf(error);
  const isUnreadable = message.includes('Deserialization error') || error instanceof SyntaxError;
  if (!isUnreadable) return message.replace(/\.*$/, '');
  return 'what answers in its place is not CloudWatch: AWS_ENDPOINT_URL leads to another server, such as one for S3; name that one in AWS_ENDPOINT_URL_S3 instead';
}

/** The same as an error; `doing` completes the sentence "CloudWatch cannot be asked for …". */
export function cloudWatchFailure(error: unknown, doing: string): LifeboatError {
  return new LifeboatError({
    code: 'cloudwatch-unavailable',
    kind: 'internal',
    what: `CloudWatch cannot be ${doing}: ${cloudWatchProblem(error)}.`,
    cause: error,
  });
}
