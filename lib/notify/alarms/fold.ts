import { type Notification, SEVERITIES } from '../notification.ts';
import type { AlarmAlert, Alert } from './alert.ts';
import type { Deployment } from './name-of-alarm.ts';
import { type Memory, notificationOf, type RememberedAlarm, rememberTold } from './told.ts';
import { isMoment, wordFiring, wordOver } from './word-alarm.ts';
import { wordGuarded, wordOther } from './word-others.ts';

const HOUR_MS = 3_600_000;
/** An alarm that turns red for the third time within an hour is told of once more, and then only when it is steady. */
const MOST_REDS = 3;
/** As long as an alarm must stay red or green to be steady. */
const STEADY_MS = HOUR_MS;
/** CloudWatch does not repeat itself. One that does all the same, as after a lost OK, is told again after a day. */
const REPEAT_MS = 24 * HOUR_MS;
/** The same request by the same person is told once in this time. */
const SAME_MS = HOUR_MS;
/** What nobody has heard of for so long is forgotten: its alarm is perhaps no longer there. */
const FORGOTTEN_MS = 60 * 24 * HOUR_MS;
/** An OK of an alarm of which nothing was told. It is kept for so long, because the red before it may arrive after it. */
const LATE_MS = HOUR_MS;
/** CloudWatch dates an alarm and those that are made of it within the same second or two. */
const SAME_MOMENT_MS = 5000;
/** Amazon DynamoDB Developer Guide, "Constraints": an item has 400 KB. A storm must not fill it: then nothing could be kept. */
const MOST_OTHERS = 500;
const MOST_ALARMS = 500;

export interface Folded {
  readonly memory: Memory;
  readonly notifications: readonly Notification[];
}

/**
 * Decides what people hear of new messages, by what they were told before. A page-now is folded into the alarm that
 * made it red, repeats into what was told, and an alarm that goes red and green again and again into one message.
 */
export function fold(before: Memory, alerts: readonly Alert[], deployment: Deployment, now: Date): Folded {
  const folding = new Folding(before, deployment, now);
  for (const alert of inOrder(alerts)) folding.take(alert);
  folding.settle();
  return { memory: folding.memory(), notifications: folding.notifications };
}

/** By time, and an alarm before those that are made of it: CloudWatch dates both with nearly the same time. */
function inOrder(alerts: readonly Alert[]): Alert[] {
  const arrived = new Map(alerts.map((alert) => [alert.id, alert]));
  const children = new Set(
    [...arrived.values()].flatMap((one) => (one.type === 'alarm' ? one.children : [])),
  );
  const momentOf = (alert: Alert) => {
    const isChild = alert.type === 'alarm' && children.has(alert.name);
    return Date.parse(alert.at) - (isChild ? SAME_MOMENT_MS : 0);
  };
  return [...arrived.values()].toSorted((a, b) => momentOf(a) - momentOf(b));
}

class Folding {
  readonly notifications: Notification[] = [];
  readonly #alarms: Map<string, RememberedAlarm>;
  readonly #others: Map<string, Memory['others'][string]>;
  readonly #findings: Memory['findings'];
  readonly #deployment: Deployment;
  readonly #now: Date;

  constructor(before: Memory, deployment: Deployment, now: Date) {
    this.#alarms = new Map(Object.entries(before.alarms));
    this.#others = new Map(Object.entries(before.others));
    this.#findings = before.findings;
    this.#deployment = deployment;
    this.#now = now;
  }

  take(alert: Alert): void {
    if (alert.type === 'guard') this.#takeOther(wordGuarded(alert, this.#now));
    else if (alert.type === 'other') {
      this.#takeOther(wordOther(alert, this.#deployment.environment, this.#now));
    } else this.#takeAlarm(alert);
  }

