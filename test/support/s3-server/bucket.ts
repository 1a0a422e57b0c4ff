import { randomBytes } from 'node:crypto';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksum.ts';
import { assertDeletable, type ObjectLock, type RetentionRule } from './lock.ts';
import type { StoredFile } from './stored-file.ts';

/** Tags by name. */
export type Tags = Readonly<Record<string, string>>;

export interface ObjectVersion {
  readonly key: string;
  /** `null` where the bucket had no versioning. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly files: readonly StoredFile[];
  readonly sizeBytes: number;
  /** With its quotes. */
  readonly etag: string;
  /** To the second, as S3 keeps it. */
  readonly lastModified: Date;
  /** Sent back with the object: content type, metadata, encryption. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
  readonly lock: ObjectLock;
  readonly tags: Tags;
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly file: StoredFile;
  readonly etag: string;
  readonly checksum: Checksum | undefined;
  readonly lastModified: Date;
}

/** A multipart upload that was neither completed nor aborted. */
export interface PendingUpload {
  readonly uploadId: string;
  readonly key: string;
  readonly initiated: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType;
  readonly lock: ObjectLock;
  readonly tags: Tags;
  readonly parts: Map<number, UploadedPart>;
}

export class Bucket {
  readonly name: string;
  readonly createdAt = new Date();
  /** Denies writes that could replace an object, as the policy of a vault does. */
  writeOnce = false;
  versioning: 'Off' | 'Enabled' | 'Suspended' = 'Off';
  objectLock: { defaultRetention: RetentionRule | undefined } | undefined;
  /** The documents of its lifecycle rules and of its tags, as they were put. */
  lifecycle: string | undefined;
  tagging: string | undefined;
  /** Newest first. */
  readonly versions = new Map<string, ObjectVersion[]>();
  readonly uploads = new Map<string, PendingUpload>();

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined when the key holds nothing, or a delete marker. */
  current(key: string): ObjectVersion | undefined {
    const [newest] = this.versions.get(key) ?? [];
    return newest?.deleteMarker ? undefined : newest;
  }

  newest(key: string): ObjectVersion | undefined {
    return this.versions.get(key)?.[0];
  }

  find(key: string, versionId: string): ObjectVersion | undefined {
    return this.versions.get(key)?.find((version) => version.versionId === versionId);
  }

  /** Makes everything that was put so far older. */
  age(milliseconds: number): void {
    for (const [key, versions] of this.versions) {
      const aged = versions.map((version) => ({
        ...version,
        lastModified: new Date(version.lastModified.getTime() - milliseconds),
      }));
      this.versions.set(key, aged);
    }
  }

  /** Makes a version the newest; without versioning it replaces what was there. */
  async add(version: Omit<ObjectVersion, 'versionId' | 'lastModified'>): Promise<ObjectVersion> {
    const versionId = this.versioning === 'Enabled' ? randomBytes(16).toString('base64url') : 'null';
    const added: ObjectVersion = { ...version, versionId, lastModified: wholeSecond(new Date()) };
    const before = this.versions.get(version.key) ?? [];
    const replaced = versionId === 'null' ? before.filter((old) => old.versionId === 'null') : [];
    this.versions.set(version.key, [added, ...before.filter((old) => !replaced.includes(old))]);
    await releaseAll(replaced);
    return added;
  }

  /** Takes a version as S3 replicates it: with its id, time, tags and lock, as the newest of its key. */
  replicate(version: ObjectVersion): void {
    for (const file of version.files) file.retain();
    const headers = { ...version.headers, 'x-amz-replication-status': 'REPLICA' };
    const before = this.versions.get(version.key) ?? [];
    this.versions.set(version.key, [{ ...version, headers }, ...before]);
  }

  /** Without an id: a delete marker where versions are kept, else the object goes. */
  async delete(
    key: string,
    versionId: string | undefined,
    bypassGovernance: boolean,
  ): Promise<ObjectVersion | undefined> {
    if (versionId === undefined && this.versioning !== 'Off') {
      return this.add({
        ...{ key, deleteMarker: true, files: [], sizeBytes: 0, etag: '', headers: {} },
        ...{ checksum: undefined, lock: {}, tags: {} },
      });
    }
    const version = this.find(key, versionId ?? 'null');
    if (!version) return undefined;
    assertDeletable(version.lock, bypassGovernance);
    this.#drop(version);
    await releaseAll([version]);
    return version;
  }

  /** Puts a changed copy in a version's place, for a new retention or legal hold, or other tags. */
  replace(version: ObjectVersion, changed: Partial<Pick<ObjectVersion, 'lock' | 'tags'>>): void {
    const versions = this.versions.get(version.key) ?? [];
    this.versions.set(
      version.key,
      versions.map((each) => (each === version ? { ...version, ...changed } : each)),
    );
  }

  #drop(version: ObjectVersion): void {
    const rest = (this.versions.get(version.key) ?? []).filter((each) => each !== version);
    if (rest.length > 0) this.versions.set(version.key, rest);
    else this.versions.delete(version.key);
  }
}

async function releaseAll(versions: readonly ObjectVersion[]): Promise<void> {
  for (const file of versions.flatMap((version) => version.files)) await file.release();
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
