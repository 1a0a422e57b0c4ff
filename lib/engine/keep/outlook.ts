import { isSafetySource, manifestKey } from '../archive/keys.ts';
import {
  type BackupFilter,
  type ListOptions,
  listBackups,
  momentOf,
  nameOfBackup,
  type SealedBackup,
} from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Anchor, newerAnchor } from './anchors.ts';
import { nextMidnight } from './expiry.ts';
import { type ExpiryMarks, expiryMarksOf } from './expiry-marks.ts';
import { findAnchor } from './find-anchors.ts';
import { allowedBy, ifAllowed, readVaultRules, type VaultRules } from './vault-rules.ts';

/** When a backup will go, or why it stays. */
export type Outlook =
  /** Something newer is proven. The keeper marks it when its class's days are over, and S3 removes it from `at` on. */
  | { readonly state: 'expires'; readonly at: Date }
  /** It is marked. S3 removes it from `at` on, usually within a day. */
  | { readonly state: 'going'; readonly at: Date }
  /** A rule of the bucket deletes it by its age, whether there is a newer one or not. */
  | { readonly state: 'expires-by-age'; readonly at: Date }
  /** In a vault of one's own: `lifeboat prune` with its default days lets it go from `at` on, and nothing else does. */
  | { readonly state: 'prunable'; readonly at: Date }
  | { readonly state: 'kept'; readonly reason: KeptReason };

export const KEPT_REASONS = ['newest', 'nothing-newer', 'on-hold', 'unreadable', 'no-rule'] as const;
/**
 * `newest`: the newest proven backup of its source (or the newest full one, if nobody drills the source).
 * `nothing-newer`: no newer backup is proven. `no-rule`: no rule of the bucket concerns it.
 */
export type KeptReason = (typeof KEPT_REASONS)[number];

export interface OutlookRequest {
  readonly store: ObjectStore;
  readonly backups: readonly SealedBackup[];
  /** What `backups` were chosen by. The newest proven backup may be among the others. */
  readonly filter: BackupFilter;
  readonly isReadable: (backup: SealedBackup) => boolean;
  readonly now: Date;
  readonly options: ListOptions;
}

const REQUESTS_AT_ONCE = 8;

/**
 * Says of each backup, by its name, when it will go. It asks the bucket's rules, so it is true for any bucket. Undefined
 * if nothing is known about the rules, or if there are none. A backup is absent if nothing is known about it.
 */
export async function readOutlooks(request: OutlookRequest): Promise<Map<string, Outlook> | undefined> {
  const { store, backups, options } = request;
  const rules = backups.length === 0 ? undefined : await readVaultRules(store, options);
  if (!rules || rules.rules.length === 0) return undefined;
  const look: Look = {
    ...{ request, rules, marks: expiryMarksOf(store) },
    anchors: await anchorsOf({
      ...{ store, options, undrilled: rules.undrilled },
      backups: await othersOf(request),
    }),
    // The vault's time, from its answers.
    now: new Date(request.now.getTime() - (store.clockAheadMs ?? 0)),
  };
  const found = await inParallel(backups, REQUESTS_AT_ONCE, async (backup) => {
    const outlook = await outlookOf(look, backup);
    return outlook ? [[nameOfBackup(backup.place), outlook] as const] : [];
  });
  return new Map(found.flat());
}

interface Look {
  readonly request: OutlookRequest;
  readonly rules: VaultRules;
  readonly marks: ExpiryMarks | undefined;
  readonly anchors: ReadonlyMap<string, Anchor>;
  readonly now: Date;
}

async function outlookOf(look: Look, backup: SealedBackup): Promise<Outlook | undefined> {
  const { rules, anchors, now, request } = look;
  const { place, sealedAt } = backup;
  const allowed = allowedBy(rules.rules, place, sealedAt);
  if (!allowed) return { state: 'kept', reason: 'no-rule' };
  const at = nextMidnight(new Date(Math.max(allowed.at.getTime(), now.getTime())));
  if (allowed.byAge) return { state: 'expires-by-age', at };
  if (await asked(look, (marks, options) => marks.isMarked(manifestKey(place), options)))
    return { state: 'going', at };
  if (!request.isReadable(backup)) return { state: 'kept', reason: 'unreadable' };
  if (!newerAnchor(place.source, momentOf(place, sealedAt), anchors)) {
    const anchor = anchors.get(place.source);
    if (anchor && nameOfBackup(anchor.place) === nameOfBackup(place))
      return { state: 'kept', reason: 'newest' };
    // Without the bucket's tags nobody knows whether a sealed backup is enough for this source.
    return rules.undrilled || anchor ? { state: 'kept', reason: 'nothing-newer' } : undefined;
  }
  if (await asked(look, (marks, options) => marks.isHeld(manifestKey(place), options)))
    return { state: 'kept', reason: 'on-hold' };
  return { state: 'expires', at };
}

/** False if the caller may not know. */
async function asked(
  { marks, request }: Look,
  ask: (marks: ExpiryMarks, options: ListOptions) => Promise<boolean>,
): Promise<boolean> {
  if (!marks) return false;
  return (await ifAllowed(request.options, () => ask(marks, request.options))) ?? false;
}

export interface AnchorsRequest {
  readonly store: ObjectStore;
  readonly backups: readonly SealedBackup[];
  readonly undrilled: ReadonlySet<string> | undefined;
  readonly options: ListOptions;
}

/** The anchors among these backups, by source, for somebody who may not be allowed to ask what is marked. */
export async function anchorsOf(request: AnchorsRequest): Promise<Map<string, Anchor>> {
  const { store, backups, undrilled, options } = request;
  const marks = expiryMarksOf(store);
  const sources = [...new Set(backups.map(({ place }) => place.source))];
  const found = await inParallel(sources, REQUESTS_AT_ONCE, async (source) => {
    const anchor = await findAnchor({
      ...{ store, options },
      backups: backups.filter(({ place }) => place.source === source),
      isUndrilled: undrilled?.has(source) ?? false,
      ...(marks && {
        marks: {
          ...marks,
          isMarked: async (key) => (await ifAllowed(options, () => marks.isMarked(key, options))) ?? false,
        },
      }),
    });
    return anchor ? [[source, anchor] as const] : [];
  });
  return new Map(found.flat());
}

/** The backups that may decide about the listed ones: of the same sources in all classes, or all of the vault. */
export async function othersOf({
  store,
  backups,
  filter,
  options,
}: OutlookRequest): Promise<readonly SealedBackup[]> {
  const { source, retentionClass, ids } = filter;
  if (source === undefined && retentionClass === undefined && ids === undefined) return backups;
  const hasSafety = backups.some(({ place }) => isSafetySource(place.source));
  if (retentionClass === undefined && ids === undefined && !hasSafety) return backups;
  const wider = hasSafety ? {} : { source };
  return (await listBackups(store, wider, options)).backups;
}
