import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { type BackupPlace, manualBackupId } from '../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../lib/engine/archive/manifest.ts';
import { type BackupRequest, backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { type ObjectStore, readObject } from '../../lib/engine/storage/object-store.ts';

/** A vault in a temporary directory. */
export interface TestVault {
  readonly directory: string;
  readonly store: ObjectStore;
  /** Keys of all files, temporary ones included. */
  files(): string[];
  remove(): void;
}

export async function testVault(): Promise<TestVault> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-vault-'));
  const store = await openDirectoryStore(directory);
  return {
    directory,
    store,
    files: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function newPlace(source = 'test'): BackupPlace {
  return { retentionClass: 'manual', source, backupId: manualBackupId(new Date()) };
}

/** Backs a database up into the vault, by several sessions however small it is; throws unless it was sealed. */
export async function takeBackup(
  url: string,
  vault: Pick<TestVault, 'store'>,
  options: Partial<BackupRequest> = {},
): Promise<{ place: BackupPlace; manifest: Manifest }> {
  const settings = connectionSettings(url);
  const result = await backup({ settings, store: vault.store, place: newPlace(), jobs: 4, ...options });
  if (result.outcome !== 'sealed') throw new Error(`the backup was not sealed: ${result.outcome}`);
  return result;
}

/** The COPY text of a table, as the backup holds it. */
export async function copyTextOf(
  vault: Pick<TestVault, 'store'>,
  manifest: Manifest,
  schema: string,
  name: string,
): Promise<Buffer> {
  const table = manifest.tables.find((one) => one.schema === schema && one.name === name);
  if (!table) throw new Error(`${schema}.${name} is not in the manifest`);
  const pieces: Buffer[] = [];
  for (const { key, part } of table.chunks) {
    const text = zstdDecompressSync(await readObject(vault.store, key));
    pieces.push(part ? text.subarray(part.from, part.to) : text);
  }
  return Buffer.concat(pieces);
}
