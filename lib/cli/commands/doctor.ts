import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { checkSourceName } from '../../engine/archive/keys.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { withIdentities } from '../../engine/storage/with-identities.ts';
import { doctorText } from '../../present/terminal/doctor-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { addIdentityOption, givenIdentities, type IdentityOptions } from '../options/identity-option.ts';
import { jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options extends IdentityOptions, SshOptions {
  readonly source?: string;
  readonly vault?: string;
  readonly name?: string;
  readonly maxAge: number;
  readonly environment?: string;
  readonly kmsKey?: string;
  readonly directory?: string;
}

export function doctorCommand(context: Context): Command {
  const command = new Command('doctor')
    .summary('find what is wrong, or soon will be, and what to do about it')
    .description(
      'Checks this machine, the source, the vault, its backups and the deployed alarms, as a backup or a restore would use them. Says what to do about each problem. Leaves nothing behind.',
    )
    .addOption(
      new Option(
        '--source <url>',
        'database that is backed up (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …)',
      ),
    )
    .addOption(sshOption('that database', 'LIFEBOAT_SSH'))
    .addOption(vaultOption())
    .addOption(nameOption("source's name in the vault (default: every source in the vault)"))
    .option(
      '--max-age <hours>',
      'how old the newest backup may be at most; with this or --name it is a problem if there is none',
      wholeNumber(1, 100_000),
      25,
    )
    .option('--environment <name>', 'check the alarms of this environment in AWS')
    .option('--kms-key <id>', "KMS key that encrypts the backups (default: the bucket's key)")
    .option('--directory <path>', 'where drills put their files (default: the temporary directory)');
  return addIdentityOption(command)
    .addOption(jsonOption())
    .action(async (options: Options) => {
      // The one who says what to look for expects it to be there.
      const asked = options.name !== undefined || command.getOptionValueSource('maxAge') !== 'default';
      context.present(await withNamedVault(context, options, (vault) => run(context, vault, options, asked)));
    });
}

/** A vault that is not named, or cannot be opened, is a finding: the doctor goes on without it. */
async function withNamedVault(
  context: Context,
  { vault, kmsKey, identity }: Options,
  use: (vault: ObjectStore | LifeboatError | undefined) => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  if (vault === undefined && !context.environment.LIFEBOAT_VAULT) return use(undefined);
  const identities = await givenIdentities(identity, context);
  let isOpen = false;
  try {
    return await context.withVault(
      vault,
      (store) => {
        isOpen = true;
        return use(withIdentities(store, identities));
      },
      kmsKey === undefined ? {} : { kmsKeyId: kmsKey },
    );
  } catch (error) {
    if (isOpen || !(error instanceof LifeboatError)) throw error;
    return use(error);
  }
}

async function run(
  context: Context,
  vault: ObjectStore | LifeboatError | undefined,
  options: Options,
  isBackupExpected: boolean,
): Promise<CommandOutcome> {
  const { signal, now, environment, directory } = context;
  if (options.name !== undefined) checkSourceName(options.name);
  const { doctor } = await import('../../engine/doctor/doctor.ts');
  const progress = ProgressLine.of(context, 'checks');
  const isInS3 = vault !== undefined && 'url' in vault && vault.url.startsWith('s3://');
  try {
    const named = namedSource(options, environment);
    const report = await withReachable(named, context, (source) =>
      doctor({
        source,
        vault,
        sourceName: options.name,
        writesAs: source && (options.name ?? nameOf(source)),
        ...{ maxAgeHours: options.maxAge, isBackupExpected },
        environment: options.environment ?? (isInS3 ? undefined : false),
        directory: resolve(directory, options.directory ?? tmpdir()),
        now,
        signal,
        observer: progress.observer,
      }),
    );
    return {
      exitCode: report.totals.problem > 0 ? EXIT_CODES.doctor : EXIT_CODES.fine,
      json: report,
      text: (page) => doctorText(report, page),
    };
  } catch (error) {
    if (signal.aborted) throw interruptedError('Nothing was changed or left behind.');
    throw error;
  } finally {
    progress.stop();
  }
}

/** A source behind a bastion that cannot be logged in to is a finding, like one that cannot be reached. */
async function withReachable<Result>(
  source: ConnectionSettings | LifeboatError | undefined,
  context: Context,
  use: (source: ConnectionSettings | LifeboatError | undefined) => Promise<Result>,
): Promise<Result> {
  if (source === undefined || source instanceof LifeboatError) return await use(source);
  let isOpen = false;
  try {
    return await withWayTo(source, context, (reachable) => {
      isOpen = true;
      return use(reachable);
    });
  } catch (error) {
    if (isOpen || context.signal.aborted || !(error instanceof LifeboatError)) throw error;
    return await use(error);
  }
}

/** The name that a backup would give the source; `doctor` if its settings cannot be used. */
function nameOf(source: ConnectionSettings | LifeboatError): string {
  return source instanceof LifeboatError ? 'doctor' : nameFromDatabase(source.database);
}

/** Undefined if no source was named. Unusable settings come back as an error, which becomes a finding. */
function namedSource(
  { source, ssh }: Options,
  environment: Context['environment'],
): ConnectionSettings | LifeboatError | undefined {
  try {
    return sourceSettings(source, environment, ssh);
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    return error.code === 'source-not-named' ? undefined : error;
  }
}
