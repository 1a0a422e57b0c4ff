import { listed } from '../archive/codec/open-encrypted.ts';
import type { BackupPlace } from '../archive/keys.ts';
import { backupFolders, nameOfBackup, sealedNewestFirst } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { readFileOf } from '../archive/read-stored.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Finding, Findings } from './finding.ts';

/** So many of the backups before the newest are asked whether they were encrypted. */
const LOOKED_AT_BEFORE = 3;

/**
 * Says to whom the newest backup is encrypted, whether the given identity opens it, and whether it is plain
 * though those before it are encrypted. Empty if nothing is encrypted.
 */
export async function encryptionFindings(
  source: string,
  newest: BackupPlace,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<Finding[]> {
  const manifest = await readManifest(store, newest, { signal });
  const { encryption } = manifest;
  if (!encryption) return await plainFindings(source, newest, store, signal);
  const { recipients } = encryption;
  return [
    new Findings('backups', 'encryption').ok(
      `The newest backup of ${source} is encrypted to ${listed(recipients)}. Whoever loses the secret keys of all these recipients has lost the backups.`,
    ),
    await identityFinding(manifest, store, signal),
  ];
}

/** Decrypts the smallest object that is needed to tell. */
async function identityFinding(
  manifest: Manifest,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<Finding> {
  const findings = new Findings('backups', 'identity');
  const name = nameOfBackup(manifest);
  if (!store.identities) {
    return findings.skipped(
      `No age identity was given, so it was not checked that ${name} can be opened.`,
      'Try it now and then, with the key that you would use in an emergency: `lifeboat doctor --identity key.txt`.',
    );
  }
  try {
    await readFileOf(store, manifest, 'roles', signal);
    return findings.ok(`The given age identity opens ${name}.`);
  } catch (error) {
    signal.throwIfAborted();
    return findings.error(error);
  }
}

/** A setting that somebody removed is not seen in a backup that works. */
async function plainFindings(
  source: string,
  newest: BackupPlace,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<Finding[]> {
  const folders = await backupFolders(store, { source }, { signal });
  let seen = 0;
  for await (const place of sealedNewestFirst(store, folders, { signal })) {
    if (nameOfBackup(place) === nameOfBackup(newest)) continue;
    const before = await readManifest(store, place, { signal }).catch((error: unknown) => {
      // Damage is another check's finding.
      if (error instanceof LifeboatError && error.kind === 'verification') return undefined;
      throw error;
    });
    if (before?.encryption) {
      return [
        new Findings('backups', 'encryption').warning(
          `The newest backup of ${source} is not encrypted, though ${nameOfBackup(place)} before it is.`,
          'If nobody meant to change that, put the recipients back: `lifeboat backup --age-recipient age1…`, or ageRecipients in bin/environments.ts.',
        ),
      ];
    }
    seen += 1;
    if (seen >= LOOKED_AT_BEFORE) break;
  }
  return [];
}
