import { type Command, Option } from 'commander';
import { several } from './several.ts';

export const NOTIFY_WHEN = ['failure', 'always'] as const;
export type NotifyWhen = (typeof NOTIFY_WHEN)[number];

export interface NotifyOptions {
  readonly notify?: readonly string[];
  readonly notifyOn?: NotifyWhen;
  readonly heartbeat?: string;
}

/** Adds the options that tell people outside how the command ended. */
export function addNotifyOptions(command: Command): Command {
  return command
    .option(
      '--notify <channel>',
      'where to say that the command failed, and that it works again: an address (Slack, Discord, Teams, PagerDuty, Opsgenie, a webhook), or a name in LIFEBOAT_NOTIFY (repeatable; default: all of LIFEBOAT_NOTIFY, which `ps` does not show)',
      several,
    )
    .addOption(
      new Option(
        '--notify-on <when>',
        'failure: also when it works again; always: every time (default: LIFEBOAT_NOTIFY_ON, or failure)',
      ).choices(NOTIFY_WHEN),
    );
}

/** Adds {@link addNotifyOptions}, and the heartbeat, to a command that must run regularly. */
export function addWatchedOptions(command: Command): Command {
  return addNotifyOptions(command).option(
    '--heartbeat <url>',
    'monitor to tell that the command ran: healthchecks.io, Better Stack, Uptime Kuma, or any address, which is asked for after a success (default: LIFEBOAT_HEARTBEAT_URL)',
  );
}
