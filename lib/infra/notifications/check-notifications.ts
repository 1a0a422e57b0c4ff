import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import type { Problem } from '../problem.ts';

/** A channel as far as it can be checked. */
export interface NamedChannel {
  readonly kind: string;
  readonly name?: string;
  readonly hears?: readonly string[];
}

export interface NotificationsToCheck {
  readonly emails?: readonly string[];
  readonly channels?: readonly NamedChannel[];
  /** `cron(…)` or `rate(…)`. */
  readonly digest?: string;
}

export const CHANNEL_KINDS = ['slack', 'discord', 'teams', 'webhook', 'pagerduty', 'opsgenie'] as const;
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
/** They stand in a variable of the function, and Lambda has 4 KB for all. */
export const MOST_CHANNELS = 8;

/** Reports what is wrong with channels and the digest. */
export function checkNotifications(
  { emails = [], channels = [], digest }: NotificationsToCheck,
  now: Date,
): Problem[] {
  const names = channels.map((_, index) => channelName(channels, index));
  return [
    ...(channels.length > MOST_CHANNELS
      ? [{ path: ['channels'], message: `are ${channels.length}; ${MOST_CHANNELS} is the most` }]
      : []),
    ...channels.flatMap((channel, index) => checkChannel(channel, index, names)),
    ...(channels.length > 0 && emails.length === 0 && !channels.some(hearsCritical)
      ? [{ path: ['channels'], message: 'leave nobody to hear what is critical: let one of them hear it' }]
      : []),
    ...(digest === undefined ? [] : checkDigest(digest, now)),
  ];
}

/** The name that people gave it, or its kind; two of a kind are numbered. */
export function channelName(channels: readonly NamedChannel[], index: number): string {
  const channel = channels[index];
  if (channel?.name !== undefined) return channel.name;
  const kind = channel?.kind ?? '';
  const before = channels.slice(0, index).filter((one) => one.name === undefined && one.kind === kind);
  return before.length === 0 ? kind : `${kind}-${before.length + 1}`;
}

function checkChannel(
  { kind, name, hears }: NamedChannel,
  index: number,
  names: readonly string[],
): Problem[] {
  const path = ['channels', index];
  const problems: Problem[] = [];
  if (!CHANNEL_KINDS.some((one) => one === kind)) {
    problems.push({
      path: [...path, 'kind'],
      message: `${JSON.stringify(kind)} should be one of ${CHANNEL_KINDS.join(', ')}`,
    });
  }
  if (name !== undefined && !/^[a-z0-9][a-z0-9._-]{0,39}$/.test(name)) {
    problems.push({
      path: [...path, 'name'],
      message: `${JSON.stringify(name)} should be at most 40 lower-case letters, digits, "." "_" "-"`,
    });
  }
  const first = names.indexOf(names[index] ?? '');
  if (first !== index) {
    problems.push({ path: [...path, 'name'], message: `is the name of channels[${first}] too` });
  }
  const unknown = hears?.find((one) => !SEVERITIES.some((severity) => severity === one));
  if (hears?.length === 0 || unknown !== undefined) {
    problems.push({
      path: [...path, 'hears'],
      message: `should be some of ${SEVERITIES.join(', ')}, or left out`,
    });
  }
  return problems;
}

function hearsCritical({ hears }: NamedChannel): boolean {
  return hears === undefined || hears.includes('critical');
}

function checkDigest(digest: string, now: Date): Problem[] {
  try {
    longestGapOf(digest, 'UTC', now);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    return [{ path: ['digest'], message: error.message }];
  }
}
