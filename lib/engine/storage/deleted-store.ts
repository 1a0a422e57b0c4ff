import { LifeboatError } from '../ground/errors.ts';
import type { GetOptions, Listing, ObjectStore, ObjectSummary, WriteOptions } from './object-store.ts';
import { ObjectMissingError } from './object-store.ts';
import { type ObjectVersion, type ObjectVersions, versionsOf } from './object-versions.ts';

/** A vault as it was before anything in it was deleted. */
export interface DeletedStore extends ObjectStore {
  /** When the object was deleted, by the storage's clock. Undefined if it is not, or if it never was there. */
  deletedAt(key: string, options?: GetOptions): Promise<Date | undefined>;
  /** The version that the store shows for a key. */
  versionIdOf(key: string, options?: GetOptions): Promise<string | undefined>;
  /** False if all that was listed until now are objects without versions: what is deleted there is gone. */
  readonly keepsVersions: boolean;
}

/** One level of the vault: each key's newest version, and the delete marker on top of it, if one is. */
interface Folder {
  readonly objects: ReadonlyMap<string, FoundObject>;
  readonly prefixes: readonly string[];
}

interface FoundObject {
  readonly version: ObjectVersion;
  readonly deletedAt: Date | undefined;
}

/**
 * Shows a vault with everything in it that a delete marker hides: a bucket with versions deletes an object by hiding
 * it (Amazon S3 User Guide, "Working with delete markers"). Each object is its newest version. Throws
 * `vault-no-versions` for a directory.
 *
 * Each folder is listed once, so the store shows what was there when it first looked. It writes where nothing is
 * hidden. It refuses to write beside or above hidden objects: a proof would say of a backup that it can be restored,
 * while others do not see its rows.
 */
export function openDeleted(store: ObjectStore): DeletedStore {
  const versions = versionsOf(store);
  if (!versions) throw noVersions(store.url);
  return new HiddenVault(store, versions);
}

class HiddenVault implements DeletedStore {
  readonly url: string;
  keepsVersions = false;
  readonly #store: ObjectStore;
  readonly #versions: ObjectVersions;
  readonly #folders = new Map<string, Promise<Folder>>();
  readonly #hiddenRead = new Set<string>();

  constructor(store: ObjectStore, versions: ObjectVersions) {
    this.url = store.url;
    this.#store = store;
    this.#versions = versions;
  }

  get clockAheadMs(): number | undefined {
    return this.#store.clockAheadMs;
  }

  async put(...[key, body, options]: Parameters<ObjectStore['put']>): Promise<void> {
    await this.#refuseBesideHidden(key, options);
    await this.#store.put(key, body, options);
  }

  async upload(...[key, body, options]: Parameters<ObjectStore['upload']>): Promise<{ sizeBytes: number }> {
    await this.#refuseBesideHidden(key, options);
    return this.#store.upload(key, body, options);
  }

  async *get(key: string, options: GetOptions = {}): AsyncGenerator<Uint8Array> {
    const found = await this.#find(key, options);
    if (!found) throw new ObjectMissingError(key, this.url);
    if (found.deletedAt === undefined) {
      // By the permission that everybody has who reads backups.
      yield* this.#store.get(key, options);
    } else {
      this.#hiddenRead.add(key);
      yield* this.#versions.get(key, found.version.versionId, options);
    }
  }

  async head(key: string, options: GetOptions = {}): Promise<ObjectSummary | undefined> {
    const found = await this.#find(key, options);
    return found && summaryOf(found.version);
  }

  async list(prefix: string, options: GetOptions = {}): Promise<Listing> {
    const { objects, prefixes } = await this.#folder(prefix, options);
    return { objects: Array.from(objects.values(), ({ version }) => summaryOf(version)), prefixes };
  }

  async deletedAt(key: string, options: GetOptions = {}): Promise<Date | undefined> {
    return (await this.#find(key, options))?.deletedAt;
  }

  async versionIdOf(key: string, options: GetOptions = {}): Promise<string | undefined> {
    return (await this.#find(key, options))?.version.versionId;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #find(key: string, options: GetOptions): Promise<FoundObject | undefined> {
    return (await this.#folder(folderOf(key), options)).objects.get(key);
  }

  async #folder(prefix: string, options: GetOptions): Promise<Folder> {
    options.signal?.throwIfAborted();
    const known = this.#folders.get(prefix);
    if (known) return known;
    const folder = this.#versions.level(prefix, options).then(({ versions, prefixes }) => {
      this.keepsVersions ||= versions.some(({ versionId }) => versionId !== 'null');
      return { objects: newestOf(versions), prefixes };
    });
    this.#folders.set(prefix, folder);
    folder.catch(() => this.#folders.delete(prefix));
    return folder;
  }

  async #refuseBesideHidden(key: string, { signal }: WriteOptions = {}): Promise<void> {
    const { objects } = await this.#folder(folderOf(key), signal ? { signal } : {});
    const isHidden = [...objects.values()].some(({ deletedAt }) => deletedAt !== undefined);
    const hasReadHidden = [...this.#hiddenRead].some((hidden) => hidden.startsWith(folderOf(key)));
    if (!isHidden && !hasReadHidden) return;
    throw new LifeboatError({
      code: 'vault-access-denied',
      kind: 'vault',
      what: `${key} was not written into ${this.url}, because objects that belong to it are deleted.`,
      meaning: 'Others see the vault without them, and would take that object for more than it says.',
    });
  }
}

/** The store itself if it shows what was deleted. */
export function deletedStoreOf(store: ObjectStore): DeletedStore | undefined {
  return 'deletedAt' in store ? (store as DeletedStore) : undefined;
}

function newestOf(versions: readonly ObjectVersion[]): Map<string, FoundObject> {
  const found = new Map<string, FoundObject>();
  for (const [key, ofKey] of Map.groupBy(versions, (version) => version.key)) {
    const version = ofKey.find(({ isDeleteMarker }) => !isDeleteMarker);
    const marker = ofKey.find(({ isLatest, isDeleteMarker }) => isLatest && isDeleteMarker);
    if (version) found.set(key, { version, deletedAt: marker?.lastModified });
  }
  return found;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

function summaryOf({ key, sizeBytes, lastModified }: ObjectVersion): ObjectSummary {
  return { key, sizeBytes, lastModified };
}

function noVersions(storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'vault-no-versions',
    kind: 'vault',
    what: `${storeUrl} is a directory, and a directory keeps no versions of deleted files.`,
    meaning: 'What was deleted there cannot be shown.',
    remedy: 'Look in a snapshot or a backup of the disk, or use another vault.',
  });
}
