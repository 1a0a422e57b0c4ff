import { Command, Option } from 'commander';
import { HOST_PLAN_NAMES, type HostPlanName } from '../../contract/host-plans.ts';
import { checkSourceName } from '../../engine/archive/keys.ts';
import { costText } from '../../present/terminal/cost-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { vaultOption } from '../options/vault-option.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface Options {
  readonly vault?: string;
  readonly name?: string;
  readonly plan?: HostPlanName;
  readonly region?: string;
  readonly healthEvery?: number;
  readonly captureEvery?: number;
  readonly scrubs: boolean;
  readonly dashboard: boolean;
  readonly notifications?: boolean;
}

export function costCommand(context: Context): Command {
  return new Command('cost')
    .summary('what the backups of a vault cost a month, in AWS and at the hosts')
    .description(
      'Says what the backups of the last seven days cost as a month: what left the hosts and what their plans say to that, and what AWS bills, part by part. Reads manifests and proofs, never a row. Your bill knows better: this says where it comes from.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only this source (default: every source in the vault)'))
    .addOption(
      new Option('--plan <plan>', "the host's plan (default: each plan of that host that is known)").choices(
        HOST_PLAN_NAMES,
      ),
    )
    .option('--region <region>', 'AWS region of the vault (default: AWS_REGION, or us-east-1)')
    .option(
      '--health-every <minutes>',
      'count the measuring of the sources’ health, every 2 to 15 minutes',
      wholeNumber(2, 15),
    )
    .option('--capture-every <minutes>', 'count point in time, every 1 to 5 minutes', wholeNumber(1, 5))
    .option('--no-scrubs', 'the vault is not read again each month')
    .option('--no-dashboard', 'there is no dashboard')
    .option('--notifications', 'count messages in words (docs/notifications.md)')
    .addOption(jsonOption())
    .action(async (options: Options) => context.present(await run(context, options)));
}

async function run(context: Context, options: Options): Promise<CommandOutcome> {
  const { signal, now, environment } = context;
  if (options.name !== undefined) checkSourceName(options.name);
  const { cost } = await import('../../engine/cost/cost.ts');
  const progress = ProgressLine.of(context, 'backups');
  try {
    const report = await context.withVault(options.vault, (store) =>
      cost({
        ...{ store, source: options.name, plan: options.plan, now, signal, observer: progress.observer },
        region: options.region ?? (environment.AWS_REGION || 'us-east-1'),
        features: () => ({
          ...{ healthEveryMinutes: options.healthEvery, captureEveryMinutes: options.captureEvery },
          scrubsAMonth: options.scrubs ? 1 : 0,
          notifies: options.notifications ?? false,
          dashboard: options.dashboard,
        }),
      }),
    );
    return { exitCode: EXIT_CODES.fine, json: report, text: (page) => costText(report, page) };
  } catch (error) {
    if (signal.aborted) throw interruptedError('Nothing was changed.');
    throw error;
  } finally {
    progress.stop();
  }
}
