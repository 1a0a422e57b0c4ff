import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { SOURCE_NAME } from '../../contract/source-names.ts';
import { isReplica } from '../archive/arrival.ts';
import { sourcesWithChanges } from '../archive/changes/epochs.ts';
import { isSafetySource } from '../archive/keys.ts';
import { lastScrubEndedAt } from '../archive/scrub-summary.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { readVaultRules } from '../keep/vault-rules.ts';
import { readIntervals } from '../replay/plan/intervals.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { lookAtSource } from '../watch/look-at-source.ts';
import { ManifestMemory } from '../watch/manifest-memory.ts';
import { concernsOf, worstOf } from './judge-source.ts';
import type { StatusLimits } from './limits.ts';
import { type ReadOutlooks, readBackups, unlessUnknown } from './read-backups.ts';
import type { SourceStatus, VaultStatus } from './vault-status.ts';

export interface StatusRequest {
  readonly store: ObjectStore;
  /** Only this source. @default - all that the vault holds something of, and all of `expected` */
  readonly only?: string | undefined;
  /** The limits of sources that must be there, by name. Others in the vault are no longer backed up. @default - any source may be there */
  readonly expected?: ReadonlyMap<string, StatusLimits> | undefined;
  /** The limits of all others. */
  readonly limits: StatusLimits;
  readonly now: Date;
  /** Whether backups may have been copied into the vault: see {@link lookAtSource}. */
  readonly mayHoldCopies: boolean;
  /** Counts the drills that failed since the last one that passed, at this time. @default - nobody counts them */
  readonly failedDrills?: (source: string, provenAt: Date | undefined) => Promise<number | undefined>;
  /**
   * Says when backups may go in a vault that nobody's rules empty. No function of the stack has such a vault, nor may it
   * reach what deletes. @default - nobody knows
   */
  readonly readOnesOwn?: ReadOutlooks;
  /** What earlier looks have read, by source. */
  readonly memories?: Map<string, ManifestMemory>;
  readonly signal: AbortSignal;
}

const SOURCES_AT_ONCE = 2;
const LISTINGS_AT_ONCE = 8;
/** The age counts from the backup itself, not from when one was due. */
const LONG_AGO = new Date(0);

/**
 * Answers for each source of a vault whether it is safe. It reads listings, manifests, proofs, notes and the log of
 * changes. A source that cannot be read is `stale`, and does not keep the others from being judged. Rejects if the
 * vault cannot be listed.
 */
export async function readStatus(request: StatusRequest): Promise<VaultStatus> {
  const { store, only, expected = new Map(), now, signal } = request;
  const options = { signal };
  const withChanges = await sourcesWithChanges(store, signal);
  const names = only === undefined ? await sourcesOf(request, withChanges) : [only];
  const undrilled = (await unlessUnknown(options, readVaultRules(store, options)))?.undrilled;
  const limitsOf = (source: string): StatusLimits => {
    const limits = expected.get(source) ?? request.limits;
    return undrilled?.has(source) || isUnnamed(request, source)
      ? { ...limits, proofSeconds: undefined }
      : limits;
  };
  const sources = await inParallel(names, SOURCES_AT_ONCE, async (source) => {
    try {
      return await readSource(request, source, limitsOf(source), withChanges.includes(source));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LifeboatError)) throw error;
      return unreadable(source, limitsOf(source), error);
    }
  });
  const [newest] = sources.flatMap(({ backups }) => backups.slice(0, 1));
  return {
    ...{ vault: store.url, lookedAt: now, sources },
    state: sources.length === 0 ? 'critical' : worstOf(sources.map(({ state }) => state)),
    isReplica:
      newest !== undefined &&
      ((await unlessUnknown(options, isReplica(store, newest.place, options))) ?? false),
    scrubbedAt: await unlessUnknown(options, lastScrubEndedAt(store, options)),
  };
}

function isUnnamed({ expected }: StatusRequest, source: string): boolean {
  return expected !== undefined && !expected.has(source);
}

/** Backups that a restore makes before it overwrites a database are of no source that anybody protects. */
async function sourcesOf(
  { store, expected = new Map(), signal }: StatusRequest,
  withChanges: readonly string[],
): Promise<string[]> {
  const listed = await inParallel(RETENTION_CLASSES, LISTINGS_AT_ONCE, async (retentionClass) => {
    const { prefixes } = await store.list(`${retentionClass}/`, { signal });
    return prefixes.map((prefix) => prefix.slice(retentionClass.length + 1, -1));
  });
  const named = [...listed.flat(), ...withChanges].filter(
    (name) => SOURCE_NAME.test(name) && !isSafetySource(name),
  );
  return [...new Set([...expected.keys(), ...named])].sort();
}

async function readSource(
  request: StatusRequest,
  source: string,
  limits: StatusLimits,
  hasChanges: boolean,
): Promise<SourceStatus> {
  const { store, now, mayHoldCopies, signal, memories = new Map<string, ManifestMemory>() } = request;
  const options = { signal };
  const memory = memories.get(source) ?? new ManifestMemory();
  memories.set(source, memory);
  // First, and several at once: the look then remembers all manifests, which it would read one after another.
  const { backups, lastDrill } = await readBackups({
    ...{ store, source, memory, now, options },
    readOnesOwn: request.readOnesOwn,
  });
  const reading = await lookAtSource({
    ...{ store, source, memory, now, mayHoldCopies, signal },
    ...{ backupsDueSince: LONG_AGO, drillsDueSince: LONG_AGO },
  });
  const intervals = hasChanges ? await unlessUnknown(options, readIntervals(store, source, signal)) : [];
  const failedDrills =
    limits.proofSeconds === undefined
      ? undefined
      : await unlessUnknown(options, failuresOf(request, source, reading.newestProof?.keptAt));
  const found = {
    ...{ reading, limits, lastDrill, failedDrills, intervals, now },
    isUnnamed: isUnnamed(request, source),
  };
  // The look knows which of the newest lack an object.
  const judged = backups.map((backup) => ({
    ...backup,
    problem: memory.problemOf(backup) ?? backup.problem,
  }));
  const concerns = concernsOf({ ...found, backups: judged });
  return {
    ...{ source, concerns, limits, backups: judged, lastDrill, failedDrills, intervals },
    state: worstOf(concerns.map(({ state }) => state)),
    newestAt: reading.fullSealedAt,
    provenAt: reading.provenSealedAt,
  };
}

async function failuresOf(
  { failedDrills }: StatusRequest,
  source: string,
  provenAt: Date | undefined,
): Promise<number | undefined> {
  return await failedDrills?.(source, provenAt);
}

function unreadable(source: string, limits: StatusLimits, { what }: LifeboatError): SourceStatus {
  return {
    ...{ source, limits, state: 'stale', backups: [], intervals: undefined },
    concerns: [
      {
        kind: 'vault-unreadable',
        state: 'stale',
        what: `Nobody knows, because the vault could not be read: ${what}`,
      },
    ],
    ...{ newestAt: undefined, provenAt: undefined, lastDrill: undefined, failedDrills: undefined },
  };
}
