import type { Recipients } from '../age/recipients.ts';
import { type ObjectStore, readObject } from '../storage/object-store.ts';
import { type Destination, ENCRYPTED, storeText, storeWhole } from './codec/encode.ts';
import { attemptPrefix, type BackupPlace, manifestKey } from './keys.ts';
import { type Manifest, OBJECT_PURPOSES, type ObjectPurpose } from './manifest.ts';

/** What tells people how to restore, before they have looked for their key. */
const ALWAYS_PLAIN: readonly string[] = ['RECOVERY.md', 'restore.sh'];

type NamedObject = Manifest['objects'][number];

/** One run that tries to make a backup. It writes everything into a folder that no other run shares. */
export class Attempt {
  readonly place: BackupPlace;
  readonly id: string;
  readonly #store: ObjectStore;
  readonly #signal: AbortSignal;
  /** Everything that holds definitions or rows is encrypted to these public keys. */
  readonly recipients: Recipients | undefined;
  readonly #objects: NamedObject[] = [];

  constructor(
    store: ObjectStore,
    place: BackupPlace,
    id: string,
    signal: AbortSignal,
    recipients?: Recipients,
  ) {
    this.#store = store;
    this.place = place;
    this.id = id;
    this.#signal = signal;
    this.recipients = recipients;
  }

  /** The full key of an object of this attempt, with `.age` at its end if the object is encrypted. */
  keyOf(name: string): string {
    const isEncrypted = this.recipients !== undefined && !ALWAYS_PLAIN.includes(name);
    return `${attemptPrefix(this.place, this.id)}${name}${isEncrypted ? ENCRYPTED : ''}`;
  }

  /** Where an object of this attempt is stored. */
  destination(name: string): Destination {
    return {
      store: this.#store,
      key: this.keyOf(name),
      signal: this.#signal,
      recipients: this.recipients,
    };
  }

  /** All objects that {@link write} has written, in the manifest's order: by purpose, not by time. */
  get objects(): readonly NamedObject[] {
    return this.#objects.toSorted(
      (a, b) => OBJECT_PURPOSES.indexOf(a.purpose) - OBJECT_PURPOSES.indexOf(b.purpose),
    );
  }

  /** Writes a file of the archive from memory. Compresses it if its name ends in .zst. */
  async write(purpose: ObjectPurpose, name: string, content: Uint8Array | string): Promise<void> {
    this.#objects.push({ purpose, ...(await storeWhole(this.destination(name), content)) });
  }

  /** Writes a text of any size, with one piece at a time in memory. */
  async writeStream(purpose: ObjectPurpose, name: string, pieces: AsyncIterable<string>): Promise<void> {
    this.#objects.push({ purpose, ...(await storeText(this.destination(name), pieces)) });
  }

  /**
   * Writes the manifest, as manifest.ts formats it, if there is none. From then on the backup exists. Only one of two runs for the same
   * slot succeeds; the other learns here that the backup is already sealed, and its own objects belong to no
   * backup.
   */
  async seal(manifest: Buffer): Promise<'sealed' | 'already-sealed'> {
    const key = manifestKey(this.place);
    try {
      await this.#store.put(key, manifest, {
        contentType: 'application/json',
        signal: this.#signal,
      });
      return 'sealed';
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ObjectExistsError') throw error;
      // A retry inside the store may find the manifest that its own first try wrote.
      return (await readObject(this.#store, key)).equals(manifest) ? 'sealed' : 'already-sealed';
    }
  }
}
