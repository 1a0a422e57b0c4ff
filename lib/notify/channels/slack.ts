import { type Format, jsonRequest } from '../channel.ts';
import { clean, cut } from '../cut.ts';
import { factsOf, headlineOf, linkOf, type Notification } from '../notification.ts';

/** Slack, "Block Kit": header block and section block. https://docs.slack.dev/reference/block-kit/blocks/section-block */
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 3000;

const SIGNS = {
  critical: ':red_circle:',
  warning: ':large_orange_circle:',
  info: ':large_blue_circle:',
} as const;

/** Incoming webhooks of Slack. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slack(url: URL): Format {
  return {
    foldsByKey: false,
    request: (notification) => jsonRequest(url, messageOf(notification)),
  };
}

function messageOf(notification: Notification) {
  const { state, severity, happened } = notification;
  const link = linkOf(notification);
  const headline = clean(headlineOf(notification));
  const sign = state === 'resolved' ? ':white_check_mark:' : SIGNS[severity];
  const facts = [
    ...factsOf(notification).map(([label, text]) => `*${label}:* ${mrkdwn(text)}`),
    ...(link ? [`*Runbook:* <${mrkdwn(link).replaceAll('|', '%7C')}>`] : []),
  ];
  const together = facts.join('\n');
  const sections = [
    mrkdwn(happened),
    ...(together.length > SECTION_LENGTH ? facts : [together]).filter((text) => text !== ''),
  ];
  return {
    // What a phone shows before anybody opens the message.
    text: mrkdwn(cut(headline, SECTION_LENGTH / 6)),
    blocks: [
      {
        type: 'header',
        text: {
          type: 'plain_text',
          text: cut(`${sign} ${withoutAngles(headline)}`, HEADER_LENGTH),
          emoji: true,
        },
      },
      ...sections.map((text) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: cutEscaped(text, SECTION_LENGTH), verbatim: true },
      })),
    ],
  };
}

/**
 * Escapes the three characters that Slack reads as commands: `<!channel>` in a table's name must not wake everybody.
 * https://docs.slack.dev/messaging/formatting-message-text/#escaping
 */
function mrkdwn(text: string): string {
  return clean(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A header is plain text, which Slack shows as it is: escapes, too. */
function withoutAngles(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}

/** Cuts escaped text, but never within an escape. */
function cutEscaped(text: string, length: number): string {
  return text.length <= length ? text : cut(text, length).replace(/&[a-z]{0,3}…$/, '…');
}
