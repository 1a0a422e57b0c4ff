import { attemptPrefix, manualBackupId, newAttempt } from '../archive/keys.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Finding, Findings } from './finding.ts';

/** More than one part of an upload, so that it has to be begun as an upload of parts. */
const PROBE_BYTES = 9 * 1024 * 1024;
const PROBE_PIECE_BYTES = 1024 * 1024;

/** Ends the probe before it is an object. */
class EndOfProbe extends Error {}

export interface VaultFindingsRequest {
  readonly store: ObjectStore;
  /** The name under which backups are to be made from here; undefined: who only restores need not write. */
  readonly writesAs: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export async function vaultFindings(request: VaultFindingsRequest): Promise<Finding[]> {
  const { store, writesAs, signal } = request;
  const refusal = await list(request);
  // The role of a backup may write and not list: nobody is asked to give it more than it needs.
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
    `${store.url} may not be listed with these credentials, so its backups were not looked at. To make backups that is enough.`,
    'To see, drill and restore them use others: the role that the stack calls RestoreRole, or any with s3:ListBucket and s3:GetObject.',
  );
}

async function probe({ store, writesAs, now, signal }: VaultFindingsRequest): Promise<Finding> {
  const findings = new Findings('vault', 'vault-writable');
  try {
    await probeWriting(store, writesAs ?? 'doctor', now(), signal);
    return findings.ok('It can be written to (an upload was begun, and taken back).');
  } catch (error) {
    const refused = findings.error(error);
    if (writesAs !== undefined) return refused;
    if (!isDenial(error)) return { ...refused, verdict: 'warning' };
    return findings.warning(
      'These credentials may read it and not write to it: enough to see, verify, drill and restore, but not to make backups.',
      'Nothing, unless backups are to be made from here: that takes s3:PutObject and s3:AbortMultipartUpload (a directory: write permission).',
    );
  }
}

/**
 * Begins an upload of a backup's kind and lets it fail before it is complete: that takes the permissions and the key that
 * a backup takes, and leaves nothing. A small object could not be taken away again, for a vault does not delete.
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