  /** SNS keeps no order: what is older than what was heard last is late, and what came twice is old. */
  #takeAlarm(alert: AlarmAlert): void {
    const known = this.#alarms.get(alert.name);
    const isLate = known?.heardAt !== undefined && Date.parse(alert.at) < Date.parse(known.heardAt);
    if (!isLate) {
      if (alert.state === 'OK') this.#turnGreen(alert);
      else this.#turnRed(alert);
      this.#hear(alert);
    } else if (alert.state !== 'OK' && !known.isRed && !known.reds.includes(alert.at)) {
      // It was red in between, and nobody was told: now it is told with its end.
      const { heardAt = alert.at } = known;
      this.#turnRed(alert);
      this.#turnGreen({ ...alert, state: 'OK', at: heardAt });
    }
  }

  #hear({ name, at }: AlarmAlert): void {
    const known = this.#alarms.get(name);
    if (known) this.#alarms.set(name, { ...known, heardAt: at });
  }

  /** Tells of what has become steady, and forgets what is long ago. */
  settle(): void {
    for (const [name, alarm] of this.#alarms) {
      const quietMs = this.#since(alarm.changedAt);
      if (alarm.isUnsteady && quietMs >= STEADY_MS) {
        const steady = { ...alarm, isUnsteady: false, reds: [] };
        this.#alarms.set(name, alarm.isRed ? steady : this.#over(steady, new Date(alarm.changedAt)));
      } else if (quietMs > (hasHistory(alarm) ? FORGOTTEN_MS : LATE_MS)) this.#alarms.delete(name);
    }
    for (const [key, { toldAt }] of this.#others)
      if (this.#since(toldAt) > 24 * HOUR_MS) this.#others.delete(key);
  }

  memory(): Memory {
    const alarms = newest(this.#alarms, MOST_ALARMS, ({ changedAt }) => changedAt);
    const others = newest(this.#others, MOST_OTHERS, ({ toldAt }) => toldAt);
    return { alarms, others, findings: this.#findings };
  }

  #turnRed(alert: AlarmAlert): void {
    const { name, at, children } = alert;
    const known = this.#alarms.get(name);
    const firing = wordFiring(alert, this.#deployment, this.#now);
    const recent = (known?.reds ?? []).filter((red) => this.#since(red) < HOUR_MS);
    const isNew = known?.isRed !== true;
    const reds = isNew ? [...recent, at] : recent;
    const next: RememberedAlarm = {
      ...{ isRed: true, changedAt: isNew ? at : known.changedAt, reds, children, isUnsteady: false },
      ...(known?.heardAt && { heardAt: known.heardAt }),
      ...(known?.told && { told: known.told, toldAt: known.toldAt }),
    };
    if (known?.isUnsteady) this.#alarms.set(name, { ...next, isUnsteady: true });
    else if (!isNew && !this.#isWorthRepeating(known, firing)) this.#alarms.set(name, next);
    else if (this.#isToldByAnother(name, children)) this.#alarms.set(name, next);
    else {
      const isUnsteady = reds.length >= MOST_REDS;
      this.notifications.push(isUnsteady ? unsteady(firing, reds) : firing);
      this.#alarms.set(name, {
        ...{ ...next, isUnsteady },
        ...{ told: rememberTold(firing), toldAt: this.#now.toISOString() },
      });
    }
  }

  #isWorthRepeating({ told, toldAt }: RememberedAlarm, firing: Notification): boolean {
    if (told === undefined || toldAt === undefined) return false;
    const isWorse = SEVERITIES.indexOf(firing.severity) < SEVERITIES.indexOf(told.severity);
    return isWorse || this.#since(toldAt) >= REPEAT_MS;
  }

  /** Whether people know it from an alarm that this one is made of, or that is made of this one. */
  #isToldByAnother(name: string, children: readonly string[]): boolean {
    const isTold = (alarm: RememberedAlarm | undefined) => alarm?.isRed === true && alarm.told !== undefined;
    const parents = [...this.#alarms.values()].filter((other) => other.children.includes(name));
    return children.some((child) => isTold(this.#alarms.get(child))) || parents.some(isTold);
  }

  /** When a page-now is green, none of its alarms is red, whether they say so or not. */
  #turnGreen(alert: AlarmAlert): void {
    const { name, at } = alert;
    const known = this.#alarms.get(name);
    if (!known) this.#alarms.set(name, { ...NEVER_RED, changedAt: at });
    if (!known?.isRed) return;
    const over = new Date(at);
    // Its messages are about a run. A backup that failed has not succeeded because a quarter of an hour has passed.
    if (isMoment(alert, this.#deployment)) {
      const { told: _told, toldAt: _toldAt, ...rest } = known;
      this.#alarms.set(name, { ...rest, isRed: false, changedAt: at });
      return;
    }
    for (const one of [name, ...known.children]) {
      const alarm = this.#alarms.get(one);
      if (!alarm?.isRed) continue;
      const green = { ...alarm, isRed: false, changedAt: at };
      this.#alarms.set(one, green.isUnsteady ? green : this.#over(green, over));
    }
  }

  #over(alarm: RememberedAlarm, overAt: Date): RememberedAlarm {
    const { told, toldAt: _toldAt, ...rest } = alarm;
    if (told) this.notifications.push(wordOver(notificationOf(told, this.#now), overAt, this.#now));
    return rest;
  }

  #takeOther(notification: Notification): void {
    const { key } = notification;
    const before = this.#others.get(key);
    if (before && this.#since(before.toldAt) < SAME_MS) {
      this.#others.set(key, { ...before, folded: before.folded + 1 });
      return;
    }
    const folded = before?.folded ?? 0;
    const note = `The same came ${folded} more ${folded === 1 ? 'time' : 'times'} since the last message.`;
    this.notifications.push(folded > 0 ? { ...notification, note } : notification);
    this.#others.set(key, { toldAt: this.#now.toISOString(), folded: 0 });
  }

  #since(time: string): number {
    return this.#now.getTime() - new Date(time).getTime();
  }
}

/** What is remembered of an alarm whose first word is OK. */
const NEVER_RED = { isRed: false, reds: [], children: [], isUnsteady: false };

function hasHistory({ isRed, reds }: RememberedAlarm): boolean {
  return isRed || reds.length > 0;
}

function newest<Kept>(
  all: ReadonlyMap<string, Kept>,
  most: number,
  timeOf: (one: Kept) => string,
): Record<string, Kept> {
  const entries = [...all];
  if (entries.length <= most) return Object.fromEntries(entries);
  const byAge = entries.toSorted(([, a], [, b]) => timeOf(b).localeCompare(timeOf(a)));
  return Object.fromEntries(byAge.slice(0, most));
}

function unsteady(firing: Notification, reds: readonly string[]): Notification {
  const note = `It has become red ${reds.length} times within an hour. The next message comes when it has been red or green for an hour.`;
  return { ...firing, note };
}
