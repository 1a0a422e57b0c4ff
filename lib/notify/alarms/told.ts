import * as v from 'valibot';
import { type Notification, SEVERITIES } from '../notification.ts';

const text = v.string();
const instant = v.pipe(v.string(), v.isoTimestamp());

/** A message that was told, without what changes from hour to hour. */
const told = v.object({
  key: text,
  severity: v.picklist(SEVERITIES),
  title: text,
  environment: v.optional(text),
  source: v.optional(text),
  runbook: v.optional(text),
  since: instant,
});

const alarm = v.object({
  isRed: v.boolean(),
  /** When it became red or green. */
  changedAt: instant,
  /** The time of the last change that was heard of. What is older has come late. */
  heardAt: v.optional(instant),
  /** When it became red within the last hour. */
  reds: v.array(instant),
  /** What people have been told and not been told the end of. Absent if another alarm told it. */
  told: v.optional(told),
  /** When that was. */
  toldAt: v.optional(instant),
  /** The alarms that it is made of. */
  children: v.array(text),
  /** It goes red and green again and again, and is told of once it is steady. */
  isUnsteady: v.boolean(),
});
export type RememberedAlarm = v.InferOutput<typeof alarm>;

export const memorySchema = v.object({
  alarms: v.record(text, alarm),
  /** Messages of other kinds, by their key: when one was told last, and how many were not since. */
  others: v.record(text, v.object({ toldAt: instant, folded: v.number() })),
  /** Critical findings of health, by the key of their message: when one was seen last. Older versions know none. */
  findings: v.optional(v.record(text, v.object({ told, seenAt: instant })), {}),
});
/** What people have been told: it is kept from one invocation to the next. */
export type Memory = v.InferOutput<typeof memorySchema>;

export const NOTHING_TOLD: Memory = { alarms: {}, others: {}, findings: {} };

export function rememberTold(notification: Notification): NonNullable<RememberedAlarm['told']> {
  const { key, severity, title, environment, source, runbook, since, at } = notification;
  return {
    ...{ key, severity, title },
    ...(environment === undefined ? {} : { environment }),
    ...(source === undefined ? {} : { source }),
    ...(runbook === undefined ? {} : { runbook }),
    since: (since ?? at).toISOString(),
  };
}

export function notificationOf(remembered: NonNullable<RememberedAlarm['told']>, now: Date): Notification {
  const { since, environment, source, runbook, ...same } = remembered;
  return {
    ...same,
    ...(environment === undefined ? {} : { environment }),
    ...(source === undefined ? {} : { source }),
    ...(runbook === undefined ? {} : { runbook }),
    ...{ state: 'firing', happened: '', since: new Date(since), at: now },
  };
}
