import { type BackupPlace, manifestKey, proofKey } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { readObject } from '../../lib/engine/storage/object-store.ts';
import { ArchiveCopy } from '../support/archive-copy.ts';
import { MemoryStore } from '../support/memory-store.ts';
import type { TestVault } from '../support/vaults.ts';

/** A backup as it lay in its vault, held in memory so that hundreds of copies cost nothing. */
export class GoodBackup {
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  readonly objects: ReadonlyMap<string, Buffer>;

  private constructor(place: BackupPlace, manifest: Manifest, objects: ReadonlyMap<string, Buffer>) {
    this.place = place;
    this.manifest = manifest;
    this.objects = objects;
  }

  static async read(
    vault: TestVault,
    backup: { place: BackupPlace; manifest: Manifest },
  ): Promise<GoodBackup> {
    const folder = manifestKey(backup.place).slice(0, -'manifest.json'.length);
    const keys = vault.files().filter((key) => key.startsWith(folder));
    const objects = await Promise.all(
      keys.map(async (key) => [key, await readObject(vault.store, key)] as const),
    );
    return new GoodBackup(backup.place, backup.manifest, new Map(objects));
  }

  get manifestKey(): string {
    return manifestKey(this.place);
  }

  get proofKey(): string {
    return proofKey(this.place);
  }

  bytes(key: string): Buffer {
    const found = this.objects.get(key);
    if (!found) throw new Error(`no ${key}`);
    return found;
  }

  copy(): ArchiveCopy {
    return new ArchiveCopy(new MemoryStore(this.objects), this);
  }
}
