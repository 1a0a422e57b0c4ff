import { Command, Option } from 'commander';
import { HOST_PROFILES, type HostProfile } from '../../contract/host-profiles.ts';
import type { RetentionClass } from '../../contract/retention-classes.ts';
import {
  type BackupPlace,
  checkSlot,
  checkSourceName,
  manifestKey,
  manualBackupId,
  scheduledBackupId,
} from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { BackupRequest, BackupResult } from '../../engine/backup/backup.ts';
import type { BackupSelection } from '../../engine/selection/backup-selection.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { summaryOf } from '../../present/json/backup-summary.ts';
import { alreadySealedText, backupText } from '../../present/terminal/backup-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import {
  classOption,
  instantValue,
  jsonOption,
  nameOption,
  positiveNumber,
  wholeNumber,
} from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { nameFromDatabase, sourceOption, sourceSettings } from '../options/source-option.ts';
import { tier } from '../options/tier.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options {
  readonly source?: string;
  readonly vault?: string;
  readonly name?: string;
  readonly class: RetentionClass;
  readonly reason?: string;
  readonly schemaOnly?: boolean;
  readonly schema?: readonly string[];
  readonly excludeSchema?: readonly string[];
  readonly table?: readonly string[];
  readonly excludeTable?: readonly string[];
  readonly excludeTableData?: readonly string[];
  readonly tier?: ReadonlyArray<readonly string[]>;
  readonly hostProfile?: HostProfile;
  readonly slot?: Date;
  readonly jobs?: number;
  readonly maxMbPerSecond?: number;
  readonly compressionLevel?: number;
  readonly longestSnapshot?: number;
  readonly createVault?: boolean;
  readonly kmsKey?: string;
}

