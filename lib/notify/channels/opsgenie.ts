import { type Format, jsonRequest } from '../channel.ts';
import { clean, cut } from '../cut.ts';
import { factsOf, linkOf, type Notification } from '../notification.ts';

/**
 * Opsgenie, "Create Alert": `message` has at most 130 characters, `alias` 512, `description` 15000, `details` 8000.
 * https://docs.opsgenie.com/docs/alert-api#create-alert
 */
const MESSAGE_LENGTH = 130;
const ALIAS_LENGTH = 512;
const DESCRIPTION_LENGTH = 6000;
const DETAIL_LENGTH = 1000;

const PRIORITIES = { critical: 'P1', warning: 'P3', info: 'P5' } as const;

/** Alerts of Opsgenie, or of Jira Service Management, which took over its API: one for each alias. */
export function opsgenie(url: URL, key: string): Format {
  const headers = { authorization: `GenieKey ${key}` };
  return {
    foldsByKey: true,
    request(notification) {
      const alias = cut(notification.key, ALIAS_LENGTH);
      if (notification.state === 'firing') return jsonRequest(url, alertOf(notification, alias), headers);
      const close = new URL(url);
      close.pathname += `/${encodeURIComponent(alias)}/close`;
      close.searchParams.set('identifierType', 'alias');
      const note = cut(clean(notification.happened), DESCRIPTION_LENGTH);
      return jsonRequest(close, { source: 'Lifeboat', note }, headers);
    },
  };
}

function alertOf(notification: Notification, alias: string) {
  const { severity, title, happened, source, environment } = notification;
  const link = linkOf(notification);
  return {
    message: cut(clean(title), MESSAGE_LENGTH),
    alias,
    description: cut(clean(happened), DESCRIPTION_LENGTH),
    priority: PRIORITIES[severity],
    source: 'Lifeboat',
    ...(source ? { entity: cut(source, ALIAS_LENGTH) } : {}),
    tags: ['lifeboat', severity, ...(environment ? [cut(environment, 50)] : [])],
    details: Object.fromEntries(
      [...factsOf(notification), ...(link ? [['Runbook', link] as const] : [])].map(([label, text]) => [
        label,
        cut(clean(text), DETAIL_LENGTH),
      ]),
    ),
  };
}
