import type { Operation } from './request.ts';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';

/** The operations that create an object by s3:PutObject and take a condition. */
const CREATING: readonly Operation[] = ['PutObject', 'CompleteMultipartUpload'];

/**
 * The policy of a bucket that refuses whatever could write over an object: it denies s3:PutObject without
 * If-None-Match, and exempts CreateMultipartUpload, UploadPart and UploadPartCopy by s3:ObjectCreationOperation
 * (Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets").
 */
export function assertWriteOnce(request: S3Request): void {
  if (!CREATING.includes(request.operation) || header(request, 'if-none-match') !== undefined) return;
  throw new S3Error('AccessDenied', 'Access Denied by an explicit deny in a resource-based policy');
}
