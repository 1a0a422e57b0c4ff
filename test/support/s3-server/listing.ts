import { type Answer, bucketOf, type Exchange, xmlAnswer } from './answer.ts';
import type { ObjectVersion } from './bucket.ts';
import { S3Error } from './s3-error.ts';
import type { XmlContent } from './xml.ts';

const MOST_KEYS = 1000;

interface Page<T> {
  readonly entries: readonly T[];
  readonly prefixes: readonly string[];
  /** The last key or prefix of a page that is not the last one. */
  readonly lastName: string | undefined;
}

/** ListObjectsV2: keys in the order of their UTF-8 bytes, grouped by a delimiter, at most 1,000 names a page. */
export async function listObjectsV2(exchange: Exchange): Promise<Answer> {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const ask = listQuery(request.query);
  const token = request.query.get('continuation-token');
  const after = token === undefined ? (request.query.get('start-after') ?? '') : decodeToken(token);
  const objects = Array.from(bucket.versions.keys(), (key) => bucket.current(key)).filter(
    (object) => object !== undefined,
  );
  const page = cutPage(objects, ask, after);
  return xmlAnswer('ListBucketResult', {
    Name: bucket.name,
    Prefix: ask.encode(ask.prefix),
    Delimiter: ask.delimiter === '' ? undefined : ask.encode(ask.delimiter),
    StartAfter: request.query.get('start-after'),
    ContinuationToken: token,
    NextContinuationToken: page.lastName === undefined ? undefined : encodeToken(page.lastName),
    KeyCount: page.entries.length + page.prefixes.length,
    MaxKeys: ask.maxKeys,
    EncodingType: ask.encodingType,
    IsTruncated: page.lastName !== undefined,
    Contents: page.entries.map((object) => objectXml(object, ask.encode)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: ask.encode(prefix) })),
  });
}

/** ListObjectVersions, one page for each 1,000 names; all versions of a name stay on one page. */
export async function listObjectVersions(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  const ask = listQuery(exchange.request.query);
  const marker = exchange.request.query.get('key-marker') ?? '';
  const names = Array.from(bucket.versions.keys(), (key) => ({ key }));
  const page = cutPage(names, ask, marker);
  const versions = page.entries.flatMap(({ key }) => bucket.versions.get(key) ?? []);
  const describe = (version: ObjectVersion): XmlContent => ({
    ...objectXml(version, ask.encode),
    VersionId: version.versionId,
    IsLatest: bucket.newest(version.key) === version,
  });
  return xmlAnswer('ListVersionsResult', {
    Name: bucket.name,
    Prefix: ask.encode(ask.prefix),
    KeyMarker: ask.encode(marker),
    NextKeyMarker: page.lastName === undefined ? undefined : ask.encode(page.lastName),
    MaxKeys: ask.maxKeys,
    EncodingType: ask.encodingType,
    IsTruncated: page.lastName !== undefined,
    Version: versions.filter((version) => !version.deleteMarker).map(describe),
    DeleteMarker: versions
      .filter((version) => version.deleteMarker)
      .map((version) => ({
        ...{ Key: ask.encode(version.key), VersionId: version.versionId },
        ...{
          IsLatest: bucket.newest(version.key) === version,
          LastModified: version.lastModified.toISOString(),
        },
      })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: ask.encode(prefix) })),
  });
}

/** Byte order, which is not the order of JavaScript's strings beyond the basic plane. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: string | undefined;
  readonly encode: (text: string) => string;
}

function listQuery(query: ReadonlyMap<string, string>): ListQuery {
  const maxKeys = Number(query.get('max-keys') ?? MOST_KEYS);
  if (!Number.isInteger(maxKeys) || maxKeys < 0)
    throw new S3Error('InvalidArgument', 'max-keys is not an integer');
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  }
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(maxKeys, MOST_KEYS),
    encodingType,
    encode: encodingType === 'url' ? encode : (text) => text,
  };
}

/** A common prefix counts as one name, and stands after `after` as a whole. */
function cutPage<T extends { readonly key: string }>(
  all: readonly T[],
  ask: ListQuery,
  after: string,
): Page<T> {
  const entries: T[] = [];
  const prefixes: string[] = [];
  const last = () => {
    const names = [entries.at(-1)?.key ?? '', prefixes.at(-1) ?? ''];
    return names.sort(compareKeys)[1];
  };
  const matching = all.filter(({ key }) => key.startsWith(ask.prefix));
  for (const entry of matching.sort((left, right) => compareKeys(left.key, right.key))) {
    const end = ask.delimiter === '' ? -1 : entry.key.indexOf(ask.delimiter, ask.prefix.length);
    const name = end === -1 ? entry.key : entry.key.slice(0, end + ask.delimiter.length);
    if (compareKeys(name, after) <= 0 || name === prefixes.at(-1)) continue;
    if (entries.length + prefixes.length === ask.maxKeys) return { entries, prefixes, lastName: last() };
    if (end === -1) entries.push(entry);
    else prefixes.push(name);
  }
  return { entries, prefixes, lastName: undefined };
}

function objectXml(object: ObjectVersion, encode: (text: string) => string) {
  return {
    Key: encode(object.key),
    LastModified: object.lastModified.toISOString(),
    ETag: object.etag,
    Size: object.sizeBytes,
    StorageClass: 'STANDARD',
  };
}

function encodeToken(name: string): string {
  return Buffer.from(name).toString('base64');
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64').toString('utf8');
}
