import { ObjectExistsError } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { putWhole } from './s3-put.ts';

/**
 * Asks whether a key holds an object, for a role that may write and not read: by a write that S3 refuses if it does.
 * If it does not, an empty object is left there. So it is asked only where the backup has failed in that case.
 */
export async function isTaken(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await putWhole(bucket, key, new Uint8Array(), signal ? { signal } : {});
    return false;
  } catch (error) {
    // After a repeated request the object in the way could be the empty one. Then putWhole looks for its mark, which
    // this role is denied, and throws something else.
    return error instanceof ObjectExistsError;
  }
}
