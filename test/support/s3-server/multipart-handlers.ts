import { createHash, randomBytes } from 'node:crypto';
import { type Answer, bucketOf, definedHeaders, type Exchange, keyOf, xmlAnswer } from './answer.ts';
import type { PendingUpload, UploadedPart } from './bucket.ts';
import {
  type Checksum,
  checksumHeader,
  compositeChecksum,
  isChecksumAlgorithm,
  startChecksum,
} from './checksum.ts';
import { compareKeys } from './listing.ts';
import { lockOfRequest } from './lock.ts';
import {
  assertDigestUnderLock,
  assertWritable,
  encryptionHeaders,
  etagOf,
  storedHeaders,
  writeHeaders,
} from './object-handlers.ts';
import { openPayload, readText } from './payload.ts';
import { header } from './request.ts';
import { S3Error } from './s3-error.ts';
import { readFiles, StoredFile } from './stored-file.ts';
import { tagsOfRequest } from './tags.ts';
import { elementsOf, textOf } from './xml.ts';

const MOST_PARTS = 10_000;
const MOST_PART_BYTES = 5 * 1024 ** 3;

export async function createMultipartUpload(exchange: Exchange): Promise<Answer> {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const algorithm = header(request, 'x-amz-checksum-algorithm');
  if (algorithm !== undefined && !isChecksumAlgorithm(algorithm)) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const whole = header(request, 'x-amz-checksum-type') === 'FULL_OBJECT' || algorithm === 'CRC64NVME';
  const upload: PendingUpload = {
    uploadId: randomBytes(24).toString('base64url'),
    key: keyOf(exchange),
    initiated: new Date(),
    headers: storedHeaders(request),
    checksumAlgorithm: algorithm,
    checksumType: whole ? 'FULL_OBJECT' : 'COMPOSITE',
    lock: lockOfRequest(request, bucket.objectLock?.defaultRetention, bucket.objectLock !== undefined),
    tags: tagsOfRequest(request),
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucket.name, Key: upload.key, UploadId: upload.uploadId },
    definedHeaders({ ...encryptionHeaders(upload.headers), 'x-amz-checksum-algorithm': algorithm }),
  );
}

export async function uploadPart(exchange: Exchange): Promise<Answer> {
  const { request, signed, settings } = exchange;
  const upload = findUpload(exchange);
  const partNumber = Number(request.query.get('partNumber'));
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MOST_PARTS) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const payload = openPayload(request, signed);
  const file = await StoredFile.write(settings.directory, payload.bytes);
  const checksum = payload.checksum();
  try {
    if (file.sizeBytes > MOST_PART_BYTES)
      throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    assertChecksumKind(upload, checksum);
    assertDigestUnderLock(bucketOf(exchange), request, checksum !== undefined);
    findUpload(exchange);
  } catch (error) {
    await file.release();
    throw error;
  }
  const etag = etagOf(request, payload.md5());
  await upload.parts.get(partNumber)?.file.release();
  upload.parts.set(partNumber, { partNumber, file, etag, checksum, lastModified: new Date() });
  const echoed: Record<string, string> = checksum
    ? { [checksumHeader(checksum.algorithm)]: checksum.value }
    : {};
  return { status: 200, headers: { etag, ...echoed, ...encryptionHeaders(upload.headers) } };
}

export async function completeMultipartUpload(exchange: Exchange): Promise<Answer> {
  const { request, signed } = exchange;
  const bucket = bucketOf(exchange);
  const document = await readText(request, signed);
  const upload = findUpload(exchange);
  const parts = chosenParts(upload, document, exchange.settings.leastPartBytes);
  const files = parts.map(({ file }) => file);
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const promised = header(request, 'x-amz-mp-object-size');
  if (promised !== undefined && Number(promised) !== sizeBytes) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${promised} does not match what was computed: ${sizeBytes}`,
    );
  }
  const checksum = await checksumOf(upload, parts, sizeBytes);
  const claimed = checksum && header(request, checksumHeader(checksum.algorithm));
  if (claimed !== undefined && claimed !== checksum?.value) {
    throw new S3Error(
      'BadDigest',
      `The ${checksum?.algorithm} you specified did not match the calculated checksum.`,
    );
  }
  assertWritable(bucket, upload.key, request);
  if (!bucket.uploads.delete(upload.uploadId)) throw noSuchUpload(upload.uploadId);
  const version = await bucket.add({
    ...{ key: upload.key, deleteMarker: false, files, sizeBytes, lock: upload.lock, checksum },
    tags: upload.tags,
    etag: `"${createHash('md5').update(rawEtags(parts)).digest('hex')}-${parts.length}"`,
    headers: upload.headers,
  });
  const left = [...upload.parts.values()].filter((part) => !parts.includes(part));
  for (const { file } of left) await file.release();
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${request.headers.host}/${bucket.name}/${upload.key}`,
      ...{ Bucket: bucket.name, Key: upload.key, ETag: version.etag },
      ...(checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}),
    },
    writeHeaders(bucket, version),
  );
}

