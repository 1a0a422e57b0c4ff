import { createHash } from 'node:crypto';
import { type Format, jsonRequest } from '../channel.ts';
import type { Notification } from '../notification.ts';
import { signatureOf } from '../signature.ts';

/** Any receiver that checks signatures of Standard Webhooks. `now` is the time of the signature. */
export function webhook(url: URL, secret: Buffer, now: () => Date): Format {
  return {
    // The receiver gets the key and may fold by it, but nobody knows whether it does.
    foldsByKey: false,
    request(notification) {
      const { body, ...rest } = jsonRequest(url, messageOf(notification));
      const id = idOf(body);
      const timestamp = Math.floor(now().getTime() / 1000);
      const signature = signatureOf({ id, timestamp, body }, secret);
      return {
        ...rest,
        body,
        headers: {
          ...rest.headers,
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signature,
        },
      };
    },
  };
}

/** The body, whose fields docs/notifications.md lists. A field never goes away. */
function messageOf({ at, since, ...rest }: Notification) {
  return {
    type: 'lifeboat.notification',
    timestamp: at.toISOString(),
    data: { ...rest, ...(since ? { since: since.toISOString() } : {}) },
  };
}

/** A message that is sent again after a failure keeps its id, by which the receiver knows it. */
function idOf(body: string): string {
  return `msg_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
}
