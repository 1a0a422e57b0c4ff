import { type ChannelRequest, type Format, jsonRequest } from '../channel.ts';
import { clean, cut } from '../cut.ts';
import { factsOf, headlineOf, linkOf, type Notification } from '../notification.ts';

/**
 * Microsoft Teams, "Create and send messages": "The message size limit is 28 KB." Characters outside ASCII count in
 * UTF-16. https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
const LONGEST_TEXTS = [4000, 1000, 300] as const;
const MESSAGE_BYTES = 28 * 1024;

const COLOURS = { critical: 'Attention', warning: 'Warning', info: 'Accent', resolved: 'Good' } as const;

/**
 * An Adaptive Card for a webhook of Workflows ("Post to a channel when a webhook request is received"). Workflows
 * takes no message cards. Version 1.4 is the newest that every client of Teams shows.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#send-adaptive-cards-using-an-incoming-webhook
 */
export function teams(url: URL): Format {
  return { foldsByKey: false, request: (notification) => fitting(url, notification) };
}

function fitting(url: URL, notification: Notification): ChannelRequest {
  const requests = LONGEST_TEXTS.map((length) => jsonRequest(url, messageOf(notification, length)));
  const fits = requests.find(({ body }) => Buffer.byteLength(body, 'utf16le') <= MESSAGE_BYTES);
  return fits ?? jsonRequest(url, messageOf(notification, 100));
}

function messageOf(notification: Notification, longest: number) {
  const { state, severity, happened } = notification;
  const link = linkOf(notification);
  const text = (given: string) => cut(plain(given), longest);
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            {
              type: 'TextBlock',
              size: 'Large',
              weight: 'Bolder',
              wrap: true,
              color: COLOURS[state === 'resolved' ? 'resolved' : severity],
              text: cut(plain(headlineOf(notification)), 300),
            },
            { type: 'TextBlock', wrap: true, text: text(happened) },
            {
              type: 'FactSet',
              facts: factsOf(notification).map(([title, value]) => ({ title, value: text(value) })),
            },
          ],
          ...(link ? { actions: [{ type: 'Action.OpenUrl', title: 'Runbook', url: link }] } : {}),
        },
      },
    ],
  };
}

/** Escapes the Markdown that cards know. https://adaptivecards.microsoft.com/?topic=text-features */
function plain(text: string): string {
  return clean(text).replace(/[\\*_[\]]/g, '\\$&');
}
