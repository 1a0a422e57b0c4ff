import * as v from 'valibot';
import type { TopicMessage } from '../../lib/notify/alarms/read-alert.ts';
import { readEvent } from '../shared/read-event.ts';

/** AWS Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications". */
const fromTopic = v.object({
  Records: v.array(
    v.object({
      Sns: v.object({
        MessageId: v.string(),
        Subject: v.nullish(v.string(), ''),
        Message: v.string(),
        Timestamp: v.pipe(v.string(), v.isoTimestamp()),
      }),
    }),
  ),
});
const sweep = v.strictObject({ sweep: v.literal(true) });
const digest = v.strictObject({
  digest: v.literal(true),
  statusPage: v.exactOptional(v.string()),
  sources: v.array(
    v.strictObject({
      name: v.string(),
      drill: v.string(),
      drillSchedule: v.exactOptional(v.string()),
      timeZone: v.string(),
    }),
  ),
});
const schema = v.union([fromTopic, sweep, digest]);
export type NotifyEvent = v.InferOutput<typeof schema>;

/** Throws `event-invalid`. */
export function notifyEvent(event: unknown): NotifyEvent {
  return readEvent(schema, event, '{"sweep": true}');
}

export function messagesOf({ Records }: v.InferOutput<typeof fromTopic>): TopicMessage[] {
  return Records.map(({ Sns: { MessageId, Subject, Message, Timestamp } }) => ({
    id: MessageId,
    subject: Subject,
    text: Message,
    publishedAt: Timestamp,
  }));
}
