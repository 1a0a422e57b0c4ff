import { Command } from 'commander';
import { type BackupPlace, manifestKey } from '../../engine/archive/keys.ts';
import { listBackups, nameOfBackup } from '../../engine/archive/listing.ts';
import { resolveBackup } from '../../engine/archive/resolve-backup.ts';
import type { LifeboatError } from '../../engine/ground/errors.ts';
import { type ChangesCopy, copyAllChanges } from '../../engine/keep/changes/copy-changes.ts';
import { type CopyReport, type CopyRequest, copyBackup } from '../../engine/keep/copy-backup.ts';
import { copyErasures, type ErasuresCopy } from '../../engine/keep/copy-erasures.ts';
import { type BackupCopy, copyMissing } from '../../engine/keep/copy-missing.ts';
import { liesInVault } from '../../engine/keep/lies-in-vault.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { changesCopyJson, copyJson, erasuresCopyJson } from '../../present/json/copy-summary.ts';
import {
  changesCopiesText,
  copiesText,
  copyText,
  erasuresCopiesText,
} from '../../present/terminal/copy-text.ts';
import { errorText } from '../../present/terminal/error-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import {
  addBackupOptions,
  BACKUP_ARGUMENT,
  type BackupOptions,
  filterOf,
  namedBackup,
  storeOptionsOf,
} from '../options/backup-reference.ts';
import { type CopyTargetOptions, copyTargetAccess, copyTargetOptions } from '../options/copy-target.ts';
import { type LockOptions, lockDaysOption, lockModeOption, lockOrder } from '../options/lock-options.ts';
import { addNotifyOptions } from '../options/notify-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { quietOption } from '../options/quiet-option.ts';
import { windowOf } from '../options/time-options.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode, exitCodeOf } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options extends BackupOptions, CopyTargetOptions, LockOptions {
  readonly all?: boolean;
  readonly last?: number;
  readonly jobs?: number;
  /** False with --no-changes. */
  readonly changes?: boolean;
}

export function copyCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('copy')
      .summary('copy backups into another vault')
      .description(
        'Copies a sealed backup into another vault, below the same keys, and compares the size and SHA-256 of every object on the way. The copy exists only once all of it is there. Run it again after an interruption: what is there already is not sent again. Nothing is ever overwritten.',
      )
      .argument('[backup]', `${BACKUP_ARGUMENT} (default: latest)`),
  );
  for (const option of copyTargetOptions()) command.addOption(option);
  command
    .option('--all', 'copy every backup that is not there yet, newest first')
    .option('--last <n>', 'with --all: only the newest n backups of each source', wholeNumber(1, 1_000_000))
    .option('--no-changes', 'with --all: leave out captured changes (default: copy them, too)')
    .addOption(lockDaysOption())
    .addOption(lockModeOption())
    .option('--jobs <n>', 'objects to copy at the same time (default: 4)', wholeNumber(1, 64));
  return addNotifyOptions(command)
    .addOption(quietOption())
    .addOption(jsonOption())
    .action(async (reference: string | undefined, options: Options) => {
      refuseContradictions(reference, options);
      const { lock } = lockOrder(options);
      const access = await copyTargetAccess(options);
      const { lockedStore } = await import('../../engine/storage/locked-store.ts');
      const outcome = await context.withVault(
        options.vault,
        (from) =>
          context.withVault(
            options.to,
            (target) => {
              refuseSameVault(from, target, options);
              const to = lockedStore(target, lock, context.now());
              return options.all
                ? copyAll(context, from, to, options)
                : copyOne(context, from, to, reference ?? 'latest', options);
            },
            access,
          ),
        storeOptionsOf(options),
      );
      context.present(outcome);
    });
}

async function copyOne(
  context: Context,
  from: ObjectStore,
  to: ObjectStore,
  reference: string,
  options: Options,
): Promise<CommandOutcome> {
  const { signal } = context;
  const place = await namedBackup(from, reference, options, context);
  const progress = ProgressLine.of(context, 'objects');
  let report: CopyReport;
  let erasures: ErasuresCopy[];
  try {
    // First: no backup should be there without the list of what no restore of it may bring back.
    erasures = await copyErasures({ from, to, source: place.source, signal });
    report = await copyBackup({ from, to, place, signal, ...jobsOf(options), onProgress: shown(progress) });
  } catch (error) {
    if (signal.aborted) throw interruptedError(await stateAfterInterruption(to, place));
    throw error;
  } finally {
    progress.stop();
  }
  return {
    exitCode: exitCodeAfter(context, failuresOf(erasures)),
    json: {
      ...{ vault: from.url, to: to.url, ...copyJson(report) },
      erasures: erasures.map(erasuresCopyJson),
    },
    text: (page) => [...copyText(report, to.url, page), ...erasuresCopiesText(erasures, page)],
  };
}

