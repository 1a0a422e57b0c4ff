import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { nameFromDatabase } from '../../contract/source-names.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { type LocalValues, SCHEDULERS, type Scheduler } from '../../init/local/local-values.ts';
import { checkEmail, checkSource, checkWritable } from '../../init/values.ts';
import { vaultUrl } from '../options/vault-option.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { checkGiven, wantedValue } from './given-value.ts';
import type { Questions } from './questions.ts';

export interface LocalOptions {
  readonly name?: string;
  readonly vault?: string;
  readonly scheduler?: Scheduler;
  readonly email?: readonly string[];
}

export interface LocalAnswers extends Omit<LocalValues, 'lifeboat' | 'settings' | 'directory'> {}

const HINTS: Readonly<Record<Scheduler, string>> = {
  systemd: 'a service and a timer of this Linux machine',
  cron: 'lines for your crontab',
  launchd: 'agents of this Mac',
  'github-actions': "a workflow on GitHub's machines; the vault must be in S3",
};

/** Everything that a schedule without AWS is made from. Throws `init-value-missing`, `init-value-invalid`. */
export async function localAnswers(
  options: LocalOptions,
  source: ConnectionSettings | undefined,
  context: Pick<Context, 'environment' | 'directory'>,
  questions: Questions | undefined,
): Promise<LocalAnswers> {
  const { environment, directory } = context;
  const [address, ...more] = options.email ?? [];
  if (more.length > 0) {
    throw usageError(
      'init-value-invalid',
      '--email was given more than once.',
      'With --local, one address gets the mail about failures.',
      'Nothing was written.',
    );
  }
  const email = address === undefined ? undefined : checkGiven('--email', address, checkEmail);
  const usual = usualScheduler();
  const scheduler =
    options.scheduler ??
    (questions
      ? await questions.choice(
          'What starts the backups?',
          SCHEDULERS.map((value) => ({ value, hint: HINTS[value] })),
          usual,
        )
      : usual);
  const fromDatabase = source && nameFromDatabase(source.database);
  const name = await wantedValue(
    {
      option: '--name',
      given: options.name,
      message: "The source's name in the vault",
      initial: fromDatabase ?? 'app',
      fallback: fromDatabase,
      check: checkSource,
    },
    questions,
  );
  const place = await wantedValue(
    {
      option: '--vault',
      given: options.vault,
      message: 'Where the backups go: a directory on another disk, or s3://bucket/prefix',
      fallback: environment.LIFEBOAT_VAULT || undefined,
      check: (value) =>
        value === ''
          ? 'Name a directory, or a bucket.'
          : (checkWritable(value) ?? vaultFault(value, scheduler)),
    },
    questions,
  );
  return {
    scheduler,
    source: name,
    vault: vaultUrl(place, environment, directory),
    email,
    user: userInfo().username,
    node: process.execPath,
  };
}

function vaultFault(value: string, scheduler: Scheduler): string | undefined {
  if (scheduler !== 'github-actions' || value.startsWith('s3://')) return undefined;
  return "Name a bucket, s3://bucket/prefix: GitHub's machines are thrown away after each run, and a directory with them.";
}

function usualScheduler(): Scheduler {
  if (process.platform === 'darwin') return 'launchd';
  // sd_booted(3): where systemd is the system's manager, this directory is there.
  return existsSync('/run/systemd/system') ? 'systemd' : 'cron';
}
