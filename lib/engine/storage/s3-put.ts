import { createHash, randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ObjectExistsError, type PutOptions } from './object-store.ts';
import { backoffMs, pause } from './pause.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';
import { lockParameters } from './s3-lock.ts';
import { isOwnWrite, markOf } from './s3-own-write.ts';

/**
 * S3 answers 409 while another conditional write of the same key is in progress, and asks the client to try
 * again (Amazon S3 User Guide, "How to prevent object overwrites with conditional writes").
 */
const MOST_CONFLICTS = 10;

/**
 * Writes the whole object in one request. Unless `ifAbsent` is false, throws {@link ObjectExistsError} if the key
 * holds an object that another request wrote.
 */
export async function putWhole(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
  options: PutOptions,
): Promise<void> {
  if (options.ifAbsent === false) await send(bucket, key, body, options, randomUUID());
  else await putOnce(bucket, key, body, options);
}

async function putOnce(bucket: S3Bucket, key: string, body: Uint8Array, options: PutOptions): Promise<void> {
  const mark = randomUUID();
  let maybeMine = false;
  for (let tryNumber = 1; ; tryNumber++) {
    try {
      return await send(bucket, key, body, options, mark);
    } catch (error) {
      if (!(error instanceof S3Failure)) throw error;
      maybeMine ||= error.attempts > 1;
      if (error.status === 412) {
        // If an answer got lost, the SDK sends the request again, and then the object in the way is the one
        // just written.
        const written = { key, mark, sizeBytes: body.length };
        if (maybeMine && (await isOwnWrite(bucket, written, options))) return;
        throw new ObjectExistsError(key, bucket.url);
      }
      if (error.status !== 409 || tryNumber === MOST_CONFLICTS) throw error;
      await pause(backoffMs(tryNumber, 50, 2_000), options.signal);
    }
  }
}

async function send(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
  options: PutOptions,
  mark: string,
): Promise<void> {
  const digest = await digestOf(bucket, body);
  const action = options.lock === undefined ? 'write' : 'write-locked';
  const written = await bucket.call({ action, key, signal: options.signal }, (sendOptions) =>
    bucket.client.send(
      new PutObjectCommand({
        ...bucket.address(key),
        ...bucket.encryption,
        ...lockParameters(options.lock),
        ...digest,
        Body: body,
        ContentType: options.contentType ?? 'application/octet-stream',
        Metadata: markOf(mark),
        ...(options.ifAbsent === false ? {} : { IfNoneMatch: '*' }),
      }),
      sendOptions,
    ),
  );
  if (!written.ETag) throw bucket.malformedAnswer({ action, key }, 'an ETag');
}

/**
 * The digest that S3 wants with every write into a bucket with Object Lock (Amazon S3 API reference, "PutObject" and
 * "UploadPart", Content-MD5). By default the SDK sends a CRC-32, and nothing where
 * AWS_REQUEST_CHECKSUM_CALCULATION is `when_required`. Servers that need that setting know Content-MD5.
 */
export async function digestOf(bucket: S3Bucket, bytes: Uint8Array): Promise<{ ContentMD5?: string }> {
  const calculation = await bucket.client.config.requestChecksumCalculation();
  if (calculation === 'WHEN_SUPPORTED') return {};
  return { ContentMD5: createHash('md5').update(bytes).digest('base64') };
}