export function backupCommand(context: Context): Command {
  return new Command('backup')
    .summary('back up a database into the vault')
    .description(
      'Takes one consistent backup of a database (PostgreSQL 13 to 19) while it is in use: schema, rows, sequences, large objects, roles. It exists only once everything is in the vault.',
    )
    .addOption(sourceOption())
    .addOption(vaultOption())
    .addOption(
      nameOption(
        "the source's name in the vault (made of the database's name; name it yourself where two databases are called the same)",
      ),
    )
    .addOption(classOption('retention class, which the lifecycle rules follow').default('manual'))
    .option('--reason <text>', 'why, for those who find the backup later: "before migration 005"')
    .option('--schema-only', 'everything but rows and large objects')
    .option('--schema <pattern>', 'only these schemas and what --table names; can be repeated', several)
    .option('--exclude-schema <pattern>', 'not these schemas: audit, tenant_*; can be repeated', several)
    .option(
      '--table <pattern>',
      'only these tables and what --schema names: app.orders; can be repeated',
      several,
    )
    .option('--exclude-table <pattern>', 'not these tables, nor what needs them; can be repeated', several)
    .option('--exclude-table-data <pattern>', 'these tables without their rows; can be repeated', several)
    .option(
      '--tier <names>',
      'tables or schemas, with commas, that a restore makes usable first; can be repeated, the first first',
      tier,
    )
    .addOption(
      new Option(
        '--host-profile <profile>',
        "whose server it is, for what is the host's own stays out (told by the host's name)",
      ).choices(HOST_PROFILES),
    )
    .option(
      '--slot <time>',
      'the planned time of a scheduled run, 2026-11-20T02:00:00Z: the same slot is backed up once, however often it is run',
      instantValue,
    )
    .option(
      '--jobs <n>',
      'connections that copy at once, never more than a quarter of what is free (4, fewer for a small database)',
      wholeNumber(1, 64),
    )
    .option(
      '--max-mb-per-second <n>',
      'read no more megabytes of rows than this from the source each second, with all connections together (no limit)',
      positiveNumber,
    )
    .option(
      '--compression-level <n>',
      'of zstd, 1 to 19 (for each chunk that of 3 and 1 which makes less of it)',
      wholeNumber(1, 19),
    )
    .option(
      '--longest-snapshot <minutes>',
      'give up after this long, for vacuum cannot clean up behind an open snapshot (15)',
      wholeNumber(1, 1440),
    )
    .option(
      '--create-vault',
      "make the vault's directory where it is missing (not done unasked: a disk that is not mounted looks the same)",
    )
    .option('--kms-key <id>', 'encrypt the objects in S3 with this KMS key (as the bucket says)')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const settings = sourceSettings(options.source, context.environment);
      // Loads on a core of its own what takes longest, while this one loads the rest (measured, 10 MB: 0.05 s).
      const { startPgDump } = await import('../../engine/schema-dump/start-pg-dump.ts');
      const pgDump = startPgDump();
      try {
        const outcome = await context.withVault(
          options.vault,
          (store) => run(context, store, options, { settings, pgDump }),
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
  { settings, pgDump }: Required<Pick<BackupRequest, 'settings' | 'pgDump'>>,
): Promise<CommandOutcome> {
  const { signal, now } = context;
  const place: BackupPlace = {
    retentionClass: options.class,
    source: checkSourceName(options.name ?? nameFromDatabase(settings.database)),
    backupId: options.slot ? scheduledBackupId(checkSlot(options.slot, now())) : manualBackupId(now()),
  };
  // Loaded only now, for `lifeboat --help` should not wait for it.
  const { backup } = await import('../../engine/backup/backup.ts');
  const progress = ProgressLine.of(context, 'tables');
  try {
    const result = await backup({
      settings,
      store,
      place,
      pgDump,
      scope: options.schemaOnly ? 'schema-only' : 'full',
      selection: selectionOf(options),
      ...(options.tier === undefined ? {} : { tiers: options.tier }),
      ...(options.hostProfile === undefined ? {} : { hostProfile: options.hostProfile }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      ...(options.maxMbPerSecond === undefined ? {} : { maxMegabytesPerSecond: options.maxMbPerSecond }),
      ...(options.compressionLevel === undefined ? {} : { compressionLevel: options.compressionLevel }),
      ...(options.longestSnapshot === undefined
        ? {}
        : { longestSnapshotMs: options.longestSnapshot * 60_000 }),
      signal,
      observer: progress.observer,
    });
    return outcome(result, store.url, progress.notices);
  } catch (error) {
    if (signal.aborted) throw interruptedError(await stateAfterInterruption(store, place));
    throw error;
  } finally {
    progress.stop();
  }
}

function selectionOf(options: Options): BackupSelection {
  const { schema, excludeSchema, table, excludeTable, excludeTableData } = options;
  return {
    ...(schema ? { schemas: schema } : {}),
    ...(excludeSchema ? { excludeSchemas: excludeSchema } : {}),
    ...(table ? { tables: table } : {}),
    ...(excludeTable ? { excludeTables: excludeTable } : {}),
    ...(excludeTableData ? { excludeTableData } : {}),
  };
}

function outcome(result: BackupResult, vault: string, notices: readonly string[]): CommandOutcome {
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
    text: (page) => backupText({ vault, summary, manifest: result.manifest, notices }, page),
  };
}

/** How long a vault may take to answer the last question of a command that was told to end. */
const LAST_QUESTION_MS = 5000;

/** Whether the seal was on its way when the signal came is not for us to guess: the vault knows. */
async function stateAfterInterruption(store: ObjectStore, place: BackupPlace): Promise<string> {
  const name = nameOfBackup(place);
  const signal = AbortSignal.timeout(LAST_QUESTION_MS);
  const sealed = await store.head(manifestKey(place), { signal }).then(Boolean, () => undefined);
  if (sealed) return `The backup ${name} is sealed all the same: it is whole and can be used.`;
  const source = 'No transaction of Lifeboat is left open in the source.';
  return sealed === undefined
    ? `Whether ${name} was sealed is not known, for the vault does not answer; \`lifeboat list\` will show it. ${source}`
    : `No backup was made: ${name} has no manifest, and what was uploaded belongs to nothing. ${source}`;
}
