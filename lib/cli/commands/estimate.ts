import { Command, Option } from 'commander';
import { HOST_PLAN_NAMES, type HostPlanName } from '../../contract/host-plans.ts';
import { HOST_PROFILES, type HostProfile } from '../../contract/host-profiles.ts';
import { estimateText } from '../../present/terminal/cost-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { TimeZone } from '../../schedule/time-zone.ts';
import { jsonOption, wholeNumber } from '../options/option-values.ts';
import { scheduleOf } from '../options/planned-backup.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../options/selection-options.ts';
import { sourceSettings } from '../options/source-option.ts';
import { type SshOptions, sshOption, withWayTo } from '../options/ssh-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options extends SelectionOptions, SshOptions {
  readonly source?: string;
  readonly hostProfile?: HostProfile;
  readonly plan?: HostPlanName;
  readonly region: string;
  readonly schedule: string;
  readonly drillSchedule: string;
  readonly healthEvery?: number;
  readonly captureEvery?: number;
  readonly notifications?: boolean;
}

export function estimateCommand(context: Context): Command {
  const command = new Command('estimate')
    .summary('what backups of a database would cost a month, in AWS and at its host')
    .description(
      "Estimates a month before anything is deployed: what leaves the host and what its plan says to that, and what AWS bills, part by part. Reads the source's catalog and some megabytes of its rows. Changes nothing.",
    )
    .addOption(
      new Option(
        '--source <url>',
        'database to back up (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …)',
      ),
    )
    .addOption(sshOption('that database', 'LIFEBOAT_SSH'))
    .addOption(
      new Option(
        '--host-profile <profile>',
        'hosting provider (default: detected from the host name)',
      ).choices(HOST_PROFILES),
    )
    .addOption(
      new Option('--plan <plan>', "the host's plan (default: each plan of this host that is known)").choices(
        HOST_PLAN_NAMES,
      ),
    )
    .option('--region <region>', 'AWS region of the vault', 'us-east-1')
    .option('--schedule <expression>', 'when backups run, in UTC', 'cron(0 2 * * ? *)')
    .option('--drill-schedule <expression>', 'when drills run, in UTC', 'cron(0 5 ? * SUN *)')
    .option(
      '--health-every <minutes>',
      'count the measuring of its health, every 2 to 15 minutes',
      wholeNumber(2, 15),
    )
    .option('--capture-every <minutes>', 'count point in time, every 1 to 5 minutes', wholeNumber(1, 5))
    .option('--notifications', 'count messages in words (docs/notifications.md)');
  return addSelectionOptions(command)
    .addOption(jsonOption())
    .action(async (options: Options) => context.present(await run(context, options)));
}

async function run(context: Context, options: Options): Promise<CommandOutcome> {
  const { signal, now, environment } = context;
  const named = sourceSettings(options.source, environment, options.ssh);
  const utc = new TimeZone('UTC');
  const schedules = {
    schedule: scheduleOf(options.schedule, utc),
    drillSchedule: scheduleOf(options.drillSchedule, utc, '--drill-schedule'),
  };
  const { estimate } = await import('../../engine/cost/estimate.ts');
  const progress = ProgressLine.of(context, 'tables');
  try {
    const report = await withWayTo(named, context, (source) =>
      estimate({
        ...{ source, ...schedules, now, signal, observer: progress.observer },
        ...{ profile: options.hostProfile, plan: options.plan, region: options.region },
        ...{ healthEveryMinutes: options.healthEvery, captureEveryMinutes: options.captureEvery },
        selection: selectionOf(options),
        notifies: options.notifications ?? false,
      }),
    );
    return { exitCode: EXIT_CODES.fine, json: report, text: (page) => estimateText(report, page) };
  } catch (error) {
    if (signal.aborted) throw interruptedError('Nothing was changed.');
    throw error;
  } finally {
    progress.stop();
  }
}
