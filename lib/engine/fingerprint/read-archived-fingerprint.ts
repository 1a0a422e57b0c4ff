import type { Manifest } from '../archive/manifest.ts';
import { readFileOf } from '../archive/read-stored.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Fingerprint } from './fingerprint.ts';
import { parseFingerprint } from './serialize-fingerprint.ts';

/**
 * Reads the fingerprint of a sealed backup. Throws `object-damaged` and the errors of
 * {@link parseFingerprint}.
 */
export async function readArchivedFingerprint(
  store: ObjectStore,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<Fingerprint> {
  const bytes = await readFileOf(store, manifest, 'fingerprint', signal);
  return parseFingerprint(bytes ?? Buffer.alloc(0), 'fingerprint.json.zst');
}
