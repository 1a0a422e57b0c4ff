import * as v from 'valibot';
import { parseManifestKey } from '../../archive/keys.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import type { TrailChange, TrailEvent } from './trail-event.ts';

/** The fields of an event that are used (AWS CloudTrail User Guide, "CloudTrail record contents"). The rest is passed over. */
const schema = v.object({
  eventTime: v.pipe(v.string(), v.isoTimestamp()),
  eventSource: v.string(),
  eventName: v.string(),
  errorCode: v.optional(v.string()),
  userIdentity: v.optional(
    v.object({
      arn: v.optional(v.string()),
      invokedBy: v.optional(v.string()),
      type: v.optional(v.string()),
    }),
  ),
  requestParameters: v.nullish(v.record(v.string(), v.unknown())),
});

const OF_OBJECTS: ReadonlyMap<string, TrailChange> = new Map([
  ['DeleteObject', 'deleted'],
  ['DeleteObjects', 'deleted'],
  ['PutObjectRetention', 'lock'],
  ['PutObjectLegalHold', 'hold'],
]);

/** What of a bucket decides how long its objects stay, and who may change that. */
const OF_BUCKET: ReadonlySet<string> = new Set([
  'PutBucketLifecycle',
  'PutBucketLifecycleConfiguration',
  'DeleteBucketLifecycle',
  'PutBucketVersioning',
  'PutBucketObjectLockConfiguration',
  'PutObjectLockConfiguration',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
  'PutBucketEncryption',
  'DeleteBucketEncryption',
  'PutBucketReplication',
  'DeleteBucketReplication',
  'PutBucketPublicAccessBlock',
  'DeleteBucketPublicAccessBlock',
  'PutBucketAcl',
  'DeleteBucket',
]);

const OF_KEY: ReadonlySet<string> = new Set([
  'DisableKey',
  'EnableKey',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'PutKeyPolicy',
]);

/** As restoreFamily of lib/contract/restore-task.ts names it. */
const RESTORE_TASK = /(?:^|\/)lifeboat-[\w-]+-restore(?::|$)/;

/** Rows lie there. Manifests and proofs are read by the sentinel, hundreds of thousands of times a month. */
const CHUNK = /^([^/]+\/[^/]+\/[^/]+\/)[^/]+\/(?:data|large-objects)\//;

/** What an event says about this bucket; undefined if nothing. `prefix` is that of the vault in it, '' or with a slash. */
export function readTrailRecord(json: unknown, bucket: string, prefix: string): TrailEvent | undefined {
  const read = v.safeParse(schema, json);
  if (!read.success) return undefined;
  const { eventTime, eventSource, eventName, errorCode, userIdentity, requestParameters } = read.output;
  const parameter = (name: string) => {
    const value = requestParameters?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  const event = (what: TrailChange, on: string): TrailEvent => ({
    at: new Date(eventTime).toISOString(),
    what,
    request: eventName,
    by: userIdentity?.arn ?? userIdentity?.invokedBy ?? userIdentity?.type ?? 'unknown',
    on,
    refused: errorCode ?? null,
    count: 1,
  });
  if (eventSource === 'kms.amazonaws.com') {
    return OF_KEY.has(eventName) ? event('key', parameter('keyId') ?? 'unknown') : undefined;
  }
  if (eventSource === 'ecs.amazonaws.com') {
    const definition = parameter('taskDefinition') ?? '';
    return eventName === 'RunTask' && RESTORE_TASK.test(definition)
      ? event('restore-task', definition)
      : undefined;
  }
  if (eventSource !== 's3.amazonaws.com' || parameter('bucketName') !== bucket) return undefined;
  if (OF_BUCKET.has(eventName)) return event('settings', bucket);
  const key = parameter('key');
  if (key !== undefined && !key.startsWith(prefix)) return undefined;
  const ofObject = OF_OBJECTS.get(eventName);
  if (ofObject) return event(ofObject, key ?? bucket);
  if (eventName !== 'GetObject') return undefined;
  const [, folder] = CHUNK.exec(key?.slice(prefix.length) ?? '') ?? [];
  const place = folder === undefined ? undefined : parseManifestKey(`${folder}manifest.json`);
  return place && event('read', nameOfBackup(place));
}
