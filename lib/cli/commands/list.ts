import { Command, Option } from 'commander';
import { LOOKED_AT_MS, type LookAt, readListed } from '../../api/listed-backup.ts';
import { isReplica } from '../../engine/archive/arrival.ts';
import { deletedBackup } from '../../engine/archive/deleted-backups.ts';
import { HOLDS_FOLDER, isRetentionClass, manifestKey, SCRUBS_FOLDER } from '../../engine/archive/keys.ts';
import { lastScrubs } from '../../engine/archive/last-scrubs.ts';
import { type LeftAttempt, measureLeftovers } from '../../engine/archive/leftovers.ts';
import {
  type BackupFilter,
  type ListOptions,
  listBackups,
  momentOf,
  nameOfBackup,
  type VaultListing,
} from '../../engine/archive/listing.ts';
import { idsOf, isInWindow, type TimeWindow } from '../../engine/archive/time-window.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import { inParallel } from '../../engine/ground/in-parallel.ts';
import { expiryMarksOf } from '../../engine/keep/expiry-marks.ts';
import { settleExpired } from '../../engine/keep/left-by-expiry.ts';
import { type OutlookRequest, readOutlooks } from '../../engine/keep/outlook.ts';
import { pruneOutlooks } from '../../engine/keep/prune-outlook.ts';
import { deletedStoreOf } from '../../engine/storage/deleted-store.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { ageSeconds } from '../../engine/watch/age.ts';
import { unreadableSummaryOf } from '../../present/json/backup-summary.ts';
import { expiryOf } from '../../present/json/expiry.ts';
import { scrubSummaryOf } from '../../present/json/scrub-summary.ts';
import { intervalsText } from '../../present/terminal/intervals-text.ts';
import { type ListedBackup, listText } from '../../present/terminal/list-text.ts';
import { timelineText } from '../../present/terminal/timeline-text.ts';
import { type BackupOptions, deletedOption, filterOf, storeOptionsOf } from '../options/backup-reference.ts';
import { classOption, jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { ownZone } from '../options/own-zone.ts';
import { addTimeOptions, windowOf } from '../options/time-options.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';

const MANIFESTS_AT_ONCE = 8;

interface ListCommandOptions extends BackupOptions {
  readonly limit?: number;
  readonly timeline?: boolean;
}

function limitOption(): Option {
  return new Option('--limit <n>', 'only the newest n of them').argParser(wholeNumber(1, 1_000_000));
}

export function listCommand(context: Context): Command {
  const command = new Command('list')
    .summary('list the backups in the vault')
    .description(
      'Lists the backups in the vault, newest first: how old each one is, what it holds, whether a drill has proven it, and when it will expire.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only backups of this source'))
    .addOption(classOption('only backups of this retention class'));
  return addTimeOptions(command)
    .addOption(limitOption())
    .option(
      '--timeline',
      'draw the days of each source: when there is a backup, proven or not, on hold, and where there is none',
    )
    .addOption(deletedOption())
    .addOption(jsonOption())
    .action(async (options: ListCommandOptions) => {
      context.present(
        await context.withVault(
          options.vault,
          (store) => list(context, store, options),
          storeOptionsOf(options),
        ),
      );
    });
}

