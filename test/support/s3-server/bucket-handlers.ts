import { type Answer, bucketOf, type Exchange, xmlAnswer } from './answer.ts';
import { Bucket } from './bucket.ts';
import { assertRetentionChange, retentionOfXml, retentionXml, ruleOfXml } from './lock.ts';
import { findVersion } from './object-handlers.ts';
import { readText } from './payload.ts';
import { header } from './request.ts';
import { S3Error } from './s3-error.ts';
import { textOf, xmlDocument } from './xml.ts';

export async function listBuckets({ buckets }: Exchange): Promise<Answer> {
  const bucket = [...buckets.values()].map(({ name, createdAt }) => ({
    Name: name,
    CreationDate: createdAt.toISOString(),
  }));
  return xmlAnswer('ListAllMyBucketsResult', { Buckets: { Bucket: bucket } });
}

export async function createBucket({ request, buckets }: Exchange): Promise<Answer> {
  const name = request.bucket ?? '';
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', {
      details: { BucketName: name },
    });
  }
  if (buckets.has(name)) {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  const bucket = new Bucket(name);
  if (header(request, 'x-amz-bucket-object-lock-enabled') === 'true') {
    bucket.versioning = 'Enabled';
    bucket.objectLock = { defaultRetention: undefined };
  }
  buckets.set(name, bucket);
  return { status: 200, headers: { location: `/${name}` } };
}

export async function headBucket(exchange: Exchange): Promise<Answer> {
  bucketOf(exchange);
  return { status: 200, headers: { 'x-amz-bucket-region': exchange.settings.region } };
}

export async function deleteBucket(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  if (bucket.versions.size > 0)
    throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty');
  exchange.buckets.delete(bucket.name);
  return { status: 204 };
}

export async function getBucketLocation(exchange: Exchange): Promise<Answer> {
  bucketOf(exchange);
  const { region } = exchange.settings;
  return xmlAnswer('LocationConstraint', region === 'us-east-1' ? undefined : region);
}

export async function getBucketVersioning(exchange: Exchange): Promise<Answer> {
  const { versioning } = bucketOf(exchange);
  return xmlAnswer('VersioningConfiguration', { Status: versioning === 'Off' ? undefined : versioning });
}

export async function putBucketVersioning(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  const status = textOf(await readText(exchange.request, exchange.signed), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  if (bucket.objectLock && status === 'Suspended') {
    throw new S3Error(
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  bucket.versioning = status;
  return { status: 200 };
}

export async function getObjectLockConfiguration(exchange: Exchange): Promise<Answer> {
  const { objectLock } = bucketOf(exchange);
  if (!objectLock) {
    throw new S3Error(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    );
  }
  const rule = objectLock.defaultRetention;
  return xmlAnswer('ObjectLockConfiguration', {
    ObjectLockEnabled: 'Enabled',
    Rule: rule && { DefaultRetention: { Mode: rule.mode, Days: rule.days } },
  });
}

export async function putObjectLockConfiguration(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  if (bucket.versioning !== 'Enabled') {
    throw new S3Error(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
  bucket.objectLock = { defaultRetention: ruleOfXml(await readText(exchange.request, exchange.signed)) };
  return { status: 200 };
}

export async function getObjectRetention(exchange: Exchange): Promise<Answer> {
  const { lock } = findVersion(exchange);
  if (!lock.retention) {
    throw new S3Error(
      'NoSuchObjectLockConfiguration',
      'The specified object does not have a ObjectLock configuration',
    );
  }
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: retentionXml(lock.retention) };
}

export async function putObjectRetention(exchange: Exchange): Promise<Answer> {
  const { request, signed } = exchange;
  const bucket = lockableBucket(exchange);
  const retention = retentionOfXml(await readText(request, signed));
  const version = findVersion(exchange);
  const bypass = header(request, 'x-amz-bypass-governance-retention') === 'true';
  assertRetentionChange(version.lock.retention, retention, bypass);
  bucket.replace(version, { lock: { ...version.lock, retention } });
  return { status: 200 };
}

export async function getObjectLegalHold(exchange: Exchange): Promise<Answer> {
  const { lock } = findVersion(exchange);
  const body = xmlDocument('LegalHold', { Status: lock.legalHold ? 'ON' : 'OFF' });
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

export async function putObjectLegalHold(exchange: Exchange): Promise<Answer> {
  const bucket = lockableBucket(exchange);
  const status = textOf(await readText(exchange.request, exchange.signed), 'Status');
  if (status !== 'ON' && status !== 'OFF')
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  const version = findVersion(exchange);
  bucket.replace(version, { lock: { ...version.lock, legalHold: status === 'ON' } });
  return { status: 200 };
}

function lockableBucket(exchange: Exchange): Bucket {
  const bucket = bucketOf(exchange);
  if (!bucket.objectLock) throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  return bucket;
}
