import { relative, resolve } from 'node:path';
import { Command, Option } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { type ConnectionSettings, connectionSettings } from '../../engine/connection/connection-settings.ts';
import type { DoctorReport, Finding } from '../../engine/doctor/doctor.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import { type AppVersions, appFiles } from '../../init/app/app-files.ts';
import { localFiles } from '../../init/local/local-files.ts';
import { SCHEDULERS } from '../../init/local/local-values.ts';
import { checkWritable } from '../../init/values.ts';
import { checkEmpty, writeFiles } from '../../init/write-files.ts';
import type { WrittenFile } from '../../init/written-file.ts';
import { initText } from '../../present/terminal/init-text.ts';
import { type AppOptions, appAnswers } from '../init/app-answers.ts';
import { firstLook, type LookedAt, showFindings } from '../init/first-look.ts';
import { checkGiven } from '../init/given-value.ts';
import { type LocalOptions, localAnswers } from '../init/local-answers.ts';
import { Questions } from '../init/questions.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import { sourceSettings } from '../options/source-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { usageError } from '../program/failure.ts';

interface Options extends AppOptions, LocalOptions {
  readonly local?: boolean;
  readonly source?: string;
  readonly despiteProblems?: boolean;
  readonly json?: boolean;
}

/** libpq's variables that name a source, in place of a URL. */
const LIBPQ = ['PGHOST', 'PGPORT', 'PGUSER', 'PGDATABASE', 'PGPASSWORD', 'PGSSLMODE', 'PGSSLROOTCERT'];

export function initCommand(context: Context): Command {
  return new Command('init')
    .summary('make a project that deploys or schedules backups')
    .description(
      'Writes a small CDK app into an empty directory: `npm install` and `npx cdk deploy` deploy nightly backups, weekly drills and alarms to AWS. With --local it writes a script and a schedule instead, for people without AWS. Asks for what no option gives, and never writes over a file. The doctor looks at the source first.',
    )
    .argument('[directory]', 'an empty or new directory (default: the current one)')
    .option('--local', 'without AWS: a script and a schedule')
    .addOption(
      new Option(
        '--source <url>',
        'database to look at first; with --local it is written into lifeboat.env, mode 600 (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …, which `ps` does not show)',
      ),
    )
    .addOption(nameOption("source's name in the vault and in alarms (default: the database's name)"))
    .option(
      '--email <address>',
      'who gets the alarms (repeatable); with --local: mail about failures',
      several,
    )
    .option('--secret <name>', 'name or ARN of the secret with the connection, in AWS Secrets Manager')
    .option('--region <region>', "AWS region (default: the secret's, or AWS_REGION)")
    .option('--account <number>', 'AWS account (default: the account of the credentials that deploy)')
    .option('--environment <name>', 'name of the environment, which becomes a stack (default: production)')
    .addOption(
      new Option(
        '--scheduler <kind>',
        'with --local: what starts the backups (default: launchd on macOS, systemd where it runs, otherwise cron)',
      ).choices(SCHEDULERS),
    )
    .option(
      '--vault <url>',
      'with --local: s3://bucket/prefix, file:///path or a path (default: LIFEBOAT_VAULT)',
    )
    .option('--despite-problems', 'for scripts: go on when the doctor has found a problem')
    .addOption(jsonOption())
    .action(async (directory: string | undefined, options: Options) => {
      context.present(await run(context, resolve(context.directory, directory ?? '.'), options));
    });
}

async function run(context: Context, directory: string, options: Options): Promise<CommandOutcome> {
  refuseMixture(options);
  checkGiven('The directory', directory, checkWritable);
  await checkEmpty(directory);
  const questions = Questions.of(context, options.json ?? false);
  const { url, settings } = await namedSource(context, options, questions);
  const usable = settings instanceof LifeboatError ? undefined : settings;

  const findings: Finding[] = [];
  /** Whether to go on: what is found is shown, and somebody wants to go on all the same. */
  const looksWell = async (what: LookedAt) => {
    const report = await firstLook(context, what);
    findings.push(...report.findings);
    return await goesOn(context, report, options, questions);
  };
  if (
    settings !== undefined &&
    !(await looksWell({ source: settings, vault: undefined, name: options.name }))
  ) {
    return refused(findings, directory);
  }
  let files: WrittenFile[];
  if (options.local) {
    const answers = await localAnswers(options, usable, context, questions);
    const { scheduler, vault, source: name } = answers;
    // The keys to the vault are those of the repository, and not this machine's.
    const isVaultOfHere = scheduler !== 'github-actions';
    if (isVaultOfHere && !(await looksWell({ source: undefined, vault, name }))) {
      return refused(findings, directory);
    }
    const written = writtenSettings(context.environment, url);
    files = localFiles({ ...answers, directory, settings: written, lifeboat: packageJson.version });
  } else {
    files = appFiles(await appAnswers(options, usable, context, questions), versions());
  }
  context.signal.throwIfAborted();
  await writeFiles(directory, files);
  return {
    exitCode: EXIT_CODES.fine,
    json: {
      outcome: 'written',
      directory,
      files: files.map(({ path }) => path),
      findings,
    },
    text: (page) =>
      initText(
        {
          directory: relative(context.directory, directory) || '.',
          files: files.map(({ path }) => path),
          local: options.local ?? false,
          looked: settings !== undefined,
        },
        page,
      ),
  };
}

