import { clean, cut } from '../cut.ts';
import { factsOf, headlineOf, linkOf, type Notification } from '../notification.ts';

/** Amazon SNS API Reference, "Publish": a subject is ASCII, without line ends, and has at most 100 characters. */
const SUBJECT_LENGTH = 100;

/** An e-mail without markup, as Amazon SNS sends it. */
export function emailText(notification: Notification): { readonly subject: string; readonly text: string } {
  const { happened } = notification;
  const link = linkOf(notification);
  const headline = headlineOf(notification);
  const subject = cut(headline.replace(/[^ -~]+/g, '?'), SUBJECT_LENGTH).replace('…', '.');
  return {
    subject,
    text: [
      clean(headline),
      '',
      clean(happened),
      '',
      ...factsOf(notification).map(([label, text]) => `${label}: ${clean(text)}`),
      ...(link ? [`Runbook: ${link}`] : []),
      '',
    ].join('\n'),
  };
}
