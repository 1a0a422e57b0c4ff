import type { DrillReport } from '../archive/drill-report.ts';
import { manifestKey } from '../archive/keys.ts';
import { lastScrubs } from '../archive/last-scrubs.ts';
import { type ListOptions, momentOf, nameOfBackup } from '../archive/listing.ts';
import type { ScrubRecord } from '../archive/scrub-record.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { expiryMarksOf } from '../keep/expiry-marks.ts';
import { type Outlook, type OutlookRequest, readOutlooks } from '../keep/outlook.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkProof } from '../verify/check-proof.ts';
import type { ManifestMemory } from '../watch/manifest-memory.ts';
import { byMoment, type SealedManifest, sealedManifests } from '../watch/sealed-manifests.ts';
import type { StatusBackup } from './vault-status.ts';

/** Requests that run at the same time: they wait, and compute little. */
const REQUESTS_AT_ONCE = 8;

export interface BackupsRequest {
  readonly store: ObjectStore;
  readonly source: string;
  readonly memory: ManifestMemory;
  readonly now: Date;
  readonly readOnesOwn: ReadOutlooks | undefined;
  readonly options: ListOptions;
}

/** Says when the backups of a vault expire in which no rule of the storage does it. */
export type ReadOutlooks = (request: OutlookRequest) => Promise<Map<string, Outlook> | undefined>;

export interface ReadBackups {
  /** Newest first. */
  readonly backups: readonly StatusBackup[];
  /** The report of the drill that ended last. */
  readonly lastDrill: DrillReport | undefined;
}

/** Reads all backups of a source: manifests, proofs, records of scrubs, holds, and when each expires. Never a row. */
export async function readBackups(request: BackupsRequest): Promise<ReadBackups> {
  const { store, source, memory, options } = request;
  const sealed = byMoment(await sealedManifests(store, source, options));
  memory.keepOnly(sealed);
  let lastDrill: DrillReport | undefined;
  const read = await inParallel(sealed, REQUESTS_AT_ONCE, async (one) => {
    const facts = await memory.factsOf(store, one, options);
    const proof = facts && (await checkProof(store, one.place, facts.sha256, options));
    const report = proof?.report;
    // Reports of many tables are large, so only one is kept.
    if (report && (!lastDrill || report.finishedAt > lastDrill.finishedAt)) lastDrill = report;
    const ofProof = proof && !report ? `${proof.item.name} ${proof.item.problem}.` : undefined;
    return { one, facts, report: report && summaryOf(report), problem: memory.problemOf(one) ?? ofProof };
  });
  const damaged = new Set(read.flatMap(({ one, facts }) => (facts ? [] : [nameOfBackup(one.place)])));
  const proven = new Set(read.flatMap(({ one, report }) => (report ? [nameOfBackup(one.place)] : [])));
  const [outlooks, scrubs] = await Promise.all([
    readExpiry(request, sealed, { damaged, proven }),
    unlessUnknown(
      options,
      lastScrubs(
        store,
        sealed.map(({ place }) => place),
        options,
      ),
    ),
  ]);
  const marks = expiryMarksOf(store);
  const backups = await inParallel(read, REQUESTS_AT_ONCE, async ({ one, facts, report, problem }) => {
    const { place, sealedAt } = one;
    const name = nameOfBackup(place);
    const isHeld = marks && (await unlessUnknown(options, marks.isHeld(manifestKey(place), options)));
    const scrub: ScrubRecord | undefined = scrubs?.get(name);
    return {
      ...{ name, place, sealedAt, at: new Date(momentOf(place, sealedAt)) },
      ...{ contents: facts, proof: report, problem, outlook: outlooks?.get(name), isHeld, scrub },
    };
  });
  return { backups, lastDrill };
}

function summaryOf({ verdict, finishedAt, recoveryTimeMs }: DrillReport) {
  return { verdict, finishedAt: new Date(finishedAt), recoveryMs: recoveryTimeMs };
}

/** As `lifeboat list` says it. */
async function readExpiry(
  { store, source, now, readOnesOwn, options }: BackupsRequest,
  sealed: readonly SealedManifest[],
  { damaged, proven }: { readonly damaged: ReadonlySet<string>; readonly proven: ReadonlySet<string> },
): Promise<ReadonlyMap<string, Outlook> | undefined> {
  const asked: OutlookRequest = {
    ...{ store, filter: { source }, now, options },
    backups: sealed.map((one) => ({ ...one, hasProof: proven.has(nameOfBackup(one.place)), attempts: [] })),
    isReadable: ({ place }) => !damaged.has(nameOfBackup(place)),
  };
  const byRules = await unlessUnknown(options, readOutlooks(asked));
  return byRules ?? (readOnesOwn && (await unlessUnknown(options, readOnesOwn(asked))));
}

/** Undefined if the vault does not say: whether backups are there matters more than when they expire. */
export async function unlessUnknown<T>({ signal }: ListOptions, asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}
