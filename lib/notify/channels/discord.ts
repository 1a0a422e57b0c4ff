import { type Format, jsonRequest } from '../channel.ts';
import { clean, cut } from '../cut.ts';
import { factsOf, headlineOf, linkOf, type Notification } from '../notification.ts';

/**
 * Discord, "Embed limits": title 256, description 4096, a field's value 1024, and 6000 in all.
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 */
const TITLE_LENGTH = 256;
const DESCRIPTION_LENGTH = 1800;
const VALUE_LENGTH = 500;
/** Values up to this length stand beside each other. */
const SHORT_LENGTH = 30;

const COLOURS = { critical: 0xd1242f, warning: 0xe16f24, info: 0x0969da, resolved: 0x1a7f37 } as const;

/** Webhooks of Discord. https://docs.discord.com/developers/resources/webhook#execute-webhook */
export function discord(url: URL): Format {
  // The answer to `wait` says whether the message was kept. Without it Discord answers before it knows.
  const waiting = new URL(url);
  waiting.searchParams.set('wait', 'true');
  return {
    foldsByKey: false,
    request: (notification) => jsonRequest(waiting, messageOf(notification)),
  };
}

function messageOf(notification: Notification) {
  const { state, severity, happened, at } = notification;
  const link = linkOf(notification);
  return {
    // A name such as `@everyone` must not wake everybody.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(plain(headlineOf(notification)), TITLE_LENGTH),
        description: cut(plain(happened), DESCRIPTION_LENGTH),
        color: COLOURS[state === 'resolved' ? 'resolved' : severity],
        timestamp: at.toISOString(),
        fields: [
          ...factsOf(notification).map(([name, text]) => ({
            name,
            value: cut(plain(text), VALUE_LENGTH),
            inline: text.length <= SHORT_LENGTH,
          })),
          ...(link ? [{ name: 'Runbook', value: cut(link, VALUE_LENGTH) }] : []),
        ],
      },
    ],
  };
}

/** Escapes Discord's Markdown: `__init__` and `a*b` are names of tables. */
function plain(text: string): string {
  return clean(text).replace(/[\\*_~|`>#[\]<]/g, '\\$&');
}
