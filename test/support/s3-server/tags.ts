import { type Answer, bucketOf, type Exchange, xmlAnswer } from './answer.ts';
import type { Tags } from './bucket.ts';
import { findVersion } from './object-handlers.ts';
import { readText } from './payload.ts';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import type { SignedRequest } from './signature.ts';
import { elementsOf, textOf } from './xml.ts';

/** Amazon S3 User Guide, "Categorizing your objects using tags". */
const MOST_TAGS = 10;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags in the header x-amz-tagging, which is a query string. */
export function tagsOfRequest(request: S3Request): Tags {
  const pairs = Array.from(new URLSearchParams(header(request, 'x-amz-tagging') ?? ''));
  return checked(pairs);
}

export async function getObjectTagging(exchange: Exchange): Promise<Answer> {
  const version = findVersion(exchange);
  const tags = Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value }));
  return xmlAnswer('Tagging', { TagSet: { Tag: tags } }, { 'x-amz-version-id': version.versionId });
}

export async function putObjectTagging(exchange: Exchange): Promise<Answer> {
  const { request, signed } = exchange;
  return replaceTags(exchange, checked(pairsOf(await readText(request, signed))), 200);
}

/** The tags in the body of PutObjectTagging, for whoever decides whether it is allowed. */
export async function tagsOfBody(request: S3Request, signed: SignedRequest): Promise<Tags> {
  return Object.fromEntries(pairsOf(await readText(request, signed)));
}

function pairsOf(document: string): Array<[string, string]> {
  return elementsOf(document, 'Tag').map((tag) => [textOf(tag, 'Key') ?? '', textOf(tag, 'Value') ?? '']);
}

export async function deleteObjectTagging(exchange: Exchange): Promise<Answer> {
  return replaceTags(exchange, {}, 204);
}

function replaceTags(exchange: Exchange, tags: Tags, status: number): Answer {
  const version = findVersion(exchange);
  bucketOf(exchange).replace(version, { tags });
  return { status, headers: { 'x-amz-version-id': version.versionId } };
}

function checked(pairs: readonly (readonly [string, string])[]): Tags {
  if (pairs.length > MOST_TAGS) throw new S3Error('BadRequest', 'Object tags cannot be greater than 10');
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128 || !ALLOWED.test(key))
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > 256 || !ALLOWED.test(value))
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length !== pairs.length)
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  return tags;
}
