import { createHash, randomBytes } from 'node:crypto';
import { type Answer, bucketOf, definedHeaders, type Exchange, keyOf, xmlAnswer } from './answer.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';
import { checksumHeader } from './checksum.ts';
import { lockHeaders, lockOfRequest } from './lock.ts';
import { openPayload, readText } from './payload.ts';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import { readFiles, StoredFile } from './stored-file.ts';
import { tagsOfRequest } from './tags.ts';
import { elementsOf, textOf } from './xml.ts';

export async function putObject(exchange: Exchange): Promise<Answer> {
  const { request, signed, settings } = exchange;
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const lock = lockOfRequest(request, bucket.objectLock?.defaultRetention, bucket.objectLock !== undefined);
  const tags = tagsOfRequest(request);
  const payload = openPayload(request, signed);
  const file = await StoredFile.write(settings.directory, payload.bytes);
  try {
    assertDigestUnderLock(bucket, request, payload.checksum() !== undefined);
    assertWritable(bucket, key, request);
  } catch (error) {
    await file.release();
    throw error;
  }
  const version = await bucket.add({
    ...{ key, deleteMarker: false, files: [file], sizeBytes: file.sizeBytes, lock, tags },
    etag: etagOf(request, payload.md5()),
    headers: storedHeaders(request),
    checksum: payload.checksum(),
  });
  return {
    status: 200,
    headers: { etag: version.etag, ...checksumHeaders(version), ...writeHeaders(bucket, version) },
  };
}

/** GetObject and HeadObject. */
export async function getObject(exchange: Exchange): Promise<Answer> {
  const { request } = exchange;
  const version = findVersion(exchange);
  assertReadable(version, request);
  const range = parseRange(header(request, 'range'), version.sizeBytes);
  const [from, to] = range ?? [0, version.sizeBytes];
  const headers = definedHeaders({
    ...version.headers,
    ...lockHeaders(version.lock),
    etag: version.etag,
    'last-modified': version.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': String(to - from),
    'content-range': range ? `bytes ${from}-${to - 1}/${version.sizeBytes}` : undefined,
    'x-amz-version-id': version.versionId === 'null' ? undefined : version.versionId,
    ...(header(request, 'x-amz-checksum-mode') === 'ENABLED' && !range ? checksumHeaders(version) : {}),
  });
  const status = range ? 206 : 200;
  if (request.method === 'HEAD') return { status, headers };
  return { status, headers, body: { sizeBytes: to - from, bytes: readRetained(version, from, to) } };
}

export async function deleteObject(exchange: Exchange): Promise<Answer> {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const bypass = header(request, 'x-amz-bypass-governance-retention') === 'true';
  const gone = await bucket.delete(keyOf(exchange), request.query.get('versionId'), bypass);
  return { status: 204, headers: gone ? deletionHeaders(bucket, gone) : {} };
}

export async function deleteObjects(exchange: Exchange): Promise<Answer> {
  const { request, signed } = exchange;
  const bucket = bucketOf(exchange);
  const bypass = header(request, 'x-amz-bypass-governance-retention') === 'true';
  const document = await readText(request, signed);
  const deleted = [];
  const errors = [];
  for (const object of elementsOf(document, 'Object')) {
    const [key, versionId] = [textOf(object, 'Key') ?? '', textOf(object, 'VersionId')];
    try {
      await bucket.delete(key, versionId, bypass);
      deleted.push({ Key: key, VersionId: versionId });
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      errors.push({ Key: key, VersionId: versionId, Code: error.code, Message: error.message });
    }
  }
  return xmlAnswer('DeleteResult', {
    Deleted: textOf(document, 'Quiet') === 'true' ? [] : deleted,
    Error: errors,
  });
}

