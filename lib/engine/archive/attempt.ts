import { createHash } from 'node:crypto';
import { type ObjectStore, readObject } from '../storage/object-store.ts';
import { attemptPrefix, type BackupPlace, manifestKey } from './keys.ts';
import { formatManifest, type Manifest, OBJECT_PURPOSES, type ObjectPurpose } from './manifest.ts';

type NamedObject = Manifest['objects'][number];

/** One run that tries to make a backup: everything it writes lies in a folder that no other run shares. */
export class Attempt {
  readonly place: BackupPlace;
  readonly id: string;
  readonly #store: ObjectStore;
  readonly #signal: AbortSignal;
  readonly #objects: NamedObject[] = [];

  constructor(store: ObjectStore, place: BackupPlace, id: string, signal: AbortSignal) {
    this.#store = store;
    this.place = place;
    this.id = id;
    this.#signal = signal;
  }

  /** The whole key of an object of this attempt. */
  keyOf(name: string): string {
    return `${attemptPrefix(this.place, this.id)}${name}`;
  }

  /** Everything written by {@link write} so far, as the manifest lists it: by purpose, whichever was done first. */
  get objects(): readonly NamedObject[] {
    return this.#objects.toSorted(
      (a, b) => OBJECT_PURPOSES.indexOf(a.purpose) - OBJECT_PURPOSES.indexOf(b.purpose),
    );
  }

  /** Writes a file of the archive that is small enough to be held in memory. */
  async write(purpose: ObjectPurpose, name: string, content: Uint8Array | string): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const key = this.keyOf(name);
    await this.#store.put(key, bytes, { ifAbsent: true, signal: this.#signal });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.#objects.push({ purpose, key, sizeBytes: bytes.length, sha256 });
  }

  /** The same for a text of any size, which is held a piece at a time. */
  async writeStream(purpose: ObjectPurpose, name: string, pieces: AsyncIterable<string>): Promise<void> {
    const key = this.keyOf(name);
    const hash = createHash('sha256');
    async function* hashed() {
      for await (const piece of pieces) {
        const bytes = Buffer.from(piece);
        hash.update(bytes);
        yield bytes;
      }
    }
    const { sizeBytes } = await this.#store.upload(key, hashed(), { signal: this.#signal });
    this.#objects.push({ purpose, key, sizeBytes, sha256: hash.digest('hex') });
  }

  /**
   * Writes the manifest, if there is none: from here on the backup exists. Of two runs for one slot one wins; the other
   * learns here that the backup is sealed already, and its own objects belong to nothing.
   */
  async seal(manifest: Manifest): Promise<'sealed' | 'already-sealed'> {
    const key = manifestKey(this.place);
    const bytes = formatManifest(manifest);
    try {
      await this.#store.put(key, bytes, {
        ifAbsent: true,
        contentType: 'application/json',
        signal: this.#signal,
      });
      return 'sealed';
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ObjectExistsError') throw error;
      // A retry inside the store may meet the manifest that its own first try wrote.
      return (await readObject(this.#store, key)).equals(bytes) ? 'sealed' : 'already-sealed';
    }
  }
}