async function list(
  context: Context,
  store: ObjectStore,
  options: ListCommandOptions,
): Promise<CommandOutcome> {
  const { now, signal } = context;
  const deleted = deletedStoreOf(store);
  const time = now();
  const window = windowOf(options, context);
  const filter = listFilter(options, window);
  const found = limited(await listBackups(store, filter, { signal }), window ? undefined : options.limit);
  const listing = (await unlessUnknown(signal, settleExpired(store, found, time, { signal }))) ?? found;
  const [newest] = listing.backups;
  const looks: LookAt = {
    isReplica: newest !== undefined && (await isReplica(store, newest.place, { signal })),
    since: time.getTime() - LOOKED_AT_MS,
  };
  const all = await inParallel(listing.backups, MANIFESTS_AT_ONCE, async (sealed) => {
    const { summary = unreadableSummaryOf(sealed.place), ...state } = await readListed(
      store,
      sealed,
      looks,
      signal,
    );
    return {
      ...{ ...summary, ...state },
      deletedAt: (await deleted?.deletedAt(manifestKey(sealed.place), { signal }))?.toISOString() ?? null,
      storedAt: sealed.sealedAt.toISOString(),
      momentAt: new Date(momentOf(sealed.place, sealed.sealedAt)).toISOString(),
      ageSeconds: Math.floor(ageSeconds(time, new Date(momentOf(sealed.place, sealed.sealedAt)))),
    };
  });
  const read = chosen(all, window).slice(0, options.limit);
  const damaged = new Set(read.flatMap(({ name, problem }) => (problem === null ? [] : [name])));
  const asked: OutlookRequest = {
    ...{ store, backups: listing.backups, filter, now: time, options: { signal } },
    isReadable: ({ place }) => !damaged.has(nameOfBackup(place)),
  };
  const byRules = await unlessUnknown(signal, readOutlooks(asked));
  const outlooks =
    byRules ??
    // What is deleted already is not waiting for prune.
    (deleted ? undefined : await unlessUnknown(signal, pruneOutlooks(asked)));
  const scrubs = await unlessUnknown(
    signal,
    lastScrubs(
      store,
      listing.backups.map(({ place }) => place),
      { signal },
    ),
  );
  const backups = read.map(
    (backup): ListedBackup => ({
      ...backup,
      expiry: expiryOf(outlooks?.get(backup.name)),
      scrub: scrubSummaryOf(scrubs?.get(backup.name)),
    }),
  );
  const manifestsGone = listing.manifestGone.map(nameOfBackup);
  const rowsCopies = listing.rowsCopies.map(nameOfBackup);
  const open = new Set(listing.unfinished.map(nameOfBackup));
  const leftovers = (await measureLeftovers(store, leftAttempts(listing, read), { signal }))
    // A folder of delete markers alone has nothing left that could be found.
    .filter(({ objects }) => objects !== 0)
    .map(({ place, attempt, ...size }) => ({
      name: nameOfBackup(place),
      attempt,
      besideSealed: !open.has(nameOfBackup(place)),
      ...size,
    }));
  const left = new Set(leftovers.map(({ name }) => name));
  const unfinished = [...open].filter((name) => left.has(name));
  const { elsewhere, strangers, hidden } =
    backups.length > 0 ? NOTHING_ELSE : await whatElse(store, filter, { signal });
  const times = window && {
    ...{ window, zone: ownZone(context) },
    others: backups.length > 0 ? [] : await namesOf(store, filterOf(options), { signal }),
  };
  const zone = ownZone(context);
  if (options.timeline && backups.length > 0) {
    const dated = await withHolds(store, backups, listing, signal);
    const { readIntervals } = await import('../../engine/replay/plan/intervals.ts');
    const intervals = await readIntervals(store, options.name, signal);
    return {
      exitCode: EXIT_CODES.fine,
      json: {
        vault: store.url,
        listedAt: time.toISOString(),
        backups: dated,
        intervals,
        timeZone: zone.name,
      },
      text: (page) => [
        ...timelineText({ backups: dated, zone, now: time }, page),
        ...intervalsText(intervals, page),
      ],
    };
  }
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      ...{ vault: store.url, listedAt: time.toISOString(), backups },
      ...{ unfinished, manifestsGone, leftovers, rowsCopies },
    },
    text: (page) =>
      listText(
        {
          ...{
            vault: store.url,
            backups,
            unfinished,
            manifestsGone,
            leftovers,
            elsewhere,
            strangers,
            hidden,
            times,
          },
          rowsCopies,
          expires: byRules !== undefined,
          limit: options.limit,
          keepsVersions: deleted?.keepsVersions ?? true,
        },
        page,
      ),
  };
}

/** Ids narrow the search for a window. The two neighbours of `--at` may have any. */
function listFilter(options: ListCommandOptions, window: TimeWindow | undefined): BackupFilter {
  return { ...filterOf(options), ...(window && !window.at ? { ids: idsOf(window) } : {}) };
}

/** Without a window nobody has to read more manifests than are shown. */
function limited(listing: VaultListing, limit: number | undefined): VaultListing {
  return { ...listing, backups: listing.backups.slice(0, limit) };
}

