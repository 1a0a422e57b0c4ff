import { Command } from 'commander';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { PruneReport } from '../../engine/keep/prune/prune.ts';
import type { PlanRequest, PrunePlan } from '../../engine/keep/prune/prune-plan.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import {
  changesSummary,
  pruneSummary,
  removedChangesSummary,
  removedSummary,
} from '../../present/json/prune-summary.ts';
import { errorText } from '../../present/terminal/error-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import {
  previewText,
  prunedText,
  prunePlanText,
  type ShownPrune,
} from '../../present/terminal/prune-text.ts';
import { addKeepOptions, type KeepOptions, keptDays } from '../options/keep-options.ts';
import { addNotifyOptions } from '../options/notify-options.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { quietOption } from '../options/quiet-option.ts';
import { vaultOption } from '../options/vault-option.ts';
import { userOf } from '../options/who-asks.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { confirmDeletion } from '../program/deletion-confirmation.ts';
import { EXIT_CODES, exitCodeOf } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options extends KeepOptions {
  readonly vault?: string;
  readonly name?: string;
  readonly delete?: boolean;
  readonly yes?: boolean;
}

export function pruneCommand(context: Context): Command {
  const command = new Command('prune')
    .summary('delete backups that have outlived their class, in a vault of your own')
    .description(
      'Shows which backups can go, and why each other one stays. A backup goes when the days of its class are over and a newer full backup of its source is proven: never because of its age alone. Deletes only with --delete. Refuses the vault of a stack, whose keeper decides there. Needs s3:ListBucket, s3:GetObject, s3:GetObjectTagging, s3:GetObjectLegalHold, s3:GetObjectRetention, s3:GetLifecycleConfiguration, and s3:DeleteObject to delete.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only backups of this source'));
  addKeepOptions(command)
    .option('--delete', 'delete what goes (default: only show it)')
    .option('--yes', 'for scripts: do not ask before deleting');
  return addNotifyOptions(command)
    .addOption(quietOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      context.present(await context.withVault(options.vault, (store) => run(context, store, options)));
    });
}

async function run(context: Context, store: ObjectStore, options: Options): Promise<CommandOutcome> {
  const { signal, now } = context;
  const request: PlanRequest = {
    ...{ store, days: keptDays(options), undrilled: options.undrilled ?? false, source: options.name },
    ...{ now: now(), options: { signal } },
  };
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { previewPrune, prune } = await import('../../engine/keep/prune/prune.ts');
  if (!options.delete) return previewOutcome(await previewPrune(request), request);
  const line = ProgressLine.of(context, 'folders');
  try {
    const report = await prune({
      ...request,
      by: userOf(context),
      onPlan: (plan) =>
        confirmDeletion(context, {
          count: plan.verdicts.filter(({ goes }) => goes).length,
          yes: options.yes ?? false,
          explanation: () => prunePlanText(shown(plan, request), pageOf(context.stderr, context.environment)),
        }),
      onRemoved: (_, done, total) =>
        line.observer.onProgress?.({ phase: 'delete', tablesDone: done, tablesTotal: total, rawBytes: 0 }),
    });
    line.stop();
    return deletedOutcome(context, report, request);
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(
        'Some of what goes may be deleted. Every backup that is listed is whole. Run the same command again: it removes the rest.',
      );
    }
    throw error;
  } finally {
    line.stop();
  }
}

function shown({ verdicts, changes, problems }: PrunePlan, { store, undrilled }: PlanRequest): ShownPrune {
  return {
    vault: store.url,
    undrilled,
    verdicts: verdicts.map(pruneSummary),
    changes: changes.map(changesSummary),
    problems,
  };
}

function jsonOf(plan: PrunePlan, request: PlanRequest) {
  return { ...shown(plan, request), keptDays: request.days };
}

function previewOutcome(plan: PrunePlan, request: PlanRequest): CommandOutcome {
  return {
    exitCode: EXIT_CODES.fine,
    json: { ...jsonOf(plan, request), deleted: null, deletedChanges: null, failures: [] },
    text: (page) => previewText(shown(plan, request), page),
  };
}

function deletedOutcome(
  { stderr, environment }: Pick<Context, 'stderr' | 'environment'>,
  report: PruneReport,
  request: PlanRequest,
): CommandOutcome {
  const { verdicts, failures } = report;
  // Errors go to stderr: cron should send them even where its line sends stdout to /dev/null.
  for (const failure of failures) {
    stderr.write(errorText(failure, exitCodeOf(failure.kind), pageOf(stderr, environment)));
  }
  const removed = report.removed.map(removedSummary);
  const changes = report.removedChanges.map(removedChangesSummary);
  const gone = new Set(report.removed.map(({ verdict }) => nameOfBackup(verdict.place)));
  const stays = verdicts.filter(({ place }) => !gone.has(nameOfBackup(place))).length;
  const [first] = failures;
  return {
    exitCode: first ? exitCodeOf(first.kind) : EXIT_CODES.fine,
    json: {
      ...jsonOf(report, request),
      deleted: removed,
      deletedChanges: changes,
      failures: failures.map(({ code, what }) => ({ code, what })),
    },
    text: (page) =>
      prunedText({ vault: request.store.url, removed, changes, stays, failed: failures.length }, page),
  };
}