export async function abortMultipartUpload(exchange: Exchange): Promise<Answer> {
  const upload = findUpload(exchange);
  bucketOf(exchange).uploads.delete(upload.uploadId);
  for (const { file } of upload.parts.values()) await file.release();
  return { status: 204 };
}

export async function listMultipartUploads(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  const prefix = exchange.request.query.get('prefix') ?? '';
  const uploads = [...bucket.uploads.values()].filter(({ key }) => key.startsWith(prefix));
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    Prefix: prefix,
    MaxUploads: 1000,
    IsTruncated: false,
    Upload: uploads
      .sort((left, right) => compareKeys(left.key, right.key))
      .map(({ key, uploadId, initiated }) => ({
        Key: key,
        UploadId: uploadId,
        Initiated: initiated.toISOString(),
      })),
  });
}

export async function listParts(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const upload = findUpload(exchange);
  const after = Number(query.get('part-number-marker') ?? 0);
  const most = Math.min(Number(query.get('max-parts') ?? 1000), 1000);
  const sorted = [...upload.parts.values()].sort((left, right) => left.partNumber - right.partNumber);
  const rest = sorted.filter(({ partNumber }) => partNumber > after);
  const page = rest.slice(0, most);
  return xmlAnswer('ListPartsResult', {
    ...{ Bucket: bucketOf(exchange).name, Key: upload.key, UploadId: upload.uploadId, MaxParts: most },
    IsTruncated: rest.length > page.length,
    NextPartNumberMarker: page.at(-1)?.partNumber,
    Part: page.map(({ partNumber, etag, file, lastModified }) => ({
      ...{
        PartNumber: partNumber,
        ETag: etag,
        Size: file.sizeBytes,
        LastModified: lastModified.toISOString(),
      },
    })),
  });
}

function findUpload(exchange: Exchange): PendingUpload {
  const uploadId = exchange.request.query.get('uploadId') ?? '';
  const upload = bucketOf(exchange).uploads.get(uploadId);
  if (upload && upload.key === exchange.request.key) return upload;
  throw noSuchUpload(uploadId);
}

function noSuchUpload(uploadId: string): S3Error {
  return new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { details: { UploadId: uploadId } },
  );
}

/** A part must carry the kind of checksum that its upload was created with, and no other. */
function assertChecksumKind(upload: PendingUpload, checksum: Checksum | undefined): void {
  const [expected, actual] = [upload.checksumAlgorithm, checksum?.algorithm];
  if (expected === actual) return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected?.toLowerCase() ?? 'null'}, actual checksum Type: ${actual?.toLowerCase() ?? 'null'}`,
  );
}

/** The parts that the request lists, checked by S3's rules. */
function chosenParts(upload: PendingUpload, document: string, leastPartBytes: number): UploadedPart[] {
  const listed = elementsOf(document, 'Part');
  if (listed.length === 0) throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  const chosen: UploadedPart[] = [];
  for (const xml of listed) {
    const partNumber = Number(textOf(xml, 'PartNumber'));
    if (partNumber <= (chosen.at(-1)?.partNumber ?? 0)) {
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    }
    const part = upload.parts.get(partNumber);
    const unquoted = (text: string | undefined) => text?.replaceAll('"', '');
    const algorithm = upload.checksumAlgorithm;
    const claimed = algorithm && textOf(xml, `Checksum${algorithm}`);
    if (
      !part ||
      unquoted(textOf(xml, 'ETag')) !== unquoted(part.etag) ||
      (claimed ?? part.checksum?.value) !== part.checksum?.value
    ) {
      throw new S3Error(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        { details: { PartNumber: String(partNumber) } },
      );
    }
    if (algorithm && upload.checksumType === 'COMPOSITE' && claimed === undefined) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${partNumber} in the request.`,
      );
    }
    chosen.push(part);
  }
  const small = chosen.slice(0, -1).find(({ file }) => file.sizeBytes < leastPartBytes);
  if (small) {
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      details: {
        ...{ ProposedSize: String(small.file.sizeBytes), MinSizeAllowed: String(leastPartBytes) },
        PartNumber: String(small.partNumber),
      },
    });
  }
  return chosen;
}

async function checksumOf(
  upload: PendingUpload,
  parts: readonly UploadedPart[],
  sizeBytes: number,
): Promise<Checksum | undefined> {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (!algorithm) return undefined;
  if (type === 'COMPOSITE') {
    const values = parts.map(({ checksum }) => checksum?.value ?? '');
    return { algorithm, type, value: compositeChecksum(algorithm, values) };
  }
  const running = startChecksum(algorithm);
  const files = parts.map(({ file }) => file);
  for await (const piece of readFiles(files, 0, sizeBytes)) running.update(piece);
  return { algorithm, type, value: running.digest() };
}

function rawEtags(parts: readonly UploadedPart[]): Buffer {
  return Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex')));
}
