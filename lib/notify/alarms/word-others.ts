import { createHash } from 'node:crypto';
import { ALARM_TEXTS, type AlarmKind } from '../../contract/alarm-texts.ts';
import { ALARM_WORDS } from '../../contract/alarm-words.ts';
import { GUARD_ALERT } from '../../contract/guard-alert.ts';
import type { Notification } from '../notification.ts';
import type { GuardedAlert, OtherAlert } from './alert.ts';
import { severityOf } from './name-of-alarm.ts';

/** Somebody has tried to change what protects the vault. */
export function wordGuarded(alert: GuardedAlert, now: Date): Notification {
  const { environment, event, who, from, at, refused, runbook } = alert;
  const by = `${who || 'Somebody whom CloudTrail does not name'}, from ${from || 'an unknown address'}`;
  return {
    key: keyOf('guard', event, who, refused),
    state: 'firing',
    severity: refused === '' ? 'critical' : 'warning',
    title:
      refused === ''
        ? `The vault's protection was changed: ${event}`
        : `Refused: ${event} on the vault or its key`,
    happened:
      refused === ''
        ? `${by}, asked for ${event} on the vault or its key, and it was done.`
        : `${by}, asked for ${event} on the vault or its key. It was refused (${refused}).`,
    environment,
    since: new Date(at),
    toDo: 'Ask who did it. If nobody of you did, somebody has credentials of your account: act now.',
    runbook: `${runbook}#${GUARD_ALERT}`,
    at: now,
  };
}

/**
 * A message of somebody else is told as it is. If it ends with a heading of the runbook, as that of a scrub does, it is as
 * severe as the alarm of that heading, and says what to do.
 */
export function wordOther({ subject, text, at }: OtherAlert, environment: string, now: Date): Notification {
  const { happened, runbook, kind } = withoutRunbook(text);
  const title = subject.replace(`Lifeboat ${environment}: `, '').trim();
  return {
    key: keyOf('other', subject, text),
    state: 'firing',
    severity: kind === undefined ? 'warning' : severityOf(kind),
    title:
      title === '' ? 'A message on the alert topic' : `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    happened: happened === '' ? 'It is empty.' : happened,
    environment,
    since: new Date(at),
    ...(kind !== undefined && { toDo: ALARM_WORDS[kind].toDo }),
    ...(runbook !== undefined && { runbook }),
    at: now,
  };
}

interface WithoutRunbook {
  readonly happened: string;
  readonly runbook?: string;
  readonly kind?: AlarmKind;
}

/** Takes `What to do: <runbook>#scrub-damaged` out of a text: channels show the runbook in their own ways. */
function withoutRunbook(text: string): WithoutRunbook {
  const found = [...text.matchAll(/\s*What to do: (\S+)#([a-z0-9-]+)$/gm)].at(-1);
  const [, runbook, heading = ''] = found ?? [];
  if (runbook === undefined || !Object.hasOwn(ALARM_TEXTS, heading)) return { happened: text };
  const happened = text.replaceAll(/\s*What to do: \S+#[a-z0-9-]+$/gm, '').trim();
  return { happened, runbook: `${runbook}#${heading}`, kind: heading as AlarmKind };
}

function keyOf(type: string, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `lifeboat:${type}:${digest}`;
}