async function copyAll(
  context: Context,
  from: ObjectStore,
  to: ObjectStore,
  options: Options,
): Promise<CommandOutcome> {
  const { signal } = context;
  const window = windowOf(options, context);
  const progress = ProgressLine.of(context, 'objects');
  let copies: BackupCopy[];
  let changes: ChangesCopy[] = [];
  let erasures: ErasuresCopy[];
  try {
    erasures = await copyErasures({ from, to, source: options.name, signal });
    copies = await copyMissing({
      from,
      to,
      signal,
      filter: filterOf(options),
      ...(window === undefined ? {} : { window }),
      ...jobsOf(options),
      ...(options.last === undefined ? {} : { last: options.last }),
      onBackup: (_, number, total) => shown(progress, `copy ${number}/${total}`),
    });
    if (options.changes !== false && copies.every(({ outcome }) => outcome !== 'not-tried'))
      changes = await copyAllChanges({ from, to, source: options.name, signal });
  } catch (error) {
    if (signal.aborted) {
      throw interruptedError(
        'Every backup that was copied to its end is sealed; the one that was being copied is not. Run the same command again: it goes on where it stopped.',
      );
    }
    throw error;
  } finally {
    progress.stop();
  }
  if (copies.length === 0 && changes.length === 0) await refuseEmptyOrigin(from, options, signal);
  return {
    exitCode: exitCodeAfter(context, failuresOf([...copies, ...changes, ...erasures])),
    json: {
      vault: from.url,
      to: to.url,
      backups: copies.map(copyJson),
      changes: changes.map(changesCopyJson),
      erasures: erasures.map(erasuresCopyJson),
    },
    text: (page) => [
      ...copiesText(copies, { from: from.url, to: to.url }, page),
      ...changesCopiesText(changes, page),
      ...erasuresCopiesText(erasures, page),
    ],
  };
}

function failuresOf(
  copies: ReadonlyArray<BackupCopy | CopyReport | ChangesCopy | ErasuresCopy>,
): LifeboatError[] {
  return copies.flatMap((copy) => (copy.outcome === 'failed' ? [copy.failure] : []));
}

/** Writes the failures to stderr: cron should send them even where its line sends stdout to /dev/null. */
function exitCodeAfter({ stderr, environment }: Context, failures: readonly LifeboatError[]): ExitCode {
  for (const failure of failures) {
    stderr.write(errorText(failure, exitCodeOf(failure.kind), pageOf(stderr, environment)));
  }
  const damage = failures.find(({ kind }) => kind === 'verification');
  const worst = damage ?? failures[0];
  return worst === undefined ? EXIT_CODES.fine : exitCodeOf(worst.kind);
}

/**
 * Throws `backup-none` unless only the class has no backup yet: a nightly copy of nothing, from a wrong address
 * or of a mistyped source, must not look like success.
 */
async function refuseEmptyOrigin(from: ObjectStore, options: Options, signal: AbortSignal): Promise<void> {
  const filter = { source: options.name };
  const { backups } = await listBackups(from, filter, { signal });
  if (backups.length === 0) await resolveBackup(from, 'latest', filter, { signal });
}

function refuseContradictions(reference: string | undefined, { all, last, at }: Options): void {
  if (all && at !== undefined) {
    throw usageError(
      'copy-contradiction',
      '--all copies many backups, and --at chooses one.',
      'Give --at alone, or narrow --all by --since and --before.',
    );
  }
  if (all && reference !== undefined) {
    throw usageError(
      'copy-contradiction',
      `--all copies every backup, and ${reference} is one.`,
      'Give the backup, or --all; --name and --class narrow --all.',
    );
  }
  if (last !== undefined && !all) {
    throw usageError('copy-contradiction', '--last has a meaning with --all only.', 'Add --all.');
  }
}

function refuseSameVault(from: ObjectStore, to: ObjectStore, options: Options): void {
  if (!liesInVault(to.url, from.url)) return;
  // Two providers may have a bucket of the same name.
  const isOtherProvider = options.toProfile !== undefined || options.toEndpoint !== undefined;
  if (to.url.startsWith('s3:') && isOtherProvider) return;
  throw usageError(
    'copy-same-vault',
    `${to.url} is the vault that the backups are in, or lies in it.`,
    'Name another vault with --to, or the one to copy from with --vault.',
  );
}

function jobsOf({ jobs }: Options): Pick<CopyRequest, 'jobs'> {
  return jobs === undefined ? {} : { jobs };
}

function shown({ observer }: ProgressLine, phase = 'copy'): NonNullable<CopyRequest['onProgress']> {
  return ({ objects, objectsDone, storedBytes, storedBytesDone }) =>
    observer.onProgress?.({
      phase,
      tablesDone: objectsDone,
      tablesTotal: objects,
      rawBytes: storedBytesDone,
      expectedBytes: storedBytes,
    });
}

/** How long a vault may take to say whether the copy of an interrupted command was sealed. */
const LAST_QUESTION_MS = 5000;

async function stateAfterInterruption(to: ObjectStore, place: BackupPlace): Promise<string> {
  const name = nameOfBackup(place);
  const signal = AbortSignal.timeout(LAST_QUESTION_MS);
  const sealed = await to.head(manifestKey(place), { signal }).then(Boolean, () => undefined);
  if (sealed) return `${name} is sealed in ${to.url} all the same: that copy is complete.`;
  return sealed === undefined
    ? `It is not known whether ${name} was sealed in ${to.url}, which does not answer; copy it again to find out.`
    : `${name} was not sealed in ${to.url}. Copy it again: what is there already is not sent again.`;
}
