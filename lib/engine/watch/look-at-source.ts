import { backupsBefore } from '../archive/backups-before.ts';
import { type Deviation, deviationOf } from '../archive/deviation.ts';
import type { DrillReport } from '../archive/drill-report.ts';
import { type BackupPlace, proofKey } from '../archive/keys.ts';
import type { ListOptions } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkProof } from '../verify/check-proof.ts';
import { ageSeconds } from './age.ts';
import { type ManifestFacts, ManifestMemory } from './manifest-memory.ts';
import { type SealedManifest, sealedManifests } from './sealed-manifests.ts';

export interface LookRequest {
  readonly store: ObjectStore;
  readonly source: string;
  /** Since when backups are due, and drills: a source ages from here as long as there is nothing in the vault. */
  readonly backupsDueSince: Date;
  readonly drillsDueSince: Date;
  readonly now: Date;
  /** What earlier looks at this source have read. */
  readonly memory?: ManifestMemory;
  readonly signal?: AbortSignal;
}

/** What the vault shows of one source, whatever any job has said. */
export interface SourceReading {
  /** Since the newest sealed full backup; never less than 0, for two clocks are compared. */
  readonly backupAgeSeconds: number;
  /** Since the newest full backup that a drill has proven was sealed. */
  readonly provenAgeSeconds: number;
  readonly newestFull: BackupPlace | undefined;
  readonly newestProven: BackupPlace | undefined;
  /** The proof of it, by whichever machine it was put there. */
  readonly newestProof: Proof | undefined;
  /** The room on disk that a drill of the newest full backup needs; undefined while there is none. */
  readonly drillDiskBytes: number | undefined;
  /** Of the newest full backup from those before it in its class; undefined while there are fewer than three. */
  readonly deviation: Deviation | undefined;
  /** Of all sealed backups; undefined until every manifest has been read, which may take several looks. */
  readonly storageBytes: number | undefined;
  /** Manifests and proofs that lie there and do not count, a sentence each. */
  readonly problems: readonly string[];
}

export interface Proof {
  /** When the vault says that it was written. */
  readonly keptAt: Date;
  readonly report: DrillReport;
}

/** Manifests that one look reads for nothing but the sum of their sizes. */
const MOST_READ_FOR_SIZE = 100;

/**
 * Looks at what the vault holds of one source: delimiter listings, manifests and proofs, never a row. Rejects when the
 * vault cannot be looked at; then nothing is known, and nobody should be told an age.
 */
export async function lookAtSource(request: LookRequest): Promise<SourceReading> {
  const { store, source, now, memory = new ManifestMemory() } = request;
  const options = request.signal ? { signal: request.signal } : {};
  const sealed = await sealedManifests(store, source, options);
  memory.keepOnly(sealed);
  const look: Look = { store, options, memory, problems: [] };

  const newestFull = await firstFull(look, sealed);
  const newestProven = await firstProven(look, sealed);
  const deviation = newestFull && (await deviationFrom(look, newestFull, sealed));
  const storageBytes = await storedBytesOf(look, sealed);
  return {
    backupAgeSeconds: ageSeconds(now, newestFull?.sealed.sealedAt, request.backupsDueSince),
    provenAgeSeconds: ageSeconds(now, newestProven?.sealed.sealedAt, request.drillsDueSince),
    newestFull: newestFull?.sealed.place,
    newestProven: newestProven?.sealed.place,
    newestProof: newestProven?.proof,
    drillDiskBytes: newestFull?.drillDiskBytes,
    deviation,
    storageBytes,
    problems: [...memory.problems(), ...look.problems],
  };
}

interface Look {
  readonly store: ObjectStore;
  readonly options: ListOptions;
  readonly memory: ManifestMemory;
  readonly problems: string[];
}

async function firstFull(
  { store, memory, options }: Look,
  sealed: readonly SealedManifest[],
): Promise<ManifestFacts | undefined> {
  for (const one of sealed) {
    const facts = await memory.factsOf(store, one, options);
    if (facts?.scope === 'full') return facts;
  }
  return undefined;
}

async function firstProven(
  look: Look,
  sealed: readonly SealedManifest[],
): Promise<(ManifestFacts & { readonly proof: Proof }) | undefined> {
  const { store, memory, options } = look;
  for (const one of sealed) {
    // First the smaller question: most backups have no proof, and their manifests need not be read for it.
    const kept = await store.head(proofKey(one.place), options);
    if (!kept) continue;
    const facts = await memory.factsOf(store, one, options);
    const report = facts?.scope === 'full' ? await reportThatProves(look, facts) : undefined;
    if (facts && report) return { ...facts, proof: { keptAt: kept.lastModified, report } };
  }
  return undefined;
}

/** That there is a proof proves nothing: it has to be whole, about this manifest, and of a drill that passed. */
async function reportThatProves(
  { store, options, problems }: Look,
  facts: ManifestFacts,
): Promise<DrillReport | undefined> {
  const { place } = facts.sealed;
  const proof = await checkProof(store, place, facts.sha256, options);
  if (proof?.item.verdict === 'unreadable') {
    throw new LifeboatError({
      code: 'proof-unreadable',
      kind: 'vault',
      what: `${proof.item.name} in ${store.url} ${proof.item.problem}`,
    });
  }
  if (proof?.item.verdict === 'damaged')
    problems.push(`${proof.item.name} does not count as a proof: it ${proof.item.problem}.`);
  return proof?.report;
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

/** One after the other: a manifest of 10,000 tables takes some tens of megabytes while it is read. */
async function storedBytesOf(
  { store, memory, options }: Look,
  sealed: readonly SealedManifest[],
): Promise<number | undefined> {
  let mayRead = MOST_READ_FOR_SIZE;
  let storedBytes = 0;
  for (const one of sealed) {
    if (!memory.knows(one)) mayRead -= 1;
    if (mayRead < 0) return undefined;
    storedBytes += (await memory.factsOf(store, one, options))?.storedBytes ?? 0;
  }
  return storedBytes;
}
