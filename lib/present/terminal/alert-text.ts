import type { AlertTrial, AlertVerdict } from '../../engine/watch/try-alert.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { formatDuration } from './units.ts';
import { labelled } from './wrap.ts';

/** Says what the test found, and what people must still check. */
export function alertText(trial: AlertTrial, page: Page): string[] {
  const { green, red } = page.paint;
  const { verdict } = trial;
  const paint = verdict === 'seen' ? green : red;
  return [
    `${paint(verdict)} after ${formatDuration(trial.durationMs)}`,
    ...labelled('', printable(MEANINGS[verdict](trial)), page.columns),
  ];
}

const MEANINGS: Readonly<Record<AlertVerdict, (trial: AlertTrial) => string>> = {
  seen: ({ pageNow, child }) =>
    `${pageNow} was red and is green again. Ask everyone on call: each address should have received "ALARM" and then "OK" from ${pageNow}, and for a source also "ALARM" from ${child}. A person who received nothing has not confirmed the subscription, or is not connected to this alarm. With \`channels\` in \`notifications\`, everyone should have received words that begin with "Test:", and then "OVER"; the log of the notify function says of each channel whether it took them (docs/notifications.md, "Who heard it").`,
  'not-paged': ({ pageNow, child }) =>
    `${child} was turned red, but ${pageNow} did not follow. Somebody has changed the rule of that alarm: deploy the stack again.`,
  'still-red': ({ pageNow, child }) =>
    `${pageNow} is still red. Look at ${child} in CloudWatch: its next evaluation turns it green, unless it is red for a reason of its own. Until then this page-now cannot page.`,
};

/** How a test message fared in one channel. `host` is all that may be shown of its address. */
export interface ChannelTrial {
  readonly name: string | null;
  readonly kind: string | null;
  readonly host: string | null;
  readonly delivered: boolean;
  /** Why it was not delivered. */
  readonly problem: string | null;
}

/** Says which channels took the message, and what people must still check. */
export function channelTrialsText(trials: readonly ChannelTrial[], page: Page): string[] {
  const { green, red } = page.paint;
  const lines = trials.flatMap(({ name, host, delivered, problem }) =>
    delivered
      ? [`${green('delivered')}  ${printable(`${name} (${host})`)}`]
      : labelled(`${red('failed')}  `, printable(problem ?? ''), page.columns),
  );
  const ask =
    'Look into each channel: there is a test message, and then that it is over. PagerDuty and Opsgenie show one alert, which is closed.';
  return trials.some(({ delivered }) => delivered) ? [...lines, ...labelled('', ask, page.columns)] : lines;
}
