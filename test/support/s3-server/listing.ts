import { type Answer, bucketOf, type Exchange, xmlAnswer } from './answer.ts';
import type { Bucket, ObjectVersion } from './bucket.ts';
import { S3Error } from './s3-error.ts';
import type { XmlContent } from './xml.ts';

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
  const ask = listQuery(exchange);
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

/** ListObjectVersions: at most 1,000 versions and prefixes a page. The versions of one key may lie on two pages. */
export async function listObjectVersions(exchange: Exchange): Promise<Answer> {
  const bucket = bucketOf(exchange);
  const ask = listQuery(exchange);
  const marker = {
    key: exchange.request.query.get('key-marker') ?? '',
    versionId: exchange.request.query.get('version-id-marker'),
  };
  if (marker.versionId !== undefined && marker.key === '')
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  const page = cutVersions(bucket, ask, marker);
  const { versions } = page;
  const describe = (version: ObjectVersion): XmlContent => ({
    ...objectXml(version, ask.encode),
    VersionId: version.versionId,
    IsLatest: bucket.newest(version.key) === version,
  });
  return xmlAnswer('ListVersionsResult', {
    Name: bucket.name,
    Prefix: ask.encode(ask.prefix),
    KeyMarker: ask.encode(marker.key),
    NextKeyMarker: page.next === undefined ? undefined : ask.encode(page.next.key),
    NextVersionIdMarker: page.next?.versionId,
    MaxKeys: ask.maxKeys,
    EncodingType: ask.encodingType,
    IsTruncated: page.next !== undefined,
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

interface VersionMarker {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** The versions after a marker: the rest of its key, and all of the keys behind it. */
function cutVersions(bucket: Bucket, ask: ListQuery, marker: VersionMarker) {
  const rest = marker.versionId === undefined ? [] : versionsAfter(bucket, marker);
  const names = Array.from(bucket.versions.keys(), (key) => ({ key }));
  const { entries, prefixes, lastName } = cutPage(names, ask, marker.key);
  const all = [...rest, ...entries.flatMap(({ key }) => bucket.versions.get(key) ?? [])];
  const room = Math.max(ask.maxKeys - prefixes.length, 0);
  const cut = all.slice(0, room);
  const last = cut.at(-1);
  // A page that ends among versions ends before the prefixes behind them.
  if (all.length > room && last) {
    const shown = prefixes.filter((prefix) => compareKeys(prefix, last.key) < 0);
    return { versions: cut, prefixes: shown, next: { key: last.key, versionId: last.versionId } };
  }
  const next = lastName === undefined ? undefined : { key: lastName, versionId: undefined };
  return { versions: all, prefixes, next };
}

function versionsAfter(bucket: Bucket, { key, versionId }: VersionMarker): ObjectVersion[] {
  const versions = bucket.versions.get(key) ?? [];
  return versions.slice(versions.findIndex((version) => version.versionId === versionId) + 1);
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

function listQuery({ request, settings }: Exchange): ListQuery {
  const { query } = request;
  const maxKeys = Number(query.get('max-keys') ?? settings.mostKeys);
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
    maxKeys: Math.min(maxKeys, settings.mostKeys),
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
