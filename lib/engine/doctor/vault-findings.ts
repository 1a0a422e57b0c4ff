import { attemptPrefix, manualBackupId, newAttempt } from '../archive/keys.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Finding, Findings } from './finding.ts';

/** Larger than one part, so that the probe begins a multipart upload. */
const PROBE_BYTES = 9 * 1024 * 1024;
const PROBE_PIECE_BYTES = 1024 * 1024;

/** Aborts the probe's upload before it becomes an object. */
class EndOfProbe extends Error {}

export interface VaultFindingsRequest {
  readonly store: ObjectStore;
  /** The name under which backups are made from here; undefined if none are and writing is not needed. */
  readonly writesAs: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export async function vaultFindings(request: VaultFindingsRequest): Promise<Finding[]> {
  const { store, writesAs, signal } = request;
  const refusal = await list(request);
  // The role that makes backups may write but not list, and needs no more permissions.
  if (refusal && !(writesAs !== undefined && isDenial(refusal))) {
    return [new Findings('vault', 'vault-reachable').error(refusal)];
  }
  const written = await probe(request);
  signal.throwIfAborted();
  return [reachable(store, refusal, written), written];
}

async function list({ store, signal }: VaultFindingsRequest): Promise<unknown> {
  try {
    await store.list('', { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error;
  }
}

function reachable(store: ObjectStore, refusal: unknown, written: Finding): Finding {
  const findings = new Findings('vault', 'vault-reachable');
  if (refusal === undefined) return findings.ok(`${store.url} can be listed.`);
  if (written.verdict !== 'ok') return findings.error(refusal);
  return findings.skipped(
    `These credentials may not list ${store.url}, so its backups were not checked. They are enough to make backups.`,
    'To list, drill and restore backups, use other credentials: the role that the stack calls RestoreRole, or any with s3:ListBucket and s3:GetObject.',
  );
}

async function probe({ store, writesAs, now, signal }: VaultFindingsRequest): Promise<Finding> {
  const findings = new Findings('vault', 'vault-writable');
  try {
    await probeWriting(store, writesAs ?? 'doctor', now(), signal);
    return findings.ok('The vault can be written to (an upload was begun and aborted).');
  } catch (error) {
    const refused = findings.error(error);
    if (writesAs !== undefined) return refused;
    if (!isDenial(error)) return { ...refused, verdict: 'warning' };
    return findings.warning(
      'These credentials may read the vault, but not write to it. That is enough to list, verify, drill and restore backups, but not to make them.',
      'Change nothing unless you make backups from here. That needs s3:PutObject and s3:AbortMultipartUpload (in a directory: write permission).',
    );
  }
}

/**
 * Begins an upload like that of a backup and aborts it before it is complete: this needs the permissions and
 * the key that a backup needs, and leaves nothing behind. A small object could not be removed again, because
 * a vault does not delete.
 */
async function probeWriting(
  store: ObjectStore,
  source: string,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const place = { retentionClass: 'manual', source, backupId: manualBackupId(now) } as const;
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

function isDenial(error: unknown): boolean {
  return error instanceof LifeboatError && error.code === 'vault-access-denied';
}
