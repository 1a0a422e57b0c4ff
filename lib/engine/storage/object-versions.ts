import type { GetOptions, ObjectStore, ObjectSummary } from './object-store.ts';
import type { Retention } from './retention.ts';

/** One version of an object, or the delete marker that hides the versions before it. */
export interface ObjectVersion extends ObjectSummary {
  /** `null`, as a word, where the bucket keeps no versions. */
  readonly versionId: string;
  /** Whether readers without a version id see this one. */
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

/** One level of a listing of versions. */
export interface VersionListing {
  /** In key order, the newest version of a key first. */
  readonly versions: readonly ObjectVersion[];
  /** Each ends with `/`, and starts with the prefix that was listed. */
  readonly prefixes: readonly string[];
}

/** Tags of one object, by name. */
export type Tags = Readonly<Record<string, string>>;

/**
 * What a storage with versions can do beyond an {@link ObjectStore}. Keys are relative to the vault. A call about
 * a version without `versionId` concerns the current one, and needs the permission without `Version` in its name.
 */
export interface ObjectVersions {
  /** All versions and delete markers below `prefix`, however deep, page by page. In key order, newest first. */
  all(prefix: string, options?: GetOptions): AsyncIterable<ObjectVersion>;

  /** The versions and delete markers right below `prefix`, and the folders below it. */
  level(prefix: string, options?: GetOptions): Promise<VersionListing>;

  /** Streams one version. Throws as `get` of {@link ObjectStore} does. */
  get(key: string, versionId: string, options?: GetOptions): AsyncIterable<Uint8Array>;

  /** Whether a version is under a legal hold. */
  legalHold(key: string, versionId: string | undefined, options?: GetOptions): Promise<boolean>;

  /** Throws `vault-no-object-lock` where the bucket has no Object Lock. */
  setLegalHold(key: string, versionId: string, held: boolean, options?: GetOptions): Promise<void>;

  /** Undefined when nothing retains the version, or when its retention has ended and the storage forgot it. */
  retention(key: string, versionId: string | undefined, options?: GetOptions): Promise<Retention | undefined>;

  tags(key: string, versionId: string | undefined, options?: GetOptions): Promise<Tags>;

  /** Replaces all tags. S3 has no call that adds one. */
  setTags(key: string, versionId: string | undefined, tags: Tags, options?: GetOptions): Promise<void>;

  /** Removes all tags. */
  removeTags(key: string, versionId: string | undefined, options?: GetOptions): Promise<void>;
}

/** A store that has versions. */
export interface VersionedStore extends ObjectStore {
  readonly versions: ObjectVersions;
}

/**
 * A sentence for the remedy of what was not found, which begins with a space; `''` for a directory, where a deleted
 * file is gone. Sends no request.
 */
export function deletedHint(store: ObjectStore): string {
  return versionsOf(store) === undefined
    ? ''
    : ' If it was deleted and the bucket keeps versions, --deleted finds it: `lifeboat list --deleted`.';
}

/** The versions of a store. Undefined for a directory, which has none. Sends no request. */
export function versionsOf(store: ObjectStore): ObjectVersions | undefined {
  return 'versions' in store ? (store as VersionedStore).versions : undefined;
}
