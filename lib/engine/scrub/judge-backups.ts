import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { ScrubFindings, ScrubProblem } from '../archive/scrub-record.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { TaskResult } from './check-batch.ts';
import type { ListedForScrub } from './list-backups-to-scrub.ts';

/** What became of a batch: its results, or why nobody could read it. */
export type BatchOutcome =
  | { readonly results: readonly TaskResult[] }
  | {
      /** The tasks by the names of their backups. */
      readonly unread: ReadonlyArray<{ readonly backup: string; readonly number: number }>;
      readonly reason: string;
    };

export interface JudgedBackup {
  readonly place: BackupPlace;
  readonly scope: ListedForScrub['scope'];
  readonly verdict: 'intact' | 'damaged' | 'unreadable';
  readonly objects: number;
  readonly readBytes: number;
  readonly isEncrypted: boolean;
  readonly problems: readonly ScrubProblem[];
}

interface Sum {
  readonly done: Set<number>;
  readonly problems: ScrubProblem[];
  readonly reasons: Set<string>;
  objects: number;
  readBytes: number;
}

/**
 * Puts together what the tasks found. A task of which nobody has heard was not read: so a result that was lost never
 * makes a backup intact.
 */
export async function judgeBackups(
  listed: readonly ListedForScrub[],
  outcomes: AsyncIterable<BatchOutcome>,
): Promise<JudgedBackup[]> {
  const sums = new Map<string, Sum>(
    listed.map(({ place }) => [
      nameOfBackup(place),
      { done: new Set(), problems: [], reasons: new Set(), objects: 0, readBytes: 0 },
    ]),
  );
  for await (const outcome of outcomes) {
    if ('unread' in outcome) {
      for (const { backup } of outcome.unread) sums.get(backup)?.reasons.add(outcome.reason);
      continue;
    }
    for (const { backup, number, objects, readBytes, problems } of outcome.results) {
      const sum = sums.get(backup);
      if (!sum || sum.done.has(number)) continue;
      sum.done.add(number);
      sum.objects += objects;
      sum.readBytes += readBytes;
      sum.problems.push(...problems);
    }
  }
  return listed.map((backup) => judged(backup, sums.get(nameOfBackup(backup.place)) as Sum));
}

function judged(
  { place, scope, tasks, objects, isEncrypted, problems }: ListedForScrub,
  sum: Sum,
): JudgedBackup {
  const unread = tasks - sum.done.size;
  const all: ScrubProblem[] = [...problems, ...sum.problems];
  if (unread > 0) {
    const why = sum.reasons.size > 0 ? [...sum.reasons].join(' ') : 'No result of it arrived.';
    const missing = Math.max(0, objects - sum.objects);
    all.push({
      name: nameOfBackup(place),
      verdict: 'unreadable',
      problem: `was not read in full: ${missing} of its ${objects} objects are unknown. ${why}`,
    });
  }
  const has = (verdict: ScrubProblem['verdict']) => all.some((one) => one.verdict === verdict);
  const verdict = has('damaged') ? 'damaged' : has('unreadable') ? 'unreadable' : 'intact';
  return {
    place,
    scope,
    verdict,
    objects: sum.objects,
    readBytes: sum.readBytes,
    isEncrypted,
    problems: all,
  };
}

const REQUESTS_AT_ONCE = 8;

/**
 * Leaves out backups that have expired meanwhile. S3 removes the manifest first and the rest later, so objects are
 * missing of a backup that is none any more: that is no damage.
 */
export async function withoutExpired(
  store: ObjectStore,
  backups: readonly JudgedBackup[],
  options: { readonly signal?: AbortSignal },
): Promise<{ readonly there: JudgedBackup[]; readonly gone: JudgedBackup[] }> {
  const isThere = await inParallel(
    backups,
    REQUESTS_AT_ONCE,
    async ({ place, verdict }) =>
      verdict === 'intact' || (await store.head(manifestKey(place), options)) !== undefined,
  );
  return {
    there: backups.filter((_, index) => isThere[index]),
    gone: backups.filter((_, index) => !isThere[index]),
  };
}

export function findingsOf(
  { verdict, objects, readBytes, isEncrypted, problems }: JudgedBackup,
  { startedAt, endedAt }: { readonly startedAt: Date; readonly endedAt: Date },
  opened: boolean,
): ScrubFindings {
  return {
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    ...{ verdict, objects, readBytes, problems },
    opened: isEncrypted ? opened : null,
  };
}
