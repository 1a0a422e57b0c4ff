import { createHash } from 'node:crypto';
import { headlineOf, type Notification, SEVERITIES } from '../notification.ts';

/** So many messages are told one by one. */
const MOST_ALONE = 3;
/** The lines of one message. A channel cuts a longer text, and a line that nobody sees is of no use. */
const MOST_LINES = 20;

/** Makes one message of many that come at once: nobody reads thirty. */
export function together(notifications: readonly Notification[]): readonly Notification[] {
  const [first] = notifications;
  if (first === undefined || notifications.length <= MOST_ALONE) return notifications;
  const firing = notifications.filter(({ state }) => state === 'firing');
  const over = notifications.filter(({ state }) => state === 'resolved');
  return [...(firing.length > 0 ? joined(firing) : []), ...(over.length > 0 ? joined(over) : [])];
}

function joined(given: readonly Notification[]): readonly Notification[] {
  const [first, second] = given;
  if (first === undefined || second === undefined) return given;
  const worstFirst = given.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
  const [worst = first] = worstFirst;
  const { state, severity, environment, at } = worst;
  const sources = new Set(given.map(({ source }) => source));
  const [source] = sources.size === 1 ? sources : [undefined];
  const lines = worstFirst.slice(0, MOST_LINES).map((one) => `- ${headlineOf(one)}`);
  const more = given.length > lines.length ? [`- and ${given.length - lines.length} more`] : [];
  const stakes = new Set(given.flatMap(({ atStake }) => atStake ?? []));
  const since = earliest(given);
  const { runbook } = worst;
  return [
    {
      key: keyOf(given),
      ...{ state, severity, at },
      title:
        state === 'firing' ? `${given.length} messages at once` : `${given.length} alarms are green again`,
      happened: [...lines, ...more].join('\n'),
      ...(source === undefined ? {} : { source }),
      ...(environment === undefined ? {} : { environment }),
      ...(since === undefined ? {} : { since }),
      ...(state === 'firing' && {
        toDo: 'Begin with the first one. Many alarms at once often have one cause: a network, a permission, the account.',
      }),
      ...(stakes.size > 0 && { atStake: [...stakes].join('\n') }),
      ...(state === 'firing' && runbook !== undefined && { runbook }),
    },
  ];
}

function earliest(given: readonly Notification[]): Date | undefined {
  const times = given.flatMap(({ since }) => since?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function keyOf(given: readonly Notification[]): string {
  const digest = createHash('sha256').update(JSON.stringify(given.map(({ key }) => key)));
  return `lifeboat:together:${digest.digest('hex').slice(0, 16)}`;
}
