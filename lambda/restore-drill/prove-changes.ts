import { tmpdir } from 'node:os';
import type { Context } from 'aws-lambda';
import type { ChangeProof } from '../../lib/engine/archive/changes/change-proof.ts';
import type { BackupPlace } from '../../lib/engine/archive/keys.ts';
import { readManifestFile } from '../../lib/engine/archive/read-manifest.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { proveChanges } from '../../lib/engine/prove/prove-changes.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { withIdentities } from '../../lib/engine/storage/with-identities.ts';
import { freeDiskBytes } from '../../lib/engine/target/disk-room.ts';
import { reportFailure } from '../shared/report-failure.ts';
import { STOP_BEFORE_END_MS, withinTime } from '../shared/time-limit.ts';
import type { IdentitySecret } from './identity-secret.ts';
import { whyTooLarge } from './where-to-drill.ts';

export interface ProofOrder {
  readonly store: ObjectStore;
  readonly identity: IdentitySecret;
  /** The backup that was drilled. */
  readonly place: BackupPlace;
  readonly keepsProof: boolean;
}

/** Differing tables that an answer names. */
const MOST_NAMED = 20;

/** What a drill says of the changes between the backup before and its own. */
export type ChangesAnswer =
  | {
      readonly verdict: 'proven' | 'failed';
      readonly base: string;
      readonly transactions: number;
      readonly changes: number;
      readonly tables: number;
      readonly durationSeconds: number;
      readonly differences: ReadonlyArray<{ readonly table: string; readonly reason: string }>;
    }
  /** No captured changes lead from a backup before to this one. */
  | { readonly verdict: 'none' }
  /** The function has no room or no time for the rows of a backup. */
  | { readonly verdict: 'too-large'; readonly why: readonly string[] }
  | { readonly verdict: 'unfinished'; readonly code: string; readonly why: string };

/**
 * Proves the changes of a backup in the time that is left. Never throws: the backup itself was drilled before, and what is
 * wrong with its changes must not look as if the backup were.
 */
export async function proveWithinTime(
  { store, identity, place, keepsProof }: ProofOrder,
  doing: string,
  context: Context,
): Promise<ChangesAnswer> {
  try {
    return await withinTime(context, timeUp(doing), async (signal) => {
      const { manifest } = await readManifestFile(store, place, { signal });
      // The backup before, which is restored, is about as large.
      const why = whyTooLarge(manifest, {
        freeBytes: await freeDiskBytes(tmpdir()),
        remainingMs: context.getRemainingTimeInMillis() - STOP_BEFORE_END_MS,
      });
      if (why.length > 0) return { verdict: 'too-large', why };
      const proof = await identity.use(signal, (identities) =>
        proveChanges({ store: withIdentities(store, identities), place, keepsProof, signal }),
      );
      return proof ? answerOf(proof) : { verdict: 'none' };
    });
  } catch (error) {
    const { code, what } = reportFailure(error, `${doing}, in its part about the changes,`);
    return { verdict: 'unfinished', code, why: what };
  }
}

function answerOf({ verdict, base, transactions, changes, tables, durationMs }: ChangeProof): ChangesAnswer {
  const differences = tables.flatMap(({ name, reason = '', verdict: found }) =>
    found === 'differs' ? [{ table: name, reason }] : [],
  );
  return {
    ...{ verdict, base, transactions, changes },
    tables: tables.length,
    durationSeconds: durationMs / 1000,
    differences: differences.slice(0, MOST_NAMED),
  };
}

function timeUp(doing: string): LifeboatError {
  return new LifeboatError({
    code: 'changes-proof-time-up',
    kind: 'interrupted',
    what: `${doing} could not replay the captured changes within the time limit of a function.`,
    meaning: 'The backup itself was drilled. Its changes are neither proven nor refuted.',
    remedy:
      'Drill after each backup (drillAfterBackup), so that there are fewer changes between two; raise drillSize.memoryMb; or run `lifeboat drill` on a machine.',
  });
}