/** The version that a request names, or the current one. */
export function findVersion(exchange: Exchange): ObjectVersion {
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const versionId = exchange.request.query.get('versionId');
  const version = versionId === undefined ? bucket.newest(key) : bucket.find(key, versionId);
  if (!version && versionId !== undefined) {
    throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
      details: { Key: key, VersionId: versionId },
    });
  }
  if (!version)
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', { details: { Key: key } });
  if (version.deleteMarker) {
    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
    throw versionId === undefined
      ? new S3Error('NoSuchKey', 'The specified key does not exist.', { details: { Key: key }, headers })
      : new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
          headers,
        });
  }
  return version;
}

/** `If-None-Match: *` and `If-Match`, decided at the moment of the write. */
export function assertWritable(bucket: Bucket, key: string, request: S3Request): void {
  const current = bucket.current(key);
  const [noneMatch, match] = [header(request, 'if-none-match'), header(request, 'if-match')];
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Error(
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    );
  }
  const failed = (noneMatch !== undefined && current) || (match !== undefined && current?.etag !== match);
  if (failed) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      details: { Condition: noneMatch === undefined ? 'If-Match' : 'If-None-Match' },
    });
  }
}

/** "PUT Object requests with Object Lock parameters" must carry a digest of their content. */
export function assertDigestUnderLock(bucket: Bucket, request: S3Request, hasChecksum: boolean): void {
  if (!bucket.objectLock || hasChecksum || header(request, 'content-md5') !== undefined) return;
  throw new S3Error(
    'InvalidRequest',
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  );
}

/** Under KMS an ETag is no MD5 of the content. */
export function etagOf(request: S3Request, md5: Buffer): string {
  const kms = header(request, 'x-amz-server-side-encryption') === 'aws:kms';
  return `"${kms ? createHash('md5').update(md5).update(randomBytes(8)).digest('hex') : md5.toString('hex')}"`;
}

/** The headers of a write that come back with every read. */
export function storedHeaders(request: S3Request): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  for (const name of Object.keys(request.headers)) {
    const value = header(request, name) ?? '';
    const kept =
      ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'].includes(
        name,
      ) ||
      name.startsWith('x-amz-meta-') ||
      name.startsWith('x-amz-server-side-encryption');
    if (kept) headers[name] = value;
  }
  const encoding = (header(request, 'content-encoding') ?? '').split(',').map((each) => each.trim());
  const real = encoding.filter((each) => each !== '' && each !== 'aws-chunked').join(', ');
  if (real !== '') headers['content-encoding'] = real;
  return headers;
}

export function encryptionHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('x-amz-server-side-encryption')),
  );
}

export function writeHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  const id: Record<string, string> =
    bucket.versioning === 'Off' ? {} : { 'x-amz-version-id': version.versionId };
  return { ...encryptionHeaders(version.headers), ...id };
}

function checksumHeaders(version: ObjectVersion): Record<string, string> {
  const { checksum } = version;
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

function deletionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  if (bucket.versioning === 'Off') return {};
  const marker: Record<string, string> = version.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {};
  return { 'x-amz-version-id': version.versionId, ...marker };
}

function assertReadable(version: ObjectVersion, request: S3Request): void {
  const [match, noneMatch] = [header(request, 'if-match'), header(request, 'if-none-match')];
  if (match !== undefined && match !== '*' && match !== version.etag) {
    throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      details: { Condition: 'If-Match' },
    });
  }
  if (noneMatch !== undefined && (noneMatch === '*' || noneMatch === version.etag)) {
    throw new S3Error('NotModified', 'Not Modified');
  }
}

/** [from, to), or undefined for the whole. */
function parseRange(text: string | undefined, sizeBytes: number): [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const from = match[1] === '' ? Math.max(sizeBytes - Number(match[2]), 0) : Number(match[1]);
  const to = match[1] === '' || match[2] === '' ? sizeBytes : Math.min(Number(match[2]) + 1, sizeBytes);
  if (from < to) return [from, to];
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    details: { RangeRequested: text ?? '', ActualObjectSize: String(sizeBytes) },
  });
}

async function* readRetained(version: ObjectVersion, from: number, to: number): AsyncGenerator<Buffer> {
  for (const file of version.files) file.retain();
  try {
    yield* readFiles(version.files, from, to);
  } finally {
    for (const file of version.files) await file.release();
  }
}
