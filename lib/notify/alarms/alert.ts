import * as v from 'valibot';

/** A message of the alert topic, as far as it is told. Plain JSON, because it waits in a table until it is told. */
const common = {
  /** SNS's id of the message: one that is delivered twice is told once. */
  id: v.string(),
  /** When it happened, ISO 8601. */
  at: v.pipe(v.string(), v.isoTimestamp()),
};

export const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmStateName = (typeof STATES)[number];

const alarm = v.object({
  ...common,
  type: v.literal('alarm'),
  name: v.string(),
  state: v.picklist(STATES),
  before: v.string(),
  description: v.string(),
  reason: v.string(),
  /** The names of the alarms that a composite alarm is made of. */
  children: v.array(v.string()),
  /** Those of them that made it red. */
  triggers: v.array(v.string()),
});

const guarded = v.object({
  ...common,
  type: v.literal('guard'),
  environment: v.string(),
  event: v.string(),
  who: v.string(),
  from: v.string(),
  refused: v.string(),
  runbook: v.string(),
});

const other = v.object({ ...common, type: v.literal('other'), subject: v.string(), text: v.string() });

export const alertSchema = v.variant('type', [alarm, guarded, other]);
export type Alert = v.InferOutput<typeof alertSchema>;
export type AlarmAlert = v.InferOutput<typeof alarm>;
export type GuardedAlert = v.InferOutput<typeof guarded>;
export type OtherAlert = v.InferOutput<typeof other>;
