import type { Handler } from './answer.ts';
import * as bucket from './bucket-handlers.ts';
import { listObjectsV2, listObjectVersions } from './listing.ts';
import * as multipart from './multipart-handlers.ts';
import * as object from './object-handlers.ts';
import type { Operation } from './request.ts';
import * as rules from './rule-handlers.ts';
import * as tags from './tags.ts';

/** What this server can do. */
export const HANDLERS: Readonly<Record<Operation, Handler>> = {
  ListBuckets: bucket.listBuckets,
  CreateBucket: bucket.createBucket,
  HeadBucket: bucket.headBucket,
  DeleteBucket: bucket.deleteBucket,
  GetBucketLocation: bucket.getBucketLocation,
  GetBucketVersioning: bucket.getBucketVersioning,
  PutBucketVersioning: bucket.putBucketVersioning,
  GetObjectLockConfiguration: bucket.getObjectLockConfiguration,
  PutObjectLockConfiguration: bucket.putObjectLockConfiguration,
  GetObjectRetention: bucket.getObjectRetention,
  PutObjectRetention: bucket.putObjectRetention,
  GetObjectLegalHold: bucket.getObjectLegalHold,
  PutObjectLegalHold: bucket.putObjectLegalHold,
  GetObjectTagging: tags.getObjectTagging,
  PutObjectTagging: tags.putObjectTagging,
  DeleteObjectTagging: tags.deleteObjectTagging,
  GetBucketLifecycleConfiguration: rules.getBucketLifecycleConfiguration,
  PutBucketLifecycleConfiguration: rules.putBucketLifecycleConfiguration,
  GetBucketTagging: rules.getBucketTagging,
  PutBucketTagging: rules.putBucketTagging,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: multipart.listMultipartUploads,
  CreateMultipartUpload: multipart.createMultipartUpload,
  UploadPart: multipart.uploadPart,
  ListParts: multipart.listParts,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  AbortMultipartUpload: multipart.abortMultipartUpload,
  PutObject: object.putObject,
  GetObject: object.getObject,
  HeadObject: object.getObject,
  DeleteObject: object.deleteObject,
  DeleteObjects: object.deleteObjects,
};