type Shown = Pick<ListedBackup, 'snapshotAt' | 'storedAt' | 'source' | 'scope'>;

/** Those of the window. For `--at` the full backups on both sides of it, for each source. */
function chosen<One extends Shown>(backups: readonly One[], window: TimeWindow | undefined): readonly One[] {
  if (!window) return backups;
  const inTime = (one: One, some: TimeWindow) => isInWindow(showsAt(one), some);
  if (!window.at) return backups.filter((one) => inTime(one, window));
  const full = backups.filter(({ scope }) => scope === 'full');
  const neighbours = [...Map.groupBy(full, ({ source }) => source).values()].flatMap((ofSource) => {
    const sorted = ofSource.toSorted((a, b) => showsAt(b) - showsAt(a));
    const at = sorted.findIndex((one) => inTime(one, window));
    return at === -1 ? sorted.slice(-1) : sorted.slice(Math.max(0, at - 1), at + 1);
  });
  return backups.filter((one) => neighbours.includes(one));
}

/** A backup whose manifest cannot be read counts by the vault's date. */
function showsAt({ snapshotAt, storedAt }: Shown): number {
  return Date.parse(snapshotAt ?? storedAt);
}

/** The names of all backups that a time has left out, newest first. */
async function namesOf(store: ObjectStore, filter: BackupFilter, options: ListOptions): Promise<string[]> {
  const { backups } = await listBackups(store, filter, options);
  return backups.map(({ place }) => nameOfBackup(place));
}

/** Null if the vault has no holds, or does not say. */
async function withHolds(
  store: ObjectStore,
  backups: readonly ListedBackup[],
  listing: VaultListing,
  signal: AbortSignal,
) {
  const marks = expiryMarksOf(store);
  const places = new Map(listing.backups.map(({ place }) => [nameOfBackup(place), place]));
  return await inParallel(backups, MANIFESTS_AT_ONCE, async (backup) => {
    const place = places.get(backup.name);
    const onHold =
      marks && place && (await unlessUnknown(signal, marks.isHeld(manifestKey(place), { signal })));
    return { ...backup, onHold: onHold ?? null };
  });
}

/** Undefined if the vault does not say: the list matters more than when its backups expire. */
async function unlessUnknown<T>(signal: AbortSignal, asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}

/**
 * The attempts that are part of no backup: unfinished ones, and those of runs that lost the race for their slot. If a
 * manifest cannot be read, nobody knows which attempt is its own.
 */
function leftAttempts(
  { backups, unfinished }: VaultListing,
  read: ReadonlyArray<{ readonly name: string; readonly attempt: string | null }>,
): LeftAttempt[] {
  const sealedBy = new Map(read.map(({ name, attempt }) => [name, attempt]));
  const beside = backups.flatMap(({ place, attempts }) => {
    const own = sealedBy.get(nameOfBackup(place)) ?? null;
    return own === null
      ? []
      : attempts.filter((attempt) => attempt !== own).map((attempt) => ({ place, attempt }));
  });
  const open = unfinished.flatMap(({ attempts, ...place }) =>
    attempts.map((attempt) => ({ place, attempt })),
  );
  return [...open, ...beside];
}

const NOTHING_ELSE = { elsewhere: [], strangers: [], hidden: undefined };

/** Looks, if the list is empty, for backups of other sources and classes, deleted ones, and objects of no vault. */
async function whatElse(store: ObjectStore, filter: BackupFilter, options: ListOptions) {
  const { backups } = await listBackups(store, {}, options);
  const { objects, prefixes } = await store.list('', options);
  const strangers = [...prefixes, ...objects.map(({ key }) => key)].filter(
    (name) => !isRetentionClass(name.replace(/\/$/, '')) && name !== HOLDS_FOLDER && name !== SCRUBS_FOLDER,
  );
  const hidden = await deletedBackup(store, filter, options);
  return {
    elsewhere: [...new Set(backups.map(({ place }) => place.source))].sort(),
    ...{ strangers, hidden: hidden && nameOfBackup(hidden) },
  };
}
