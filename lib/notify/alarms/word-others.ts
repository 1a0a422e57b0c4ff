import { createHash } from 'node:crypto';
import { GUARD_ALERT } from '../../contract/guard-alert.ts';
import type { Notification } from '../notification.ts';
import type { GuardedAlert, OtherAlert } from './alert.ts';

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

/** A message that nobody here knows is told as it is. */
export function wordOther({ subject, text, at }: OtherAlert, environment: string, now: Date): Notification {
  return {
    key: keyOf('other', subject, text),
    state: 'firing',
    severity: 'warning',
    title: subject === '' ? 'A message on the alert topic' : subject,
    happened: text === '' ? 'It is empty.' : text,
    environment,
    since: new Date(at),
    at: now,
  };
}

function keyOf(type: string, ...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `lifeboat:${type}:${digest}`;
}
