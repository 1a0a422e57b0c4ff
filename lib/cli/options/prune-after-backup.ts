import type { BackupPlace } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { removedChangesSummary, removedSummary } from '../../present/json/prune-summary.ts';
import { errorText } from '../../present/terminal/error-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { prunedText } from '../../present/terminal/prune-text.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { exitCodeOf } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';
import { type KeepOptions, keptDays } from './keep-options.ts';
import { userOf } from './who-asks.ts';

export interface PruneAfterOptions extends KeepOptions {
  readonly prune?: boolean;
}

/** Throws `prune-not-asked-for`: somebody who says how long to keep expects that something is deleted. */
export function refuseKeepAlone({ prune, ...keep }: PruneAfterOptions): void {
  const { keepDaily, keepWeekly, keepMonthly, keepManual, undrilled } = keep;
  const given = [keepDaily, keepWeekly, keepMonthly, keepManual, undrilled].some((one) => one !== undefined);
  if (prune || !given) return;
  throw usageError(
    'prune-not-asked-for',
    '--keep-… and --undrilled say what --prune may delete, and --prune was not given.',
    'Add --prune, or leave them out.',
  );
}

/**
 * Prunes what belongs to the source of a backup that is sealed. If that fails, the backup is as good as before, so the
 * exit code stays: the error goes to stderr, and into `prune` of the JSON.
 */
export async function withPruning(
  context: Context,
  store: ObjectStore,
  place: BackupPlace,
  options: PruneAfterOptions,
  outcome: CommandOutcome,
): Promise<CommandOutcome> {
  if (!options.prune) return outcome;
  const { signal, stderr, environment, now } = context;
  const report = (failure: LifeboatError) =>
    void stderr.write(errorText(failure, exitCodeOf(failure.kind), pageOf(stderr, environment)));
  const { prune } = await import('../../engine/keep/prune/prune.ts');
  try {
    const done = await prune({
      ...{ store, days: keptDays(options), undrilled: options.undrilled ?? false, source: place.source },
      ...{ now: now(), options: { signal }, by: userOf(context) },
    });
    for (const failure of done.failures) report(failure);
    const removed = done.removed.map(removedSummary);
    const changes = done.removedChanges.map(removedChangesSummary);
    const { length: failed } = done.failures;
    const stays = done.verdicts.length - removed.length;
    const failures = done.failures.map(({ code, what }) => ({ code, what }));
    return {
      exitCode: outcome.exitCode,
      json: {
        ...outcome.json,
        prune: { deleted: removed, deletedChanges: changes, problems: done.problems, failures },
      },
      text: (page) => [
        ...outcome.text(page),
        '',
        ...prunedText({ vault: store.url, removed, changes, stays, failed }, page),
      ],
    };
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(
        `The backup ${nameOfBackup(place)} is sealed. Of older backups some may be deleted; every backup that is listed is whole.`,
      );
    }
    if (!(error instanceof LifeboatError)) throw error;
    report(error);
    const failures = [{ code: error.code, what: error.what }];
    return {
      exitCode: outcome.exitCode,
      json: { ...outcome.json, prune: { deleted: [], deletedChanges: [], problems: [], failures } },
      text: (page) => [
        ...outcome.text(page),
        '',
        'Nothing was pruned; the error says why. The backup is sealed.',
      ],
    };
  }
}
