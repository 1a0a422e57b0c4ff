import { Command, Option } from 'commander';
import { HOST_PROFILES, type HostProfile } from '../../contract/host-profiles.ts';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { type BackupPlace, checkNameToBackUp, manifestKey } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { BackupRequest, BackupResult } from '../../engine/backup/backup.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { summaryOf } from '../../present/json/backup-summary.ts';
import { alreadySealedText, backupText, type FinishedBackup } from '../../present/terminal/backup-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addKeepOptions } from '../options/keep-options.ts';
import { type LockOptions, lockDaysOption, lockModeOption, lockOrder } from '../options/lock-options.ts';
import { addWatchedOptions } from '../options/notify-options.ts';
import { jsonOption, nameOption, positiveNumber, wholeNumber } from '../options/option-values.ts';
import { addPlanOptions, type PlanOptions, plannedPlace } from '../options/planned-backup.ts';
import { type PruneAfterOptions, refuseKeepAlone, withPruning } from '../options/prune-after-backup.ts';
import { quietOption } from '../options/quiet-option.ts';
import { addRecipientOptions, givenRecipients, type RecipientOptions } from '../options/recipient-options.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../options/selection-options.ts';
import { sourceOption, sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { tier } from '../options/tier.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';
import { lastProven } from '../program/last-proven.ts';

interface Options
  extends LockOptions,
    RecipientOptions,
    PlanOptions,
    PruneAfterOptions,
    SelectionOptions,
    SshOptions {
  readonly source?: string;
  readonly vault?: string;
  readonly name?: string;
  readonly reason?: string;
  readonly tier?: ReadonlyArray<readonly string[]>;
  readonly hostProfile?: HostProfile;
  readonly jobs?: number;
  readonly maxMbPerSecond?: number;
  readonly compressionLevel?: number;
  readonly longestSnapshot?: number;
  readonly createVault?: boolean;
  readonly kmsKey?: string;
}

export function backupCommand(context: Context): Command {
  const named = new Command('backup')
    .summary('back up a database into the vault')
    .description(
      'Takes one consistent backup of a database (PostgreSQL 13 to 19) while it is in use: schema, rows, sequences, large objects and roles. A backup exists only once all of it is in the vault.',
    )
    .addOption(sourceOption())
    .addOption(sshOption('the database', 'LIFEBOAT_SSH'))
    .addOption(vaultOption())
    .addOption(
      nameOption(
        "source's name in the vault; set it if two databases have the same name (default: the database's name)",
      ),
    );
  const planned = addPlanOptions(named)
    .option('--reason <text>', 'why you take it, for people who find it later: "before migration 005"')
    .option('--schema-only', 'leave out rows and large objects');
  const command = addSelectionOptions(planned)
    .option(
      '--tier <names>',
      'tables or schemas, separated by commas, that a restore makes usable first (repeatable, in order of priority)',
      tier,
    )
    .addOption(
      new Option(
        '--host-profile <profile>',
        'hosting provider; its own objects are left out (default: detected from the host name)',
      ).choices(HOST_PROFILES),
    )
    .option(
      '--jobs <n>',
      'connections that copy at the same time, at most a quarter of the free ones (default: 4, fewer for a small database)',
      wholeNumber(1, 64),
    )
    .option(
      '--max-mb-per-second <n>',
      'megabytes of rows to read from the source per second at most, over all connections (default: no limit)',
      positiveNumber,
    )
    .option(
      '--compression-level <n>',
      'zstd level, 1–19 (default: 1 or 3 per chunk, whichever is smaller)',
      wholeNumber(1, 19),
    )
    .option(
      '--longest-snapshot <minutes>',
      'give up after this long, because vacuum cannot clean up behind an open snapshot (default: 15)',
      wholeNumber(1, 1440),
    )
    .option(
      '--create-vault',
      "create the vault's directory if it is missing (default: refuse, because an unmounted disk looks the same)",
    )
    .option('--kms-key <id>', "KMS key that encrypts the objects in S3 (default: the bucket's key)")
    .addOption(lockDaysOption())
    .addOption(lockModeOption());
  addRecipientOptions(command).option(
    '--prune',
    'for cron: after the seal, delete what `lifeboat prune` would delete of this source, in a vault of your own',
  );
  return addWatchedOptions(addKeepOptions(command))
    .addOption(quietOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      refuseKeepAlone(options);
      const named = sourceSettings(options.source, context.environment, options.ssh);
      const recipients = await givenRecipients(options, context);
      // pg_dump takes longest to load. Another core does it while this one loads the rest (measured, 10 MB:
      // 0.05 s).
      const { startPgDump } = await import('../../engine/schema-dump/start-pg-dump.ts');
      const pgDump = startPgDump();
      try {
        const outcome = await context.withVault(
          options.vault,
          (store) =>
            withWayTo(named, context, (settings) =>
              run(context, store, options, { settings, pgDump, recipients }),
            ),
          {
            ...(options.createVault ? { create: true } : {}),
            ...(options.kmsKey === undefined ? {} : { kmsKeyId: options.kmsKey }),
          },
        );
        context.present(outcome);
      } finally {
        await pgDump.stop();
      }
    });
}

