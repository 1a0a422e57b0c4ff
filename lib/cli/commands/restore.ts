import { Command } from 'commander';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { Signer } from '../../engine/attest/signing-key.ts';
import type {
  BegunRestore,
  RestorePlan,
  RestoreReport,
  RestoreRequest,
} from '../../engine/restore/restore.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { planSummary } from '../../present/json/restore-plan-summary.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { restorePlanText } from '../../present/terminal/restore-plan-text.ts';
import { restoreText } from '../../present/terminal/restore-text.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import type { OnAwsOptions } from '../on-aws/restore-on-aws.ts';
import { addBackupOptions, BACKUP_ARGUMENT, type BackupOptions } from '../options/backup-reference.ts';
import { holdReason } from '../options/hold-reason.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { givenSigner, type SigningOptions, signingKeyOption } from '../options/key-options.ts';
import { addMomentOptions, backupOrMoment, type MomentOptions } from '../options/moment-options.ts';
import { addNotifyOptions } from '../options/notify-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import {
  addSafetyRecipientOptions,
  type RecipientOptions,
  safetyRecipients,
} from '../options/recipient-options.ts';
import { addRestoreOptions, type RestoreOptions, scopeFrom } from '../options/restore-options.ts';
import { recordEnd } from '../options/restore-record.ts';
import { addRowsOptions, checkRowsOptions, type RowsOptions } from '../options/rows-options.ts';
import { type ServerMemoryOptions, serverMemoryOption } from '../options/server-memory-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { knownSource, liveDatabase, targetOption, targetSettings } from '../options/target-option.ts';
import { confirm } from '../program/confirmation.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options
  extends BackupOptions,
    IdentityOptions,
    RestoreOptions,
    RowsOptions,
    RecipientOptions,
    MomentOptions,
    ServerMemoryOptions,
    OnAwsOptions,
    SigningOptions,
    SshOptions {
  readonly listTransactions?: string | true;
  readonly target?: string;
  readonly dryRun?: boolean;
  readonly yes?: string;
  readonly jobs?: number;
  readonly directory?: string;
}

const EXAMPLES = `
Examples:
  export LIFEBOAT_VAULT=s3://my-backups/lifeboat
  export LIFEBOAT_TARGET_URL=postgres://postgres:password@new.example.com/shop
  lifeboat restore --dry-run                    # look first: changes nothing
  lifeboat restore --create-database            # everything, latest backup
  lifeboat restore daily/shop/20261120T020000Z  # everything, that backup
  lifeboat restore --table orders --as orders_then   # a table, as a copy
  lifeboat restore --schema app --as-schema app_then # a schema, as a copy
  lifeboat restore --table orders --into-existing    # a table, replaced
  lifeboat restore --list-transactions 14:05    # what was committed around then
  lifeboat restore --to "2026-11-29 14:05:30+01" --create-database
  lifeboat restore --rows --table orders        # rows deleted by mistake
  lifeboat restore --resume                     # continue after a break
docs/restore.md says which command helps with which problem.
`;

export function restoreCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('restore')
      .summary('restore a backup, or a part of it, to a server')
      .description(
        'Restores a backup into a database on a server. First shows what it will do, and to which database, and asks. Does not touch existing objects unless you say so, and then backs them up first. If a restore is interrupted, --resume continues it.',
      )
      .argument('[backup]', BACKUP_ARGUMENT, 'latest')
      .optionsGroup('From where, to where:')
      .addOption(targetOption('database to restore into'))
      .addOption(sshOption('that database', 'LIFEBOAT_TARGET_SSH'))
      .option(
        '--on-aws <environment>',
        'restore in a task of that environment’s stack, near the target; it goes on if you leave',
      )
      .option(
        '--target-secret <arn>',
        'with --on-aws: secret that holds the URL of the database to restore into',
      )
      .option('--watch <task>', 'with --on-aws: show the progress of a restore that was started before'),
  );
  addMomentOptions(command.optionsGroup('A moment between two backups:')).option(
    '--list-transactions [time]',
    'show what was committed around a time, with tables and counts of rows, and stop there (default: the newest)',
  );
  addSafetyRecipientOptions(addRestoreOptions(addIdentityOption(command)))
    .addHelpText('after', EXAMPLES)
    .option('--jobs <n>', 'connections that work at the same time (default: 4)', wholeNumber(1, 64))
    .addOption(serverMemoryOption());
  addRowsOptions(command)
    .option(
      '--directory <path>',
      'with --rows: where to keep rows that do not fit into memory (default: the temporary directory)',
    )
    .optionsGroup('Questions and answers:')
    .option('--dry-run', 'show what would be done, and stop there')
    .option('--yes <database>', 'for scripts: name of the target database, instead of typing it when asked')
    .addOption(jsonOption())
    .optionsGroup('For the record:')
    .option('--by <name>', 'who restores (default: the name of the user who runs this)', holdReason)
    .addOption(signingKeyOption('restore'))
    .optionsGroup('Whom to tell:');
  return addNotifyOptions(command).action(async (reference: string, options: Options, self: Command) => {
    if (options.onAws !== undefined) {
      const { restoreOnAws } = await import('../on-aws/restore-on-aws.ts');
      const argv = (self.parent as unknown as { rawArgs: readonly string[] }).rawArgs;
      context.present(await restoreOnAws(context, argv.slice(argv.indexOf('restore') + 1), options));
      return;
    }
    refuseOnAwsOptions(options);
    context.present(
      await withReadableVault(context, options, (store) => run(context, store, reference, options)),
    );
  });
}

function refuseOnAwsOptions({ targetSecret, watch }: OnAwsOptions): void {
  if (targetSecret === undefined && watch === undefined) return;
  throw usageError(
    'on-aws-not-named',
    `${watch === undefined ? '--target-secret' : '--watch'} has a meaning with --on-aws only.`,
    'Add --on-aws with the name of the environment.',
  );
}

