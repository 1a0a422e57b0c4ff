import { DirectoryDeletion } from './directory-deletion.ts';
import type { ObjectDeletion } from './object-deletion.ts';
import type { ObjectStore } from './object-store.ts';
import { S3Bucket } from './s3-bucket.ts';
import { S3Deletion } from './s3-deletion.ts';

/** Undefined for a store that shows more than is there, or is not a vault's own. Sends no request. */
export function deletionOf(store: ObjectStore): ObjectDeletion | undefined {
  if ('bucket' in store && store.bucket instanceof S3Bucket) return new S3Deletion(store.bucket);
  if ('root' in store && typeof store.root === 'string') return new DirectoryDeletion(store.root, store.url);
  return undefined;
}
