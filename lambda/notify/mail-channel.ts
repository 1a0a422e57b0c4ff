import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { emailText } from '../../lib/notify/channels/email-text.ts';
import { SEVERITIES } from '../../lib/notify/notification.ts';

const sns = new SNSClient({
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});
/** Amazon SNS API Reference, Publish: 262,144 bytes; an e-mail of a tenth of that is long enough. */
const LONGEST_TEXT = 20_000;

/** E-mail in words, through a topic. It hears everything. */
export function mailChannel(topicArn: string): Channel {
  return {
    ...{ name: 'e-mail', kind: 'email', host: 'Amazon SNS' },
    severities: SEVERITIES,
    secrets: [],
    foldsByKey: false,
    request: () => {
      throw new Error('e-mail is carried by Amazon SNS');
    },
    async carry(notification, abortSignal) {
      const { subject, text } = emailText(notification);
      try {
        await sns.send(
          new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text.slice(0, LONGEST_TEXT) }),
          abortSignal ? { abortSignal } : {},
        );
      } catch (error) {
        const name = error instanceof Error ? error.name : 'Error';
        throw new LifeboatError({
          code: 'notification-not-delivered',
          kind: 'internal',
          what: `e-mail (Amazon SNS) did not take the message: ${name}: ${messageOf(error).replace(/\.*$/, '')}.`,
        });
      }
    },
  };
}
