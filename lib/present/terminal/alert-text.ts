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
    `${pageNow} was red and is green again. Ask everyone on call: each address should have received "ALARM" and then "OK" from ${pageNow}, and for a source also "ALARM" from ${child}. A person who received nothing has not confirmed the subscription, or is not connected to this alarm.`,
  'not-paged': ({ pageNow, child }) =>
    `${child} was turned red, but ${pageNow} did not follow. Somebody has changed the rule of that alarm: deploy the stack again.`,
  'still-red': ({ pageNow, child }) =>
    `${pageNow} is still red. Look at ${child} in CloudWatch: its next evaluation turns it green, unless it is red for a reason of its own. Until then this page-now cannot page.`,
};
