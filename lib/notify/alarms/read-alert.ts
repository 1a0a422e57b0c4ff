import * as v from 'valibot';
import { readGuardAlert } from '../../contract/guard-alert.ts';
import { cut } from '../cut.ts';
import type { Alert } from './alert.ts';
import { STATES } from './alert.ts';

/** A message of SNS, as a function gets it. */
export interface TopicMessage {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  /** When it was published, ISO 8601. */
  readonly publishedAt: string;
}

/** A longer text of somebody else is cut. The topic takes 256 KB, and a table's item 400 KB. */
const LONGEST_TEXT = 4000;

/**
 * The message of an alarm, as CloudWatch publishes it (Amazon CloudWatch User Guide, "Notifying users on alarm
 * changes"). That of a composite alarm has `AlarmRule` and `TriggeringChildren` in place of `Trigger`.
 */
const alarmMessage = v.looseObject({
  AlarmName: v.string(),
  AlarmDescription: v.nullish(v.string(), ''),
  NewStateValue: v.picklist(STATES),
  NewStateReason: v.nullish(v.string(), ''),
  StateChangeTime: v.string(),
  OldStateValue: v.nullish(v.string(), ''),
  AlarmRule: v.nullish(v.string(), ''),
  TriggeringChildren: v.nullish(v.array(v.looseObject({ Arn: v.string() })), []),
});

/** Reads any message. One that is not understood is `other`, and is told as it is. */
export function readAlert({ id, subject, text, publishedAt }: TopicMessage): Alert {
  const json = jsonOf(text);
  const read = v.safeParse(alarmMessage, json);
  if (read.success) return alarmOf(id, publishedAt, read.output);
  // EventBridge publishes a text with its quotes.
  const plain = typeof json === 'string' ? json : text;
  const guarded = readGuardAlert(plain.trim());
  if (guarded) {
    return { type: 'guard', id, ...guarded, at: isoOf(guarded.at) ?? publishedAt };
  }
  return { type: 'other', id, at: publishedAt, subject, text: cut(plain, LONGEST_TEXT) };
}

function alarmOf(id: string, publishedAt: string, message: v.InferOutput<typeof alarmMessage>): Alert {
  const named = [...message.AlarmRule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)/g)];
  return {
    ...{ type: 'alarm', id, at: isoOf(message.StateChangeTime) ?? publishedAt },
    name: message.AlarmName,
    state: message.NewStateValue,
    before: message.OldStateValue,
    description: message.AlarmDescription,
    reason: message.NewStateReason,
    children: named.map(([, child = '']) => nameOf(child)),
    triggers: message.TriggeringChildren.map(({ Arn }) => nameOf(Arn)),
  };
}

/** An alarm is named by its ARN or by its name. */
function nameOf(alarm: string): string {
  return alarm.replace(/^.*:alarm:/, '');
}

/** CloudWatch writes `2026-11-20T03:00:12.345+0000`, without the colon that ISO 8601 has. */
function isoOf(time: string): string | undefined {
  const at = new Date(time.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
