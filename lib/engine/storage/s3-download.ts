import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { LifeboatError } from '../ground/errors.ts';
import { ObjectMissingError, ObjectTruncatedError } from './object-store.ts';
import { backoffMs, pause } from './pause.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';

/** Connections that may be lost one after the other without a single byte in between. */
const MOST_FRUITLESS_TRIES = 5;

/**
 * Streams an object, or one version of it. If the connection breaks or falls silent half-way, a new request asks for the rest of
 * the same object (If-Match). Throws {@link ObjectTruncatedError} after several connections without progress.
 */
export async function* download(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal | undefined,
  versionId?: string,
): AsyncGenerator<Uint8Array> {
  bucket.checkKey(key);
  const object: RequestedObject = { bucket, key, versionId };
  let answer = await requestObject(object, undefined, signal);
  const { ContentLength: sizeBytes, ETag: etag } = answer;
  if (etag === undefined) throw bucket.malformedAnswer({ action: 'read', key }, 'an ETag');
  let receivedBytes = 0;
  for (let fruitlessTries = 0; ; ) {
    try {
      for await (const piece of readBody(answer, signal)) {
        receivedBytes += piece.length;
        fruitlessTries = 0;
        yield piece;
      }
      if (sizeBytes === undefined || receivedBytes === sizeBytes) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BrokenBody)) throw error;
      if (receivedBytes === sizeBytes) return;
    }
    const resumable = sizeBytes !== undefined && receivedBytes < sizeBytes;
    if (!resumable || ++fruitlessTries > MOST_FRUITLESS_TRIES) {
      throw new ObjectTruncatedError(key, bucket.url, receivedBytes, sizeBytes);
    }
    await pause(backoffMs(fruitlessTries, 100, 5_000), signal);
    answer = await requestObject(object, { from: receivedBytes, etag }, signal);
    assertRest(answer, bucket, key, receivedBytes, sizeBytes);
  }
}

/** The transport failed, not the reader. */
class BrokenBody extends Error {}

interface Resumption {
  readonly from: number;
  readonly etag: string;
}

interface RequestedObject {
  readonly bucket: S3Bucket;
  readonly key: string;
  /** Undefined for the current version. */
  readonly versionId: string | undefined;
}

async function requestObject(
  { bucket, key, versionId }: RequestedObject,
  resumption: Resumption | undefined,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  const rest = resumption && { Range: `bytes=${resumption.from}-`, IfMatch: resumption.etag };
  const version = versionId === undefined ? {} : { VersionId: versionId };
  const action = versionId === undefined ? 'read' : 'read-version';
  try {
    return await bucket.call({ action, key, signal }, (sendOptions) =>
      bucket.client.send(new GetObjectCommand({ ...bucket.address(key), ...version, ...rest }), sendOptions),
    );
  } catch (error) {
    if (!(error instanceof S3Failure)) throw error;
    if (error.status === 412) throw objectChanged(bucket, key);
    // 405 is the answer about a delete marker.
    const isMarker = error.status === 405 && versionId !== undefined;
    if (isMarker || (error.status === 404 && error.reason !== 'NoSuchBucket'))
      throw new ObjectMissingError(key, bucket.url);
    throw error;
  }
}

/**
 * The SDK's socket time-out ends a silent connection. It also ends one whose reader pauses, which does no
 * harm.
 */
async function* readBody(
  answer: GetObjectCommandOutput,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (!answer.Body) return;
  const body = answer.Body as Readable;
  const onAbort = () => body.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  const iterator: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        throw new BrokenBody('the body broke off', { cause });
      });
      signal?.throwIfAborted();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    body.destroy();
  }
}

/** Throws unless the answer is the rest: a server that ignores Range would send the whole object again. */
function assertRest(
  answer: GetObjectCommandOutput,
  bucket: S3Bucket,
  key: string,
  receivedBytes: number,
  sizeBytes: number,
): void {
  if (answer.ContentRange === `bytes ${receivedBytes}-${sizeBytes - 1}/${sizeBytes}`) return;
  (answer.Body as Readable | undefined)?.destroy();
  throw objectChanged(bucket, key);
}

function objectChanged(bucket: S3Bucket, key: string): LifeboatError {
  return new LifeboatError({
    code: 'object-changed',
    kind: 'vault',
    what: `${key} in ${bucket.url} was replaced while it was being read.`,
    meaning: 'Lifeboat never overwrites an object of a backup, so somebody else replaced it.',
    remedy:
      'Find out who writes to the vault. If the bucket keeps versions, the older version may still be there.',
  });
}
