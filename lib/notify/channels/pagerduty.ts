import { type Format, jsonRequest } from '../channel.ts';
import { clean, cut } from '../cut.ts';
import { factsOf, linkOf, type Notification } from '../notification.ts';

/**
 * PagerDuty, "Events API v2": `summary` has at most 1024 characters, `dedup_key` 255.
 * https://developer.pagerduty.com/docs/send-alert-event
 */
const SUMMARY_LENGTH = 1024;
const KEY_LENGTH = 255;
const DETAIL_LENGTH = 8000;

/** Events of PagerDuty: one alert for each key, which `resolve` closes. */
export function pagerduty(url: URL, routingKey: string): Format {
  return {
    foldsByKey: true,
    request: (notification) => jsonRequest(url, eventOf(notification, routingKey)),
  };
}

function eventOf(notification: Notification, routingKey: string) {
  const { key, state, severity, title, happened, source, environment, since, at } = notification;
  const link = linkOf(notification);
  const common = { routing_key: routingKey, dedup_key: cut(key, KEY_LENGTH) };
  if (state === 'resolved') return { ...common, event_action: 'resolve' };
  return {
    ...common,
    event_action: 'trigger',
    client: 'Lifeboat',
    payload: {
      summary: cut(clean(title), SUMMARY_LENGTH),
      source: cut(source ?? environment ?? 'lifeboat', KEY_LENGTH),
      severity,
      timestamp: (since ?? at).toISOString(),
      ...(environment ? { group: environment } : {}),
      custom_details: Object.fromEntries(
        [['What happened', happened] as const, ...factsOf(notification)].map(([label, text]) => [
          label,
          cut(clean(text), DETAIL_LENGTH),
        ]),
      ),
    },
    ...(link ? { links: [{ href: link, text: 'Runbook' }] } : {}),
  };
}
