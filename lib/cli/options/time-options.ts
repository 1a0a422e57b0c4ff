import { type Command, Option } from 'commander';
import type { TimeWindow } from '../../engine/archive/time-window.ts';
import { bothTimes } from '../../present/terminal/both-times.ts';
import type { Context } from '../program/context.ts';
import { usageError } from '../program/failure.ts';
import { readMoment } from './moment.ts';
import { ownZone } from './own-zone.ts';

/** Options that choose backups by the moment that their rows show. */
export interface TimeOptions {
  readonly before?: string;
  readonly since?: string;
  readonly at?: string;
}

export type Times = Pick<Context, 'now' | 'environment'>;

/** Adds the options: the same for every command that takes or lists backups. */
export function addTimeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--before <time>',
        'only backups whose rows show a moment before this: 2026-11-08T14:00Z, or in your own zone "2026-11-08 14:00", yesterday, "3 weeks ago"',
      ),
    )
    .addOption(new Option('--since <time>', 'only backups whose rows show this moment or a later one'))
    .addOption(
      new Option(
        '--at <time>',
        'the backup that shows the state nearest to this moment, and nothing later; says what lies between, and which one is next',
      ),
    );
}

/** Undefined if no time was given. Throws what readMoment throws, and `time-contradiction`. */
export function windowOf(options: TimeOptions, { now, environment }: Times): TimeWindow | undefined {
  const { before, since, at } = options;
  if (before === undefined && since === undefined && at === undefined) return undefined;
  const surrounding = { now: now(), zone: ownZone({ environment }) };
  const read = (option: string, text: string | undefined) =>
    text === undefined ? undefined : readMoment(option, text, surrounding);
  const window = {
    ...withTime('before', read('--before', before)),
    ...withTime('since', read('--since', since)),
    ...withTime('at', read('--at', at)),
  };
  refuseContradictions(window, surrounding.now);
  return window;
}

function withTime(name: keyof TimeWindow, time: Date | undefined): TimeWindow {
  return time === undefined ? {} : { [name]: time };
}

function refuseContradictions({ before, since, at }: TimeWindow, now: Date): void {
  if (at && (before || since)) {
    throw usageError(
      'time-contradiction',
      '--at was given together with --before or --since.',
      'Give --at alone, or --before and --since.',
    );
  }
  if (before && since && since >= before) {
    throw usageError(
      'time-contradiction',
      '--since is not earlier than --before, so no backup can lie between.',
      'Exchange them, or leave one out.',
    );
  }
  const future = [['--at', at] as const, ['--since', since] as const].find(([, time]) => time && time > now);
  if (!future) return;
  throw usageError(
    'time-contradiction',
    `${future[0]} is in the future: it was read as ${bothTimes(future[1] ?? now)}.`,
    'Give an earlier time, or write it with its zone, such as 2026-11-08T14:00Z.',
  );
}
