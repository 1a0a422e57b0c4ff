import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackupPlace, backupPrefix, manifestKey, proofKey } from '../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { formatSealedJson } from '../../../lib/engine/archive/sealed-json.ts';
import { storedObjects } from '../../../lib/engine/archive/stored-objects.ts';
import { type CopyRequest, copyBackup } from '../../../lib/engine/keep/copy-backup.ts';
import { type ObjectStore, readObject } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { FIXTURE_PLACE } from '../../support/archive-fixture.ts';
import { proofOf } from '../../support/proof-of.ts';
import type { S3Server } from '../../support/s3-server/server.ts';
import type { TestVault } from '../../support/vaults.ts';

export function openAt(server: S3Server, prefix: string): ObjectStore {
  const { endpoint, region, credentials, bucket } = server;
  return openS3Store({ bucket, prefix, endpoint, region, credentials });
}

export function copy(from: ObjectStore, to: ObjectStore, options: Partial<CopyRequest> = {}) {
  const { signal } = new AbortController();
  return copyBackup({ from, to, place: FIXTURE_PLACE, signal, ...options });
}

/** Every object of a sealed backup, manifest and proof included, with its bytes. */
export async function contents(store: ObjectStore, place: BackupPlace): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const folders = [backupPrefix(place)];
  for (const folder of folders) {
    const { objects, prefixes } = await store.list(folder);
    for (const { key } of objects) found.set(key, await readObject(store, key));
    folders.push(...prefixes);
  }
  return found;
}

/** The keys of a copy, sorted: what the manifest names, the manifest, and the proof if there is one. */
export function keysOf(manifest: Manifest, place: BackupPlace, withProof = false): string[] {
  const keys = storedObjects(manifest).map(({ key }) => key);
  return [...keys, manifestKey(place), ...(withProof ? [proofKey(place)] : [])].sort();
}

/** Puts a proof beside a manifest, as a drill does. */
export async function putProof(store: ObjectStore, place: BackupPlace, manifest: Manifest): Promise<void> {
  await store.put(proofKey(place), formatSealedJson(proofOf(manifest)));
}

/** Turns one byte in the middle of a file of a directory vault. */
export function flipByte(vault: Pick<TestVault, 'directory'>, key: string): void {
  const path = join(vault.directory, key);
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
}