async function run(
  context: Context,
  store: ObjectStore,
  options: Options,
  {
    settings,
    pgDump,
    recipients,
  }: Required<Pick<BackupRequest, 'settings' | 'pgDump'>> & Pick<BackupRequest, 'recipients'>,
): Promise<CommandOutcome> {
  const { signal } = context;
  const source = checkNameToBackUp(options.name ?? nameFromDatabase(settings.database));
  const place = await plannedPlace(store, source, options, context);
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { backup } = await import('../../engine/backup/backup.ts');
  const progress = ProgressLine.of(context, 'tables');
  let sealed: CommandOutcome;
  try {
    const result = await backup({
      settings,
      store,
      place,
      pgDump,
      recipients,
      scope: options.schemaOnly ? 'schema-only' : 'full',
      selection: selectionOf(options),
      ...(options.tier === undefined ? {} : { tiers: options.tier }),
      ...(options.hostProfile === undefined ? {} : { hostProfile: options.hostProfile }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...lockOrder(options),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      ...(options.maxMbPerSecond === undefined ? {} : { maxMegabytesPerSecond: options.maxMbPerSecond }),
      ...(options.compressionLevel === undefined ? {} : { compressionLevel: options.compressionLevel }),
      ...(options.longestSnapshot === undefined
        ? {}
        : { longestSnapshotMs: options.longestSnapshot * 60_000 }),
      signal,
      observer: progress.observer,
    });
    sealed = outcome(result, store.url, {
      notices: progress.notices,
      proven: await lastProven(store, place.source, signal),
      now: context.now(),
    });
  } catch (error) {
    if (signal.aborted) throw interruptedError(await stateAfterInterruption(store, place));
    throw error;
  } finally {
    progress.stop();
  }
  return await withPruning(context, store, place, options, sealed);
}

function outcome(
  result: BackupResult,
  vault: string,
  { notices, proven, now }: Pick<FinishedBackup, 'notices' | 'proven' | 'now'>,
): CommandOutcome {
  const { outcome, place } = result;
  if (outcome === 'already-sealed') {
    return {
      exitCode: EXIT_CODES.fine,
      json: { vault, outcome, name: nameOfBackup(place), ...place, notices },
      text: (page) => alreadySealedText(place, vault, page),
    };
  }
  const summary = summaryOf(place, result.manifest);
  return {
    exitCode: EXIT_CODES.fine,
    json: { vault, outcome, ...summary, leftOut: result.manifest.leftOut, notices },
    text: (page) => backupText({ vault, summary, manifest: result.manifest, notices, proven, now }, page),
  };
}

/** How long a vault may take to say whether the backup of an interrupted command was sealed. */
const LAST_QUESTION_MS = 5000;

/** Asks the vault whether the backup was sealed: the seal may have been on its way when the signal came. */
async function stateAfterInterruption(store: ObjectStore, place: BackupPlace): Promise<string> {
  const name = nameOfBackup(place);
  const signal = AbortSignal.timeout(LAST_QUESTION_MS);
  const sealed = await store.head(manifestKey(place), { signal }).then(Boolean, () => undefined);
  if (sealed) return `The backup ${name} was sealed all the same: it is complete and can be used.`;
  const source = 'Lifeboat has left no transaction open in the source.';
  return sealed === undefined
    ? `It is not known whether ${name} was sealed, because the vault does not answer; \`lifeboat list\` will show it. ${source}`
    : `No backup was made: ${name} has no manifest, so its uploaded objects are part of no backup. ${source}`;
}
