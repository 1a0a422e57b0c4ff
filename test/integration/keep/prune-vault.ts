import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BackupPlace,
  backupPrefix,
  proofKey,
  scheduledBackupId,
} from '../../../lib/engine/archive/keys.ts';
import { listBackups } from '../../../lib/engine/archive/listing.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { missingObjects } from '../../../lib/engine/archive/missing-objects.ts';
import { readManifest } from '../../../lib/engine/archive/read-manifest.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { storedObjects } from '../../../lib/engine/archive/stored-objects.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import type { ObjectStore } from '../../../lib/engine/storage/object-store.ts';
import { writeFixtureArchive } from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';

export const DAY_MS = 86_400_000;

export interface AgedBackup extends Partial<BackupPlace> {
  readonly proven?: boolean;
  readonly scope?: Manifest['scope'];
  /** False for an attempt that never finished. */
  readonly seal?: boolean;
}

/** A vault in a directory, whose files are as old as their ids say. */
export class AgedVault {
  readonly directory = mkdtempSync(join(tmpdir(), 'lifeboat-prune-'));
  readonly store: ObjectStore = openDirectoryStore(this.directory);

  async backup(daysAgo: number, { proven, scope, seal, ...changes }: AgedBackup = {}): Promise<BackupPlace> {
    const slot = new Date(Date.now() - daysAgo * DAY_MS);
    const place = {
      ...({ retentionClass: 'daily', source: 'shop', backupId: scheduledBackupId(slot) } as const),
      ...changes,
    };
    const { manifest } = await writeFixtureArchive(this.store, {
      place,
      ...(seal === undefined ? {} : { seal }),
      edit: (backup) => ({
        ...backup,
        scope: scope ?? backup.scope,
        snapshot: { ...backup.snapshot, takenAt: slot.toISOString() },
      }),
    });
    if (proven) await this.store.put(proofKey(place), formatSealedJson(proofOf(manifest)));
    this.age(place, slot);
    return place;
  }

  age(place: BackupPlace, time: Date): void {
    for (const path of this.filesOf(place)) utimesSync(path, time, time);
  }

  pathOf(place: BackupPlace): string {
    return join(this.directory, backupPrefix(place));
  }

  filesOf(place: BackupPlace): string[] {
    if (!existsSync(this.pathOf(place))) return [];
    return readdirSync(this.pathOf(place), { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
  }

  /** Ids of what is listed, each of which must be whole. */
  async wholeBackups(): Promise<string[]> {
    const { backups } = await listBackups(this.store);
    for (const { place } of backups) {
      const missing = await missingObjects(this.store, storedObjects(await readManifest(this.store, place)));
      if (missing.length > 0) throw new Error(`${backupPrefix(place)} lacks ${missing.length} objects`);
    }
    return backups.map(({ place }) => place.backupId);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
