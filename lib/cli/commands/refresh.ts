import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import { bySsh, type ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { type Masks, parseMasks } from '../../engine/masking/rules/masks-file.ts';
import type { RefreshPlan, RefreshReport, RefreshRequest } from '../../engine/refresh/refresh-request.ts';
import { sshDestination } from '../../engine/ssh/ssh-destination.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { printable } from '../../present/terminal/printable.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { refreshPlanText, refreshText } from '../../present/terminal/refresh-text.ts';
import { countOf } from '../../present/terminal/units.ts';
import {
  addBackupOptions,
  BACKUP_ARGUMENT,
  type BackupOptions,
  namedBackup,
} from '../options/backup-reference.ts';
import { addIdentityOption, type IdentityOptions, withReadableVault } from '../options/identity-option.ts';
import { addNotifyOptions } from '../options/notify-options.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { quietOption } from '../options/quiet-option.ts';
import { type ServerMemoryOptions, serverMemoryOption } from '../options/server-memory-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { knownSource, targetSettings } from '../options/target-option.ts';
import { confirm } from '../program/confirmation.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';
import { lastProven } from '../program/last-proven.ts';

interface Options extends BackupOptions, IdentityOptions, ServerMemoryOptions, SshOptions {
  readonly to?: string;
  readonly mask?: string;
  readonly proposeMasks?: string;
  readonly intoExisting?: boolean;
  readonly keepOld?: boolean;
  readonly runAfter?: string;
  readonly unproven?: boolean;
  readonly keepErased?: boolean;
  readonly eraseFollowers?: boolean;
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly yes?: string;
}

const EXAMPLES = `
Examples:
  export LIFEBOAT_VAULT=s3://my-backups/lifeboat
  export LIFEBOAT_STAGING_URL=postgres://postgres:password@staging.example.com/shop
  export LIFEBOAT_MASK_KEY="$(cat mask-key)"         # openssl rand -hex 32 > mask-key
  lifeboat refresh --propose-masks masks.json         # then read it, line by line
  lifeboat refresh --mask masks.json --dry-run        # look first: changes nothing
  lifeboat refresh --mask masks.json --yes shop       # for cron
docs/staging.md describes the masks, and what they cannot hide.
`;

export function refreshCommand(context: Context): Command {
  const command = addBackupOptions(
    new Command('refresh')
      .summary('refresh staging from a backup of production, with masked columns')
      .description(
        'Restores a proven backup into a staging database, with columns masked on the way: the target never gets an unmasked row. Every column of every table needs a rule, so that a new column cannot leak. Restores into a database beside the present one, compares what is not masked, looks for original values, and only then lets it take the place.',
      )
      .argument('[backup]', `${BACKUP_ARGUMENT} (default: the newest proven one)`)
      .optionsGroup('From where, to where:')
      .option(
        '--to <url>',
        'the staging database, postgres://user:password@host:5432/database (default: LIFEBOAT_STAGING_URL, which `ps` does not show)',
      )
      .addOption(sshOption('that database', 'LIFEBOAT_STAGING_SSH'))
      .option('--unproven', 'also a backup that no drill has proven')
      .option('--keep-erased', 'keep rows that are on the list of erasures (default: leave them out)')
      .option('--erase-followers', 'also leave out rows that refer to erased ones by other foreign keys'),
  );
  addIdentityOption(command)
    .optionsGroup('Masks:')
    .option('--mask <file>', 'rules for every column (docs/staging.md)')
    .option(
      '--propose-masks <file>',
      'write a first file of rules, with guesses from names and types, and stop there',
    )
    .optionsGroup('How:')
    .option(
      '--into-existing',
      'restore into the database that is there, for hosts that let nobody create or rename databases',
    )
    .option('--keep-old', 'keep the former database, as <database>_lifeboat_old, until the next refresh')
    .option('--run-after <file>', 'SQL to run in the new database before it takes the place')
    .option('--jobs <n>', 'connections that work at the same time (default: 4)', wholeNumber(1, 64))
    .addOption(serverMemoryOption())
    .optionsGroup('Questions and answers:')
    .option('--dry-run', 'show what would be done, and stop there')
    .option('--yes <database>', 'for scripts: name of the staging database, instead of typing it when asked')
    .addOption(quietOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .optionsGroup('Whom to tell:');
  return addNotifyOptions(command).action(async (reference: string | undefined, options: Options) => {
    context.present(
      await withReadableVault(context, options, (store) => run(context, store, reference, options)),
    );
  });
}

async function run(
  context: Context,
  store: ObjectStore,
  reference: string | undefined,
  options: Options,
): Promise<CommandOutcome> {
  const { signal, environment, directory } = context;
  if (options.proposeMasks === undefined && options.mask === undefined) {
    throw usageError(
      'masks-not-named',
      'No masks file was named.',
      'Add --mask masks.json. `lifeboat refresh --propose-masks masks.json` writes a first one.',
    );
  }
  if (options.proposeMasks !== undefined) {
    const place = await chosen(context, store, reference, { ...options, unproven: true });
    return await propose(context, store, place, options.proposeMasks);
  }
  const masks = parseMasks(await fileText(resolve(directory, options.mask ?? ''), 'masks-unreadable'));
  const runAfter =
    options.runAfter === undefined
      ? undefined
      : await fileText(resolve(directory, options.runAfter), 'refresh-sql-unreadable');
  const named = stagingSettings(options, environment);
  const place = await chosen(context, store, reference, options);
  const progress = ProgressLine.of(context, 'tables');
  // Loaded only now, so that `lifeboat --help` does not wait for it.
  const { planRefresh, refresh } = await import('../../engine/refresh/refresh.ts');
  let hasBegun = false;
  try {
    return await withWayTo(
      named,
      context,
      async (settings) => {
        const request: RefreshRequest = {
          store,
          place,
          settings,
          source: knownSource(environment),
          masks,
          key: environment.LIFEBOAT_MASK_KEY || undefined,
          intoExisting: options.intoExisting ?? false,
          keepsFormer: options.keepOld ?? false,
          runAfter,
          unproven: options.unproven ?? false,
          keepErased: options.keepErased,
          eraseFollowers: options.eraseFollowers,
          jobs: options.jobs,
          maintenanceWorkMem: options.maintenanceWorkMem,
          confirm: async (plan) => {
            await confirm(context, {
              database: plan.database,
              yes: options.yes,
              explanation: () => refreshPlanText(plan, pageOf(context.stderr, environment)),
            });
            hasBegun = true;
          },
          signal,
          observer: progress.observer,
        };
        if (options.dryRun) return planOutcome(store, await planRefresh(request));
        return outcomeOf(store, await refresh(request), progress.notices);
      },
      { asTarget: true },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interruptedError(stateAfter(hasBegun, options, named));
  } finally {
    progress.stop();
  }
}

function stateAfter(hasBegun: boolean, { intoExisting }: Options, { database }: ConnectionSettings): string {
  if (!hasBegun) return 'Nothing was changed.';
  return intoExisting
    ? `${database} may be incomplete. Run the same command again.`
    : `${database} is as it was. What was made beside it was dropped, or the next refresh drops it.`;
}

/** Never from LIFEBOAT_TARGET_URL, which may name the production database during a restore. */
function stagingSettings(
  { to, ssh }: Options,
  { LIFEBOAT_STAGING_URL, LIFEBOAT_STAGING_SSH, ...others }: Context['environment'],
): ConnectionSettings {
  const url = to ?? (LIFEBOAT_STAGING_URL || undefined);
  if (url === undefined) {
    throw usageError(
      'target-not-named',
      'No staging database was named.',
      'Set LIFEBOAT_STAGING_URL to postgres://user:password@host:5432/database, or use --to.',
    );
  }
  const { LIFEBOAT_TARGET_SSH: _, ...environment } = others;
  const settings = targetSettings(url, environment);
  const way = ssh ?? (LIFEBOAT_STAGING_SSH || undefined);
  return way === undefined ? settings : bySsh(settings, sshDestination(way));
}

/** The backup that was named, or the newest proven one. */
async function chosen(
  context: Context,
  store: ObjectStore,
  reference: string | undefined,
  options: Options,
): Promise<BackupPlace> {
  const isTimed = options.before !== undefined || options.at !== undefined || options.since !== undefined;
  const newest = await namedBackup(store, reference ?? 'latest', options, context);
  if (reference !== undefined || isTimed || options.unproven) return newest;
  const proven = await lastProven(store, newest.source, context.signal);
  if (!proven) return newest;
  if (nameOfBackup(proven.place) !== nameOfBackup(newest))
    context.stderr.write(`The newest proven backup is ${nameOfBackup(proven.place)}.\n`);
  return proven.place;
}

async function fileText(path: string, code: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(code, `${path} cannot be read: ${messageOf(error)}.`, 'Check the name of the file.');
  }
}

async function propose(
  { directory, signal }: Context,
  store: ObjectStore,
  place: BackupPlace,
  name: string,
): Promise<CommandOutcome> {
  const { proposalFor } = await import('../../engine/refresh/proposal.ts');
  const masks: Masks = await proposalFor(store, place, signal);
  const file = resolve(directory, name);
  try {
    await writeFile(file, `${JSON.stringify(masks, null, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    throw new LifeboatError({
      code: 'masks-not-written',
      kind: 'usage',
      what: `${file} cannot be written: ${messageOf(error)}.`,
      remedy: 'Name a file that does not exist yet: Lifeboat does not write over your rules.',
      cause: error,
    });
  }
  const rules = Object.values(masks.tables).flatMap((one) => (one === 'exclude' ? [] : Object.values(one)));
  const kept = rules.filter((rule) => rule === 'keep').length;
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      name: nameOfBackup(place),
      file,
      tables: Object.keys(masks.tables).length,
      columns: rules.length,
      kept,
    },
    text: () => [
      `${printable(file)} has a guess for ${countOf(rules.length, 'column')} of ${countOf(Object.keys(masks.tables).length, 'table')}; ${kept} ${kept === 1 ? 'is' : 'are'} kept as ${kept === 1 ? 'it is' : 'they are'}.`,
      'These are guesses from names and types. Read every line before you use it.',
    ],
  };
}

function planOutcome(store: ObjectStore, plan: RefreshPlan): CommandOutcome {
  return {
    exitCode: EXIT_CODES.fine,
    json: { vault: store.url, dryRun: true, plan },
    text: (page) => [...refreshPlanText(plan, page), 'Nothing was changed.'],
  };
}

function outcomeOf(store: ObjectStore, report: RefreshReport, notices: readonly string[]): CommandOutcome {
  const { restore, ...rest } = report;
  const problems = restore.items.filter(({ verdict }) => verdict === 'differs');
  return {
    exitCode: report.outcome === 'refreshed' ? EXIT_CODES.fine : EXIT_CODES.target,
    json: {
      vault: store.url,
      ...rest,
      totals: restore.totals,
      problems,
      restoreNotes: restore.notes,
      notices,
    },
    text: (page) => refreshText(report, page),
  };
}
