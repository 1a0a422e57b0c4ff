import { backupsBefore } from '../archive/backups-before.ts';
import { type Deviation, deviationOf } from '../archive/deviation.ts';
import type { BackupPlace } from '../archive/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { ageSeconds } from './age.ts';
import { egressOfAMonth } from './egress-rate.ts';
import { firstProven, type Look, type Proof, sealedSince } from './first-proven.ts';
import { type ManifestFacts, ManifestMemory } from './manifest-memory.ts';
import { newestComplete } from './newest-complete.ts';
import { byMoment, type SealedManifest, sealedManifests } from './sealed-manifests.ts';

export interface LookRequest {
  readonly store: ObjectStore;
  readonly source: string;
  /** Since when backups (and drills) are due: the age counts from here as long as the vault has none. */
  readonly backupsDueSince: Date;
  readonly drillsDueSince: Date;
  readonly now: Date;
  /**
   * Whether backups may have been copied into the vault. Then their own times order them and give their age, unless
   * the vault's date is earlier. The writer of a backup chooses these times, so an alarm must not believe them.
   * @default false
   */
  readonly mayHoldCopies?: boolean;
  /** The manifests that earlier looks at this source have read. */
  readonly memory?: ManifestMemory;
  readonly signal?: AbortSignal;
}

/** The state of one source as the vault shows it, whatever the jobs reported. */
export interface SourceReading {
  /** Since the newest sealed full backup that is complete; at least 0, because two clocks are compared. */
  readonly backupAgeSeconds: number;
  /** Since the newest full backup that a drill has proven was sealed, not since the drill. */
  readonly provenAgeSeconds: number;
  readonly newestFull: BackupPlace | undefined;
  /** When it was sealed; undefined if there is none. */
  readonly fullSealedAt: Date | undefined;
  readonly provenSealedAt: Date | undefined;
  readonly newestProven: BackupPlace | undefined;
  /** The proof of `newestProven`, whichever machine wrote it. */
  readonly newestProof: Proof | undefined;
  /** The disk space that a drill of the newest full backup needs; undefined if there is none. */
  readonly drillDiskBytes: number | undefined;
  /** How the newest full backup deviates from earlier ones of its class; undefined if fewer than three. */
  readonly deviation: Deviation | undefined;
  /** The size of all sealed backups; undefined until some look has read the last manifest. */
  readonly storageBytes: number | undefined;
  /** COPY text that leaves the host in a month; undefined as long as `storageBytes` is. */
  readonly egressBytes: number | undefined;
  /** Manifests and proofs in the vault that do not count, a sentence each. */
  readonly problems: readonly string[];
}

/** The most manifests that one look reads only to add up their sizes. */
const MOST_READ_FOR_SIZE = 100;

/**
 * Reads what the vault holds of one source: delimiter listings, manifests and proofs, never a row. Rejects if
 * the vault cannot be read; then no age is known, and none should be published.
 */
export async function lookAtSource(request: LookRequest): Promise<SourceReading> {
  const { store, source, now, memory = new ManifestMemory() } = request;
  const options = request.signal ? { signal: request.signal } : {};
  const { mayHoldCopies = false } = request;
  const dated = await sealedManifests(store, source, options);
  const sealed = mayHoldCopies ? byMoment(dated) : dated;
  memory.keepOnly(sealed);
  const look: Look = { store, options, memory, problems: [] };

  const newestFull = await newestComplete(look, sealed);
  const newestProven = await firstProven(look, sealed);
  const deviation = newestFull && (await deviationFrom(look, newestFull, sealed));
  const sizes = await sizesOf(look, sealed);
  const sealedAt = (facts: ManifestFacts | undefined) => facts && sealedSince(facts, mayHoldCopies);
  return {
    backupAgeSeconds: ageSeconds(now, sealedAt(newestFull), request.backupsDueSince),
    provenAgeSeconds: ageSeconds(now, sealedAt(newestProven), request.drillsDueSince),
    newestFull: newestFull?.sealed.place,
    fullSealedAt: sealedAt(newestFull),
    provenSealedAt: sealedAt(newestProven),
    newestProven: newestProven?.sealed.place,
    newestProof: newestProven?.proof,
    drillDiskBytes: newestFull?.drillDiskBytes,
    deviation,
    storageBytes: sizes?.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    egressBytes: sizes && egressOfAMonth(sizes, now),
    problems: [...memory.problems(), ...look.problems],
  };
}

async function deviationFrom(
  { store, memory, options }: Look,
  newest: ManifestFacts,
  sealed: readonly SealedManifest[],
): Promise<Deviation | undefined> {
  const before = await backupsBefore(newest.sealed.place, sealed, (one) =>
    memory.factsOf(store, one, options),
  );
  return deviationOf(newest, before);
}

interface Sizes {
  readonly sealedAt: Date;
  readonly storedBytes: number;
  readonly rawBytes: number;
}

/** Reads one manifest after the other: one of 10,000 tables takes some tens of megabytes while it is read. */
async function sizesOf(
  { store, memory, options }: Look,
  sealed: readonly SealedManifest[],
): Promise<Sizes[] | undefined> {
  let mayRead = MOST_READ_FOR_SIZE;
  const sizes: Sizes[] = [];
  for (const one of sealed) {
    if (!memory.knows(one)) mayRead -= 1;
    if (mayRead < 0) return undefined;
    const facts = await memory.factsOf(store, one, options);
    if (facts)
      sizes.push({ sealedAt: one.sealedAt, storedBytes: facts.storedBytes, rawBytes: facts.rawBytes });
  }
  return sizes;
}
