import { ALARM_WORDS, type AlarmWords } from '../../contract/alarm-words.ts';
import { ALERT_TEST_REASON } from '../../contract/alert-test.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import type { Notification } from '../notification.ts';
import type { AlarmAlert } from './alert.ts';
import { type AlarmIdentity, type Deployment, identityOf } from './name-of-alarm.ts';

/** The message that an alarm is red, or that nothing is known any more. */
export function wordFiring(alert: AlarmAlert, deployment: Deployment, now: Date): Notification {
  const identity = identityOf(alert, deployment);
  const { kind, subject, source, severity } = identity;
  const isTest = alert.reason === ALERT_TEST_REASON;
  const isSilent = alert.state === 'INSUFFICIENT_DATA';
  const title = titleOf(alert, identity);
  const runbook = runbookOf(alert.description);
  const toDo = isTest
    ? 'Nothing, but say that you have got this. A message that it is over follows.'
    : (wordsOf(kind)?.toDo ?? 'Do what the runbook says of this alarm.');
  const noData = `Nothing is known of ${subject ?? 'it'} any more, because the alarm gets no data.`;
  return {
    key: `lifeboat:alarm:${alert.name}`,
    state: 'firing',
    severity: isSilent ? 'warning' : severity,
    title: isTest ? `Test: ${title}` : title,
    happened: isTest
      ? 'Somebody tests with `lifeboat alert test` whether this alarm reaches people. Nothing is wrong.'
      : [isSilent ? noData : '', textOf(alert.description, source), becauseOf(alert, deployment)]
          .filter((sentence) => sentence !== '')
          .join(' '),
    environment: deployment.environment,
    ...(source === undefined ? {} : { source }),
    since: new Date(alert.at),
    toDo,
    ...(runbook === undefined ? {} : { runbook }),
    at: now,
  };
}

/** The message that what was told is over. */
export function wordOver(told: Notification, overAt: Date, now: Date): Notification {
  const { toDo: _toDo, atStake: _atStake, note: _note, ...rest } = told;
  const lasted = told.since
    ? ` It was red for ${formatDuration(overAt.getTime() - told.since.getTime())}.`
    : '';
  return { ...rest, state: 'resolved', happened: `The alarm is green again.${lasted}`, at: now };
}

/** Whether a green alarm says only that some minutes have passed. */
export function isMoment(alert: AlarmAlert, deployment: Deployment): boolean {
  return wordsOf(identityOf(alert, deployment).kind)?.isMoment === true;
}

function titleOf(alert: AlarmAlert, { kind, subject, source }: AlarmIdentity): string {
  const words = wordsOf(kind)?.title;
  if (words !== undefined && (subject !== undefined || !words.includes('{subject}'))) {
    return words.replaceAll('{subject}', subject ?? '');
  }
  const [first = ''] = textOf(alert.description, source).split(/\.(?:\s|$)/);
  return first === '' ? alert.name : first;
}

/** A composite alarm says which of its alarms made it red. */
function becauseOf({ triggers }: AlarmAlert, deployment: Deployment): string {
  const causes = triggers.map((name) => {
    const alarm = { name, description: '' };
    const identity = identityOf(alarm, deployment);
    const words = wordsOf(identity.kind)?.title ?? identity.kind;
    return words.replaceAll('{subject}', identity.subject ?? identity.kind);
  });
  return causes.length === 0 ? '' : `The reason: ${causes.join('; ')}.`;
}

/** The text of an alarm without the runbook's address at its end. A name keeps its letters. */
function textOf(description: string, source?: string): string {
  const text = description
    .replace(/ Runbook: \S+$/, '')
    .replace(/^CRITICAL: /, '')
    .trim();
  const isName = source !== undefined && text.startsWith(`${source} `);
  return isName ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function runbookOf(description: string): string | undefined {
  return / Runbook: (\S+)$/.exec(description)?.[1];
}

function wordsOf(kind: string): AlarmWords | undefined {
  return Object.hasOwn(ALARM_WORDS, kind) ? ALARM_WORDS[kind as keyof typeof ALARM_WORDS] : undefined;
}
