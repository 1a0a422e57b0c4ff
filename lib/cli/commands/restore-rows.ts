import { resolve } from 'node:path';
import type { RowsPlan, RowsResult } from '../../engine/bring-back/bring-back.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { rowsPlanText, rowsText } from '../../present/terminal/rows-text.ts';
import { type BackupOptions, namedBackup } from '../options/backup-reference.ts';
import { givenSigner, type SigningOptions } from '../options/key-options.ts';
import { type RecipientOptions, safetyRecipients } from '../options/recipient-options.ts';
import type { RestoreOptions } from '../options/restore-options.ts';
import { recordRowsEnd } from '../options/restore-record.ts';
import type { RowsOptions } from '../options/rows-options.ts';
import { type SshOptions, withWayTo } from '../options/ssh-option.ts';
import { liveDatabase } from '../options/target-option.ts';
import { confirm } from '../program/confirmation.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

export interface RowsCommand
  extends BackupOptions,
    RestoreOptions,
    RowsOptions,
    RecipientOptions,
    SigningOptions,
    SshOptions {
  readonly target?: string;
  readonly dryRun?: boolean;
  readonly yes?: string;
  readonly directory?: string;
  readonly by?: string;
}

/** `restore --rows`, and `restore --undo`. */
export async function restoreRows(
  context: Context,
  store: ObjectStore,
  reference: string,
  options: RowsCommand,
): Promise<CommandOutcome> {
  const { signal, environment, directory } = context;
  const named = liveDatabase(options.target, options.intoSource === true, environment, options.ssh);
  const recipients = await safetyRecipients(options, context);
  const signer = await givenSigner(options, context);
  const progress = ProgressLine.of(context, 'tables');
  const { database } = named;
  if (options.yes !== undefined && options.yes !== database && !options.dryRun) {
    await confirm(context, { database, yes: options.yes, explanation: () => [] });
  }
  let committing = false;
  let name = options.undo ?? '';
  const startedAt = context.now();
  const record = (ended: RowsResult | { readonly error: unknown }) =>
    recordRowsEnd(context, { store, name, database, options, signer, startedAt }, ended);
  const shared = {
    store,
    signal,
    observer: progress.observer,
    skipConflicts: options.skipConflicts,
    firesTriggers: options.fireTriggers,
    allowsAltered: options.allowAltered,
    despiteReadOnly: options.despiteReadOnly,
    safetyCopyKept: options.safetyBackup,
    ...(recipients === undefined ? {} : { safetyRecipients: recipients }),
    dryRun: options.dryRun,
    // With --yes nobody looks at a trial, and the run itself changes nothing if there are conflicts.
    trial: options.yes === undefined,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    confirm: async (plan: RowsPlan) => {
      progress.stop();
      await confirm(context, {
        database: plan.target.database,
        yes: options.yes,
        explanation: () => rowsPlanText(plan, pageOf(context.stderr, environment)),
      });
      name = plan.backup;
      committing = true;
    },
  };
  type Common = typeof shared & { settings: ConnectionSettings };
  try {
    const result = await withWayTo(
      named,
      context,
      (settings) =>
        options.undo === undefined
          ? bringBackRows(store, reference, options, { ...shared, settings }, context)
          : undoRows(options.undo, { ...shared, settings }),
      { asTarget: true },
    );
    return outcomeOf(result, store.url, [...progress.notices, ...(await record(result))]);
  } catch (error) {
    // What nobody agreed to has changed nothing, so that it is no restore.
    if (committing) await record({ error });
    if (!signal.aborted) throw error;
    throw interruptedError(
      committing
        ? options.batchRows !== undefined
          ? `The batches that were committed in ${database} stay. Run the same command again to go on.`
          : `Either everything or nothing was changed in ${database}: run the same command with --dry-run to see which.`
        : `Nothing was changed in ${database}.`,
    );
  } finally {
    progress.stop();
  }

  async function bringBackRows(
    vault: ObjectStore,
    name: string,
    given: RowsCommand,
    common: Common,
    caller: Context,
  ): Promise<RowsResult> {
    const place = await namedBackup(vault, name, given, caller);
    // Loaded only now, so that `lifeboat --help` does not wait for it.
    const { bringBack } = await import('../../engine/bring-back/bring-back.ts');
    return await bringBack({
      ...common,
      place,
      ...(given.table ? { tables: given.table } : {}),
      ...(given.schema ? { schemas: given.schema } : {}),
      where: given.where,
      follow: given.follow,
      overwrite: given.overwrite,
      deleteAdded: given.deleteAdded,
      keepErased: given.keepErased,
      ...(given.batchRows === undefined ? {} : { batchRows: given.batchRows }),
      ...(given.directory === undefined ? {} : { directory: resolve(directory, given.directory) }),
    });
  }

  async function undoRows(safetyCopy: string, common: Common): Promise<RowsResult> {
    const { undo } = await import('../../engine/bring-back/undo.ts');
    return await undo({ ...common, safetyCopy });
  }
}

function outcomeOf(result: RowsResult, vault: string, notices: readonly string[]): CommandOutcome {
  const { plan, ...report } = result;
  const { trial: _, backup, ...about } = plan;
  return {
    exitCode:
      result.outcome === 'restored' || result.outcome === 'nothing' ? EXIT_CODES.fine : EXIT_CODES.target,
    json: { vault, name: backup, ...about, ...report, notices },
    text: (page) => rowsText(result, notices, page),
  };
}