async function run(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: Options,
): Promise<CommandOutcome> {
  const { signal, environment } = context;
  if (options.listTransactions !== undefined) {
    const { listedTransactions } = await import('./restore-transactions.ts');
    return await listedTransactions(context, store, options.listTransactions, options);
  }
  checkRowsOptions(options);
  if (options.rows || options.undo !== undefined) {
    const { restoreRows } = await import('./restore-rows.ts');
    return await restoreRows(context, store, reference, options);
  }
  const named = options.intoSource
    ? liveDatabase(options.target, true, environment, options.ssh)
    : targetSettings(options.target, environment, options.ssh);
  const recipients = await safetyRecipients(options, context);
  const signer = await givenSigner(options, context);
  const { place, moment } = await backupOrMoment(store, reference, options, context);
  const progress = ProgressLine.of(context, 'tables');
  const request: Omit<RestoreRequest, 'settings'> = {
    ...scopeFrom(options),
    store,
    place,
    ...(moment ? { moment } : {}),
    source: knownSource(environment),
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    ...(options.maintenanceWorkMem === undefined ? {} : { maintenanceWorkMem: options.maintenanceWorkMem }),
    intoExisting: options.intoExisting,
    intoSource: options.intoSource,
    discardNewer: options.discardNewer,
    unproven: options.unproven,
    resume: options.resume,
    keepErased: options.keepErased,
    eraseFollowers: options.eraseFollowers,
    createDatabase: options.createDatabase === true,
    safetyBackup: options.safetyBackup,
    ...(recipients === undefined ? {} : { safetyRecipients: recipients }),
    compare: options.compare,
    ...(options.lockPatience === undefined ? {} : { lockPatienceMs: options.lockPatience * 1000 }),
    signal,
    observer: progress.observer,
  };
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { planRestore, restore } = await import('../../engine/restore/restore.ts');
  try {
    return await withWayTo(
      named,
      context,
      async (settings) =>
        options.dryRun
          ? planOutcome(context, store, await planRestore({ ...request, settings }))
          : await carryOut(context, signer, progress, options, { ...request, settings }, restore),
      { asTarget: true },
    );
  } finally {
    progress.stop();
  }
}

async function carryOut(
  context: Context,
  signer: Signer | undefined,
  progress: ProgressLine,
  options: Options,
  request: RestoreRequest,
  restore: (request: RestoreRequest) => Promise<RestoreReport>,
): Promise<CommandOutcome> {
  const { signal, now } = context;
  const { store, place } = request;
  const { database } = request.settings;
  const told = { store, place, database, options, signer, startedAt: now() };
  let begun: BegunRestore | undefined;
  try {
    const report = await restore({
      ...request,
      confirm: (plan) =>
        confirm(context, {
          database: plan.target.database,
          yes: options.yes,
          explanation: () => restorePlanText(plan, now(), pageOf(context.stderr, context.environment)),
        }),
      onBegin: (state) => {
        begun = state;
      },
      onTier: ({ names, readyAfterMs }, number) => {
        // The last tier is everything else; the summary reports it.
        if (names.length === 0) return;
        const after = formatDuration(readyAfterMs);
        progress.announce(`Tier ${number + 1} can be used after ${after}: ${names.join(', ')}.`);
      },
    });
    const unrecorded = await recordEnd(context, told, report);
    return outcomeOf(report, store.url, [...progress.notices, ...unrecorded]);
  } catch (error) {
    // What did not begin has changed nothing, so that it is no restore.
    if (begun) await recordEnd(context, told, { error });
    if (signal.aborted) throw interruptedError(stateAfterInterruption(request, begun));
    throw error;
  }
}

function stateAfterInterruption(
  { settings, place, createDatabase }: RestoreRequest,
  begun: BegunRestore | undefined,
): string {
  const { database } = settings;
  if (!begun && createDatabase)
    return `Nothing was restored. If the database ${database} exists by now, it is empty: then leave out --create-database.`;
  if (!begun) return `Nothing was changed in ${database}.`;
  const name = nameOfBackup(place);
  const { canResume, intoExisting, safetyBackup } = begun;
  const kept = safetyBackup === undefined ? [] : [`What was there before is kept as ${safetyBackup}.`];
  if (!canResume) {
    return [
      `The restore into ${database} is not complete and cannot be resumed, because the role may not create a schema there.`,
      ...(intoExisting ? kept : ['Drop the database, create it, and restore again.']),
    ].join(' ');
  }
  return [
    `The restore into ${database} is not complete: do not use it yet.`,
    ...kept,
    `To continue: \`lifeboat restore ${name} --resume\`, with the same target. Finished steps are not repeated.`,
    ...(intoExisting ? [] : ['To start over: drop the database, create it, and restore.']),
  ].join(' ');
}

function planOutcome({ now }: Context, store: ObjectStore, plan: RestorePlan): CommandOutcome {
  return {
    // As the restore would end: it does not make all that belongs to these tables.
    exitCode: plan.dependents.missing.length > 0 ? EXIT_CODES.target : EXIT_CODES.fine,
    json: { vault: store.url, name: plan.backup.name, dryRun: true, plan: planSummary(plan) },
    text: (page) => restorePlanText(plan, now(), page),
  };
}

function outcomeOf(report: RestoreReport, vault: string, notices: readonly string[]): CommandOutcome {
  const { backup, ...rest } = report;
  return {
    exitCode: report.outcome === 'restored' ? EXIT_CODES.fine : EXIT_CODES.target,
    json: { vault, name: nameOfBackup(backup), ...backup, ...rest, notices },
    text: (page) => restoreText(report, notices, page),
  };
}
