import { manifestKey } from '../../lib/engine/archive/keys.ts';
import { formatManifest, type Manifest } from '../../lib/engine/archive/manifest.ts';
import { type FixtureArchive, sha256 } from './archive-fixture.ts';
import { MemoryStore } from './memory-store.ts';

/** A copy of an archive, to be damaged. */
export class ArchiveCopy {
  readonly store: MemoryStore;
  /** To be changed; stored by {@link reseal}. */
  readonly manifest: Manifest;
  readonly manifestKey: string;

  constructor(original: MemoryStore, archive: Pick<FixtureArchive, 'manifest' | 'place'>) {
    this.store = new MemoryStore(original.objects);
    this.manifest = structuredClone(archive.manifest);
    this.manifestKey = manifestKey(archive.place);
  }

  get(key: string): Buffer {
    const found = this.store.objects.get(key);
    if (!found) throw new Error(`no ${key}`);
    return Buffer.from(found);
  }

  set(key: string, bytes: Buffer): void {
    this.store.objects.set(key, bytes);
  }

  chunk(name: string, index = 0) {
    const chunk = this.manifest.tables.find((table) => table.name === name)?.chunks[index];
    if (!chunk) throw new Error(`no chunk ${index} of ${name}`);
    return chunk;
  }

  table(name: string) {
    const table = this.manifest.tables.find((one) => one.name === name);
    if (!table) throw new Error(`no table ${name}`);
    return table;
  }

  object(purpose: string) {
    const object = this.manifest.objects.find((one) => one.purpose === purpose);
    if (!object) throw new Error(`no ${purpose}`);
    return object;
  }

  /** Stores other bytes and makes the manifest's entry for them fit, as only a faulty writer would. */
  replaceFitting(entry: { key: string; sizeBytes: number; sha256: string }, bytes: Buffer): void {
    this.set(entry.key, bytes);
    this.manifest.totals.storedBytes += bytes.length - entry.sizeBytes;
    Object.assign(entry, { sizeBytes: bytes.length, sha256: sha256(bytes) });
  }

  /** Writes the changed manifest with a checksum that fits. */
  reseal(): void {
    this.set(this.manifestKey, formatManifest(this.manifest));
  }
}
