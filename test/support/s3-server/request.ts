import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** One request as S3 understands it, before its signature was looked at. */
export interface S3Request {
  readonly operation: Operation;
  readonly method: string;
  /** Undefined for the list of all buckets. */
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** As sent, for the canonical request. */
  readonly rawPath: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly message: IncomingMessage;
}

/** `<method> <scope> <subresource>`, and what the API reference calls it. */
const OPERATIONS = {
  'GET service ': 'ListBuckets',
  'PUT bucket ': 'CreateBucket',
  'HEAD bucket ': 'HeadBucket',
  'DELETE bucket ': 'DeleteBucket',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket uploads': 'ListMultipartUploads',
  'GET bucket versions': 'ListObjectVersions',
  'GET bucket versioning': 'GetBucketVersioning',
  'PUT bucket versioning': 'PutBucketVersioning',
  'GET bucket object-lock': 'GetObjectLockConfiguration',
  'PUT bucket object-lock': 'PutObjectLockConfiguration',
  'GET bucket lifecycle': 'GetBucketLifecycleConfiguration',
  'PUT bucket lifecycle': 'PutBucketLifecycleConfiguration',
  'GET bucket tagging': 'GetBucketTagging',
  'PUT bucket tagging': 'PutBucketTagging',
  'POST bucket delete': 'DeleteObjects',
  'PUT object ': 'PutObject',
  'GET object ': 'GetObject',
  'HEAD object ': 'HeadObject',
  'DELETE object ': 'DeleteObject',
  'POST object uploads': 'CreateMultipartUpload',
  'PUT object uploadId': 'UploadPart',
  'GET object uploadId': 'ListParts',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object uploadId': 'AbortMultipartUpload',
  'GET object retention': 'GetObjectRetention',
  'PUT object retention': 'PutObjectRetention',
  'GET object legal-hold': 'GetObjectLegalHold',
  'PUT object legal-hold': 'PutObjectLegalHold',
  'GET object tagging': 'GetObjectTagging',
  'PUT object tagging': 'PutObjectTagging',
  'DELETE object tagging': 'DeleteObjectTagging',
} as const;

export type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

/** Parameters that choose the operation; every other one only refines it. */
const SUBRESOURCES = [
  ...['uploadId', 'uploads', 'versions', 'versioning', 'object-lock', 'retention', 'legal-hold'],
  ...[
    'location',
    'list-type',
    'delete',
    'acl',
    'policy',
    'tagging',
    'lifecycle',
    'encryption',
    'cors',
    'attributes',
  ],
];

/** `hostSuffix`: in `bucket.localhost:9000` with suffix `localhost`, the bucket is in the host name. */
export function parseRequest(message: IncomingMessage, hostSuffix: string): S3Request {
  const target = message.url ?? '/';
  const cut = target.indexOf('?');
  const rawPath = cut === -1 ? target : target.slice(0, cut);
  const query = parseQuery(cut === -1 ? '' : target.slice(cut + 1));
  const { bucket, key } = addressOf(message, rawPath, hostSuffix);
  const scope = bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object';
  const subresource = SUBRESOURCES.find((name) => query.has(name)) ?? '';
  const method = message.method ?? 'GET';
  const operation = (OPERATIONS as Record<string, Operation>)[`${method} ${scope} ${subresource}`];
  if (!operation || message.headers['x-amz-copy-source'] !== undefined) {
    throw new S3Error('NotImplemented', `This server does not know ${method} ${scope} ${subresource}.`);
  }
  return { operation, method, bucket, key, rawPath, query, headers: message.headers, message };
}

/** The value of a header that can come only once. */
export function header(request: S3Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function addressOf(message: IncomingMessage, rawPath: string, hostSuffix: string) {
  const host = (message.headers.host ?? '').replace(/:\d+$/, '');
  const path = decodeURIComponent(rawPath).slice(1);
  const suffix = `.${hostSuffix}`;
  if (host.endsWith(suffix)) return { bucket: host.slice(0, -suffix.length), key: path || undefined };
  const slash = path.indexOf('/');
  if (slash === -1) return { bucket: path || undefined, key: undefined };
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) || undefined };
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    query.set(decodeQuery(name), decodeQuery(value));
  }
  return query;
}

function decodeQuery(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
