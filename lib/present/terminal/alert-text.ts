import type { AlertTrial, AlertVerdict } from '../../engine/watch/try-alert.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { formatDuration } from './units.ts';
import { labelled } from './wrap.ts';

/** What happened, and what is left for people to see. */
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
    `${pageNow} was red and is green again. Ask everybody who is on call: each address should have "ALARM" of ${pageNow} and then "OK" of it, and of a source "ALARM" of ${child} too. Whoever got nothing has not confirmed the subscription, or is not connected to this alarm.`,
  'not-paged': ({ pageNow, child }) =>
    `${child} was turned red, and ${pageNow} did not follow. Deploy the stack again: somebody has changed the rule of that alarm.`,
  'still-red': ({ pageNow, child }) =>
    `${pageNow} is still red. Look at ${child} in CloudWatch: it is green again with its next evaluation unless it is red for a reason of its own. Until then this page-now cannot page.`,
};
