import { attemptPrefix, manualBackupId, newAttempt } from '../archive/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Finding, Findings } from './finding.ts';

/** More than one part of an upload, so that it has to be begun as an upload of parts. */
const PROBE_BYTES = 9 * 1024 * 1024;
const PROBE_PIECE_BYTES = 1024 * 1024;

/** Ends the probe before it is an object. */
class EndOfProbe extends Error {}

export interface VaultFindingsRequest {
  readonly store: ObjectStore;
  /** Whether backups are to be made from here; who only restores need not write. */
  readonly mustWrite: boolean;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export async function vaultFindings({
  store,
  mustWrite,
  now,
  signal,
}: VaultFindingsRequest): Promise<Finding[]> {
  const [reached, writable] = [
    new Findings('vault', 'vault-reachable'),
    new Findings('vault', 'vault-writable'),
  ];
  try {
    await store.list('', { signal });
  } catch (error) {
    signal.throwIfAborted();
    return [reached.error(error)];
  }
  const found = reached.ok(`${store.url} can be listed.`);
  try {
    await probeWriting(store, now(), signal);
    return [found, writable.ok('It can be written to (an upload was begun, and taken back).')];
  } catch (error) {
    signal.throwIfAborted();
    const refused = writable.error(error);
    return [found, mustWrite ? refused : { ...refused, verdict: 'warning' }];
  }
}

/**
 * Begins an upload of a backup's kind and lets it fail before it is complete: that takes the permissions and the key that
 * a backup takes, and leaves nothing. A small object could not be taken away again, for a vault does not delete.
 */
async function probeWriting(store: ObjectStore, now: Date, signal: AbortSignal): Promise<void> {
  const place = { retentionClass: 'manual', source: 'doctor', backupId: manualBackupId(now) } as const;
  const key = `${attemptPrefix(place, newAttempt())}probe`;
  async function* body() {
    for (let sent = 0; sent < PROBE_BYTES; sent += PROBE_PIECE_BYTES) yield Buffer.alloc(PROBE_PIECE_BYTES);
    throw new EndOfProbe();
  }
  try {
    await store.upload(key, body(), { signal });
  } catch (error) {
    if (!(error instanceof EndOfProbe)) throw error;
  }
}
