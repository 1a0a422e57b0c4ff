import { type BackupPlace, manifestKey } from '../../archive/keys.ts';
import {
  type ListOptions,
  listBackups,
  momentOf,
  nameOfBackup,
  type SealedBackup,
  type VaultListing,
} from '../../archive/listing.ts';
import { missingObjects, nameMissing } from '../../archive/missing-objects.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { storedObjects } from '../../archive/stored-objects.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { ObjectMissingError, type ObjectStore } from '../../storage/object-store.ts';
import type { Anchor } from '../anchors.ts';
import { findUnneededChanges, type UnneededChanges } from '../changes/unneeded-changes.ts';
import { expiryOf, type KeptDays } from '../expiry.ts';
import { findAnchor } from '../find-anchors.ts';
import { type Guards, guardsOf } from './guards.ts';
import { keptSince } from './kept-since.ts';
import { type FolderContents, lookAtFolder } from './unsealed-folder.ts';

export interface PlanRequest {
  readonly store: ObjectStore;
  readonly days: KeptDays;
  /** Whether a sealed backup counts as one that is proven, because nobody drills here. */
  readonly undrilled: boolean;
  /** Only what belongs to this source. @default all */
  readonly source?: string | undefined;
  readonly now: Date;
  readonly options: ListOptions;
}

export const STAY_REASONS = [
  'young',
  'newest',
  'nothing-newer',
  'on-hold',
  'locked',
  'marked',
  'unreadable',
  'not-empty',
] as const;
/**
 * `young`: the days of its class are not over. `newest`: the newest backup of its source that counts. `nothing-newer`:
 * nothing newer counts. `marked`: it has the mark of a keeper. `unreadable`: its manifest cannot be trusted.
 * `not-empty`: only files that are not Lifeboat's are left in the folder.
 */
export type StayReason = (typeof STAY_REASONS)[number];

/** What becomes of one folder of the vault, and why. */
export interface PruneVerdict {
  readonly place: BackupPlace;
  /** `rows-copy`: what rows were before a restore changed them. */
  readonly kind: 'backup' | 'remnant' | 'rows-copy';
  readonly goes: boolean;
  /** Null if it goes. */
  readonly reason: StayReason | null;
  /** When the days of its class are or were over. */
  readonly daysAreOverAt: Date | null;
  /** The newer backup that lets it go. */
  readonly newer: BackupPlace | null;
  /** Until when it is locked, or what is wrong with its manifest. */
  readonly detail: string | null;
  /** What it takes in the vault; null if it stays, or if it has no manifest. */
  readonly storedBytes: number | null;
}

export interface PrunePlan {
  /** Newest first; backups, then remnants, then safety copies of rows. */
  readonly verdicts: readonly PruneVerdict[];
  /** Captured changes that none of the backups that stay needs. */
  readonly changes: readonly UnneededChanges[];
  /** Sentences about what cannot be trusted. */
  readonly problems: readonly string[];
}

/**
 * Decides about every folder of a vault, by the rule of the stack's keeper: it goes when the days of its class are over
 * and a newer full backup of its source is proven, and for no other reason. Changes nothing. Throws what the store
 * throws: if anything cannot be asked, nothing is decided.
 */
export async function planPrune(request: PlanRequest): Promise<PrunePlan> {
  const { store, source, options } = request;
  const problems: string[] = [];
  // All sources, because a newer backup of any of them counts for safety backups.
  const listing = await listBackups(store, {}, options);
  const guards = guardsOf(store);
  const anchors = await findAnchors(request, listing, guards, problems);
  // The storage's time, from its answers to the listing.
  const now = new Date(request.now.getTime() - (store.clockAheadMs ?? 0));
  const isMeant = (place: BackupPlace) => source === undefined || place.source === source;
  const rule: Rule = { ...request, now, anchors, guards };
  const verdicts: PruneVerdict[] = [];
  for (const backup of listing.backups) {
    if (!isMeant(backup.place)) continue;
    const verdict = await unlessGone(() => aboutBackup(rule, backup));
    if (verdict) verdicts.push(verdict);
  }
  const { unfinished, manifestGone, remnants, rowsCopies } = listing;
  const folders = [
    ...[...unfinished, ...manifestGone, ...remnants].map((place) => ({ place, kind: 'remnant' as const })),
    ...rowsCopies.map((place) => ({ place, kind: 'rows-copy' as const })),
  ];
  for (const { place, kind } of folders) {
    const contents = isMeant(place) ? await lookAtFolder(store, placeOf(place), options) : undefined;
    const verdict = contents && (await unlessGone(() => aboutRemnant(rule, placeOf(place), kind, contents)));
    if (verdict) verdicts.push(verdict);
  }
  const going = new Set(verdicts.flatMap(({ goes, place }) => (goes ? [nameOfBackup(place)] : [])));
  const backups = listing.backups
    .map(({ place }) => place)
    .filter((place) => !going.has(nameOfBackup(place)));
  const changes = await findUnneededChanges({ store, source, backups, now, options });
  return { verdicts, changes: changes.unneeded, problems: [...problems, ...changes.problems] };
}

