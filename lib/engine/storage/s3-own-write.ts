import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { WriteOptions } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Failure } from './s3-failure.ts';

/** The user metadata that identifies the write which made an object. */
const UPLOAD_MARK = 'lifeboat-upload';

export interface OwnWrite {
  readonly key: string;
  readonly mark: string;
  readonly sizeBytes: number;
}

export function markOf(mark: string): Record<string, string> {
  return { [UPLOAD_MARK]: mark };
}

/**
 * Whether the object that is in the way of a repeated request is the one that an earlier try of it wrote: it then
 * bears this write's mark.
 *
 * A function that makes backups may not read what it wrote, so S3 does not show it the mark. Then the folder tells:
 * nobody else writes into it (`soleWriter`), so an object that S3 says is there can only be this write's own.
 */
export async function isOwnWrite(
  bucket: S3Bucket,
  written: OwnWrite,
  { soleWriter, signal }: WriteOptions,
): Promise<boolean> {
  try {
    return bearsMark(await headOf(bucket, written.key, signal), written);
  } catch (error) {
    if (!(error instanceof S3Failure)) throw error;
    if (soleWriter && error.status === 403) return true;
    // Somebody deleted it meanwhile.
    if (error.status === 404) return false;
    throw error;
  }
}

/** Whether the object is there and is this write's own. Undefined when S3 does not show it to this role. */
export async function isKnownOwnWrite(
  bucket: S3Bucket,
  written: OwnWrite,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  try {
    return bearsMark(await headOf(bucket, written.key, signal), written);
  } catch (error) {
    return error instanceof S3Failure && error.status === 403 ? undefined : false;
  }
}

function headOf(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  return bucket.call({ action: 'read', key, signal }, (options) =>
    bucket.client.send(new HeadObjectCommand(bucket.address(key)), options),
  );
}

function bearsMark(found: HeadObjectCommandOutput, { mark, sizeBytes }: OwnWrite): boolean {
  return found.Metadata?.[UPLOAD_MARK] === mark && found.ContentLength === sizeBytes;
}