/** Throws `init-options-mixed`: somebody who names a secret of AWS does not want a crontab. */
function refuseMixture({ local, ...options }: Options): void {
  const others = local
    ? {
        '--secret': options.secret,
        '--region': options.region,
        '--account': options.account,
        '--environment': options.environment,
      }
    : { '--scheduler': options.scheduler, '--vault': options.vault };
  const [given] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given === undefined) return;
  throw usageError(
    'init-options-mixed',
    local ? `${given} is for AWS, and --local does without.` : `${given} has a meaning with --local only.`,
    local ? `Leave out --local or ${given}.` : `Add --local, or leave out ${given}.`,
    'Nothing was written.',
  );
}

interface NamedSource {
  readonly url: string | undefined;
  readonly settings: ConnectionSettings | LifeboatError | undefined;
}

/** The source by option, by environment or by asking. Settings that cannot be used become a finding. */
async function namedSource(
  { environment }: Context,
  options: Options,
  questions: Questions | undefined,
): Promise<NamedSource> {
  const given = options.source ?? (environment.LIFEBOAT_SOURCE_URL || undefined);
  const asked =
    given ?? (hasLibpq(environment) ? undefined : await askForSource(environment, options, questions));
  try {
    return { url: asked, settings: sourceSettings(asked, environment) };
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    return { url: asked, settings: error.code === 'source-not-named' ? undefined : error };
  }
}

async function askForSource(
  environment: Context['environment'],
  { local }: Options,
  questions: Questions | undefined,
): Promise<string | undefined> {
  const use = local ? 'It is written into lifeboat.env' : 'Only to look at it now: it is written nowhere';
  const answer = await questions?.secret({
    message: `postgres://user:password@host:5432/database of the source. ${use}. Leave it empty to go on without`,
    check: (url) => {
      if (url === '') return undefined;
      try {
        connectionSettings(url, environment);
        return undefined;
      } catch (error) {
        return error instanceof LifeboatError ? error.what : 'This URL cannot be used.';
      }
    },
  });
  return answer || undefined;
}

function hasLibpq({ PGHOST, PGDATABASE }: Context['environment']): boolean {
  return Boolean(PGHOST || PGDATABASE);
}

async function goesOn(
  context: Context,
  report: DoctorReport,
  { despiteProblems }: Options,
  questions: Questions | undefined,
): Promise<boolean> {
  showFindings(report, context);
  if (report.totals.problem === 0 || despiteProblems) return true;
  if (questions) return await questions.confirm('Backups would fail like this. Go on all the same?');
  context.stderr.write('Solve the problems, or add --despite-problems.\n');
  return false;
}

function refused(findings: readonly Finding[], directory: string): CommandOutcome {
  return {
    exitCode: EXIT_CODES.doctor,
    json: { outcome: 'refused', directory, files: [], findings },
    text: () => ['Nothing was written.'],
  };
}

/** What the script needs to reach the source and the vault as this command did. */
function writtenSettings(
  environment: Context['environment'],
  url: string | undefined,
): Record<string, string> {
  const names = ['AWS_REGION', 'AWS_PROFILE', 'AWS_ENDPOINT_URL', ...(url === undefined ? LIBPQ : [])];
  const named = names.map((name) => [name, environment[name] || undefined] as const);
  const all = [['LIFEBOAT_SOURCE_URL', url] as const, ...named].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, writable(name, value)] as const],
  );
  return Object.fromEntries(all);
}

/** Throws `init-value-invalid`, and does not repeat the value, which may be a password. */
function writable(name: string, value: string): string {
  const fault = checkWritable(value);
  if (fault === undefined) return value;
  throw usageError(
    'init-value-invalid',
    `${name} cannot be written into a file.`,
    fault,
    'Nothing was written.',
  );
}

function versions(): AppVersions {
  const { version, engines, devDependencies } = packageJson;
  return {
    lifeboat: version,
    node: engines.node,
    awsCdkLib: devDependencies['aws-cdk-lib'],
    constructs: devDependencies.constructs,
    awsCdk: devDependencies['aws-cdk'],
    typescript: devDependencies.typescript,
    typesNode: devDependencies['@types/node'],
  };
}