interface Rule extends PlanRequest {
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly guards: Guards;
}

async function aboutBackup(rule: Rule, { place, sealedAt }: SealedBackup): Promise<PruneVerdict> {
  const { days, anchors, now, guards, store, options } = rule;
  const since = keptSince({ place, sealedAt }, now);
  const folder = { ...place, moment: momentOf(place, sealedAt), keptSince: since };
  const { daysAreOverAt, newer } = expiryOf(folder, days[place.retentionClass], anchors);
  const anchor = anchors.get(place.source);
  const about = { place, kind: 'backup', daysAreOverAt, newer: newer?.place ?? null } as const;
  if (anchor && nameOfBackup(anchor.place) === nameOfBackup(place)) return stays(about, 'newest');
  if (!newer) return stays(about, 'nothing-newer');
  if (daysAreOverAt > now) return stays(about, 'young');
  const guard = await guards.about(place, manifestKey(place), now, options);
  if (guard) return stays(about, guard.reason, guard.detail);
  try {
    const { totals } = await readManifest(store, place, options);
    return goes(about, totals.storedBytes);
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    return stays(about, 'unreadable', error.what);
  }
}

async function aboutRemnant(
  rule: Rule,
  place: BackupPlace,
  kind: 'remnant' | 'rows-copy',
  contents: FolderContents,
): Promise<PruneVerdict> {
  const { days, anchors, now, guards, options } = rule;
  const { own, keptSince, moment } = contents;
  const { daysAreOverAt, newer } = expiryOf(
    { ...place, moment, keptSince },
    days[place.retentionClass],
    anchors,
  );
  const about = { place, kind, daysAreOverAt, newer: newer?.place ?? null } as const;
  const [first] = own;
  if (first === undefined) return stays(about, 'not-empty');
  if (!newer) return stays(about, 'nothing-newer');
  if (daysAreOverAt > now) return stays(about, 'young');
  const guard = await guards.about(place, first, now, options);
  return guard ? stays(about, guard.reason, guard.detail) : goes(about, null);
}

type About = Pick<PruneVerdict, 'place' | 'kind' | 'daysAreOverAt' | 'newer'>;

function goes(about: About, storedBytes: number | null): PruneVerdict {
  return { ...about, goes: true, reason: null, detail: null, storedBytes };
}

function stays(about: About, reason: StayReason, detail: string | null = null): PruneVerdict {
  return { ...about, goes: false, reason, detail, storedBytes: null };
}

/**
 * The newest backup of each source that counts. Where what is deleted does not come back, a backup counts only if all
 * that its manifest names is there.
 */
async function findAnchors(
  { store, undrilled, options }: PlanRequest,
  { backups }: VaultListing,
  guards: Guards,
  problems: string[],
): Promise<Map<string, Anchor>> {
  const anchors = new Map<string, Anchor>();
  for (const [source, ofSource] of Map.groupBy(backups, ({ place }) => place.source)) {
    for (let rest: readonly SealedBackup[] = ofSource; rest.length > 0; ) {
      const anchor = await findAnchor({
        ...{ store, options, marks: guards.marks, isUndrilled: undrilled, backups: rest },
        onProblem: (problem) => problems.push(problem),
      });
      if (!anchor) break;
      const lacks = (await unlessGone(() => missingOf(store, anchor.place, options))) ?? 'its manifest';
      if (lacks === '') {
        anchors.set(source, anchor);
        break;
      }
      problems.push(`${nameOfBackup(anchor.place)} does not count as a backup: it lacks ${lacks}.`);
      const name = nameOfBackup(anchor.place);
      rest = rest.slice(rest.findIndex(({ place }) => nameOfBackup(place) === name) + 1);
    }
  }
  return anchors;
}

/** Empty if all is there. */
async function missingOf(store: ObjectStore, place: BackupPlace, options: ListOptions): Promise<string> {
  const missing = await missingObjects(
    store,
    storedObjects(await readManifest(store, place, options)),
    options,
  );
  return nameMissing(missing);
}

/** Undefined if another run has deleted it since the listing. */
async function unlessGone<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    if (error instanceof LifeboatError && error.code === 'backup-unfinished') return undefined;
    throw error;
  }
}

function placeOf({ retentionClass, source, backupId }: BackupPlace): BackupPlace {
  return { retentionClass, source, backupId };
}
