import { Command } from 'commander';
import type { AlertTrial, TriedAlarms } from '../../engine/watch/try-alert.ts';
import { alertText, channelTrialsText } from '../../present/terminal/alert-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { jsonOption, nameOption, wholeNumber } from '../options/option-values.ts';
import { several } from '../options/several.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError, usageError } from '../program/failure.ts';

interface Options {
  readonly environment?: string;
  readonly channel?: readonly string[];
  readonly name?: string;
  readonly wait: number;
}

const POLL_MS = 5000;

export function alertCommand(context: Context): Command {
  return new Command('alert')
    .summary('test whether an alarm reaches people')
    .description('Tests channels, and the alarms of a deployed environment.')
    .addCommand(testCommand(context));
}

function testCommand(context: Context): Command {
  return new Command('test')
    .summary('send a message to channels, or turn a page-now alarm red')
    .description(
      'With --channel: sends a real message, and then that it is over, as a backup that fails and works again would. With --environment: sets one metric alarm behind the page-now of a source, or of the vault, so that the page-now turns red for a moment, and waits until it is green again. Every subscriber gets the messages of a real alarm. Needs cloudwatch:DescribeAlarms and cloudwatch:SetAlarmState.',
    )
    .option(
      '--channel <channel>',
      'where to send the message: an address, or a name in LIFEBOAT_NOTIFY (repeatable; default: all of LIFEBOAT_NOTIFY, if --environment is not given)',
      several,
    )
    .option('--environment <name>', 'environment, as bin/environments.ts names it')
    .addOption(nameOption("source whose page-now to test (default: the vault's own page-now)"))
    .option('--wait <minutes>', 'how long to wait at most', wholeNumber(1, 120), 15)
    .addOption(jsonOption())
    .action(async (options: Options) => {
      context.present(await chosenTest(context, options));
    });
}

async function chosenTest(context: Context, options: Options): Promise<CommandOutcome> {
  const { channel, environment, name, wait } = options;
  if (channel !== undefined && environment !== undefined) {
    throw usageError(
      'alert-contradiction',
      '--channel sends a message from here, and --environment makes an alarm send one.',
      'Try them one after the other.',
    );
  }
  if (environment !== undefined) return await tryAlarm(context, { environment, name, wait });
  if (channel === undefined && !context.environment.LIFEBOAT_NOTIFY) {
    throw usageError(
      'alert-not-named',
      'Nothing was named that could be tested.',
      'Name a channel with --channel or in LIFEBOAT_NOTIFY, or a deployed environment with --environment.',
    );
  }
  const { tryChannels } = await import('../notify/try-channels.ts');
  const trials = await tryChannels(context, channel ?? []);
  return {
    exitCode: trials.every(({ delivered }) => delivered) ? EXIT_CODES.fine : EXIT_CODES.doctor,
    json: { channels: trials },
    text: (page) => channelTrialsText(trials, page),
  };
}

async function tryAlarm(
  context: Context,
  {
    environment,
    name,
    wait,
  }: Omit<Options, 'environment' | 'name'> & {
    readonly environment: string;
    readonly name: string | undefined;
  },
): Promise<CommandOutcome> {
  const { signal } = context;
  const [{ CloudWatchClient }, { tryAlert }] = await Promise.all([
    import('@aws-sdk/client-cloudwatch'),
    import('../../engine/watch/try-alert.ts'),
  ]);
  const client = new CloudWatchClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const line = ProgressLine.of(context, 'alarms');
  let begun: TriedAlarms | undefined;
  try {
    const trial = await tryAlert({
      ...{ client, environment, signal, pollMs: POLL_MS },
      source: name,
      longestMs: wait * 60_000,
      onBegin(alarms) {
        begun = alarms;
        line.announce(
          `Turning ${alarms.child} red. Expect "ALARM" from ${alarms.pageNow}, and "OK" some minutes later.`,
        );
      },
    });
    return outcomeOf(trial);
  } catch (error) {
    if (signal.aborted) throw interruptedError(stateOf(begun));
    throw error;
  } finally {
    line.stop();
    client.destroy();
  }
}

function stateOf(begun: TriedAlarms | undefined): string {
  return begun === undefined
    ? 'No alarm was changed.'
    : `${begun.child} was turned red. Its next evaluation, within minutes, turns it green again.`;
}

function outcomeOf(trial: AlertTrial): CommandOutcome {
  return {
    exitCode: trial.verdict === 'seen' ? EXIT_CODES.fine : EXIT_CODES.doctor,
    json: trial,
    text: (page) => alertText(trial, page),
  };
}
