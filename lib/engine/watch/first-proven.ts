import type { DrillReport } from '../archive/drill-report.ts';
import { proofKey } from '../archive/keys.ts';
import type { ListOptions } from '../archive/listing.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkProof } from '../verify/check-proof.ts';
import type { ManifestFacts, ManifestMemory } from './manifest-memory.ts';
import type { SealedManifest } from './sealed-manifests.ts';

/** A look into a vault, and what it has found not to count. */
export interface Look {
  readonly store: ObjectStore;
  readonly options: ListOptions;
  readonly memory: ManifestMemory;
  readonly problems: string[];
}

export interface Proof {
  /** When it was written, by the vault's clock. */
  readonly keptAt: Date;
  readonly report: DrillReport;
}

/** The newest full backup that has a valid proof; `sealed` is in that order. */
export async function firstProven(
  look: Look,
  sealed: readonly SealedManifest[],
): Promise<(ManifestFacts & { readonly proof: Proof }) | undefined> {
  const { store, memory, options } = look;
  for (const one of sealed) {
    // The smaller request first: most backups have no proof, and then the manifest need not be read.
    const kept = await store.head(proofKey(one.place), options);
    if (!kept) continue;
    const facts = await memory.factsOf(store, one, options);
    const report = facts?.scope === 'full' ? await reportThatProves(look, facts) : undefined;
    if (facts && report) return { ...facts, proof: { keptAt: kept.lastModified, report } };
  }
  return undefined;
}

/** The report of a valid proof: it must be undamaged, name this manifest, and be of a drill that passed. */
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

/** When a backup was sealed: by the vault, or by its manifest if that says earlier and is believed. */
export function sealedSince({ sealed, writtenAt }: ManifestFacts, mayHoldCopies: boolean): Date {
  return mayHoldCopies && writtenAt < sealed.sealedAt ? writtenAt : sealed.sealedAt;
}
