import {
  type DeleteMarkerEntry,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion as VersionOfS3,
} from '@aws-sdk/client-s3';
import { checkPrefix, compareKeys } from './object-key.ts';
import type { ObjectVersion, VersionListing } from './object-versions.ts';
import type { S3Bucket, S3Call } from './s3-bucket.ts';
import { decoderOf } from './s3-listing.ts';

/** Yields the pages of a listing of versions, below the vault's own prefix. */
export async function* versionPages(
  bucket: S3Bucket,
  prefix: string,
  { signal, delimiter }: { readonly signal?: AbortSignal | undefined; readonly delimiter?: '/' },
): AsyncGenerator<VersionListing> {
  checkPrefix(prefix);
  const call: S3Call = { action: 'list-versions', key: prefix === '' ? undefined : prefix, signal };
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await bucket.call(call, (sendOptions) =>
      bucket.client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket.name,
          Prefix: `${bucket.prefix}${prefix}`,
          // XML cannot represent every character of a key.
          EncodingType: 'url',
          ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
          ...marker,
        }),
        sendOptions,
      ),
    );
    if (page.IsTruncated === undefined) throw bucket.malformedAnswer(call, 'IsTruncated');
    yield read(bucket, page);
    if (!page.IsTruncated) return;
    if (!page.NextKeyMarker) throw bucket.malformedAnswer(call, 'the marker of the next page');
    // The markers are as encoded as the keys are (Amazon S3 API reference, "ListObjectVersions").
    marker = { KeyMarker: decoderOf(page)(page.NextKeyMarker) };
    if (page.NextVersionIdMarker) marker.VersionIdMarker = page.NextVersionIdMarker;
  }
}

/** What S3 says of a version, and of a delete marker, which has no size. */
type FoundVersion = DeleteMarkerEntry & Pick<VersionOfS3, 'Size'>;

function read(bucket: S3Bucket, page: ListObjectVersionsCommandOutput): VersionListing {
  const decode = decoderOf(page);
  const relative = (name: string | undefined) => decode(name ?? '').slice(bucket.prefix.length);
  const versionOf = (found: FoundVersion, isDeleteMarker: boolean): ObjectVersion => ({
    key: relative(found.Key),
    versionId: found.VersionId ?? 'null',
    isLatest: found.IsLatest ?? true,
    isDeleteMarker,
    sizeBytes: found.Size ?? 0,
    lastModified: found.LastModified ?? new Date(0),
  });
  const versions = [
    ...(page.Versions ?? []).map((found) => versionOf(found, false)),
    ...(page.DeleteMarkers ?? []).map((found) => versionOf(found, true)),
  ];
  // S3's console creates an object with the name of the folder itself, which is no key of a vault.
  const objects = versions.filter(({ key }) => key !== '' && !key.endsWith('/'));
  return {
    versions: objects.sort(newestFirst),
    prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => relative(Prefix)),
  };
}

/** S3 lists versions and delete markers apart. The dates are whole seconds, but IsLatest tells the current one. */
function newestFirst(left: ObjectVersion, right: ObjectVersion): number {
  return (
    compareKeys(left.key, right.key) ||
    Number(right.isLatest) - Number(left.isLatest) ||
    right.lastModified.getTime() - left.lastModified.getTime()
  );
}
