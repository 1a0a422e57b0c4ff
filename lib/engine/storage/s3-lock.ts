import type { ObjectLockMode } from '@aws-sdk/client-s3';
import type { Retention } from './retention.ts';

/** Parameters of Object Lock, sent with the request that creates an object: PutObject or CreateMultipartUpload. */
export function lockParameters(
  lock: Retention | undefined,
): { ObjectLockMode: ObjectLockMode; ObjectLockRetainUntilDate: Date } | Record<string, never> {
  if (lock === undefined) return {};
  return {
    ObjectLockMode: lock.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
    ObjectLockRetainUntilDate: lock.until,
  };
}
