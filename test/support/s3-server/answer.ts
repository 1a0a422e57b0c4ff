import type { Bucket } from './bucket.ts';
import type { S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import type { SignedRequest } from './signature.ts';
import { type XmlContent, xmlDocument } from './xml.ts';

/** Everything a handler works with. */
export interface Exchange {
  readonly request: S3Request;
  readonly signed: SignedRequest;
  readonly buckets: Map<string, Bucket>;
  readonly settings: ServerSettings;
}

export interface ServerSettings {
  readonly region: string;
  /** Where bodies are kept. */
  readonly directory: string;
  /** Every part but the last is at least this large: 5 MiB at S3, less where a test wants many parts. */
  readonly leastPartBytes: number;
  /** Names on one page of a listing: 1,000 at S3, less where a test wants many pages. */
  readonly mostKeys: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | { readonly sizeBytes: number; readonly bytes: AsyncIterable<Buffer> };
}

export type Handler = (exchange: Exchange) => Promise<Answer>;

export function xmlAnswer(root: string, content: XmlContent, headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: xmlDocument(root, content),
  };
}

export function bucketOf({ request, buckets }: Exchange): Bucket {
  const bucket = buckets.get(request.bucket ?? '');
  if (bucket) return bucket;
  throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
    details: { BucketName: request.bucket ?? '' },
  });
}

export function keyOf({ request }: Exchange): string {
  const key = request.key ?? '';
  if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
  return key;
}

/** Undefined values left out. */
export function definedHeaders(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
