import {
  ALARM_TEXTS,
  type AlarmKind,
  describe as filled,
  PAGE_NOW,
  PAGE_NOW_TEXTS,
} from '../../../lib/contract/alarm-texts.ts';
import type { TopicMessage } from '../../../lib/notify/alarms/read-alert.ts';

export const RUNBOOK = 'https://wiki.example.com/lifeboat';
const FACTS = {
  ...{
    source: 'app',
    threshold: '25 hours',
    gap: '24 hours',
    percent: '50',
    room: '10240',
    factor: '2',
    gigabytes: '200',
  },
  ...{
    minutes: '10',
    subject: 'app',
    function: 'app-backup',
    replication: '3 hours',
    replica: 'the-replica',
    environment: 'production',
  },
};
const VAULTS: readonly string[] = [
  'sentinel-errors',
  'sentinel-silent',
  'keeper-silent',
  'notify-errors',
  'notify-silent',
  'replication-lag',
  'replication-failed',
  'scrub-failed',
];

/** The name that an alarm of this kind has in production. */
export function alarmNamed(kind: string, subject = 'app', environment = 'production'): string {
  const of = VAULTS.includes(kind) ? [] : [kind === 'throttled' ? `${subject}-backup` : subject];
  return ['lifeboat', environment, ...of, kind].join('-');
}

interface Change {
  readonly state?: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly at?: string;
  readonly subject?: string;
  readonly environment?: string;
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, string>>;
}

let messages = 0;
function message(text: object | string, subject: string, at: string): TopicMessage {
  messages += 1;
  const publishedAt = new Date(at).toISOString();
  return {
    id: `message-${messages}`,
    subject,
    text: typeof text === 'string' ? text : JSON.stringify(text),
    publishedAt,
  };
}

function changed(name: string, description: string, given: Change, more: object): TopicMessage {
  const {
    state = 'ALARM',
    at = '2026-11-20T03:00:12.345Z',
    reason = 'Threshold Crossed: 1 datapoint [93600.0] was greater than the threshold (90000.0).',
  } = given;
  return message(
    {
      ...{ AlarmName: name, AlarmDescription: description, AWSAccountId: '111122223333' },
      ...{ NewStateValue: state, NewStateReason: reason, StateChangeTime: at.replace('Z', '+0000') },
      ...{ Region: 'EU (Frankfurt)', OldStateValue: state === 'OK' ? 'ALARM' : 'OK', ...more },
      AlarmArn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`,
    },
    `${state}: "${name}" in EU (Frankfurt)`,
    at,
  );
}

/** What CloudWatch publishes when a metric alarm changes its state. */
export function metricAlarm(kind: AlarmKind, given: Change = {}): TopicMessage {
  const { subject = 'app' } = given;
  // A limit is a time for scrubs, and so much WAL for slots.
  const limit = kind.startsWith('scrub') ? '24 hours' : '2 GiB';
  const facts = { ...FACTS, limit, source: subject, subject, ...given.facts };
  const trigger = { MetricName: 'BackupAgeSeconds', Namespace: 'Lifeboat', Period: 300, Threshold: 90_000 };
  return changed(
    alarmNamed(kind, subject, given.environment),
    filled(ALARM_TEXTS[kind].says, facts, RUNBOOK, kind),
    given,
    {
      Trigger: trigger,
    },
  );
}

/** What it publishes when the page-now of a source changes its state. */
export function pageNow(triggers: readonly AlarmKind[], given: Change = {}): TopicMessage {
  const { subject = 'app', at = '2026-11-20T03:00:12.345Z' } = given;
  const arn = (kind: string) =>
    `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${alarmNamed(kind, subject)}`;
  const children = ['no-backup-25h', 'unproven', 'drill-failed-twice'];
  return changed(
    `lifeboat-production-${subject}-${PAGE_NOW}`,
    filled(PAGE_NOW_TEXTS.source, { source: subject }, RUNBOOK, PAGE_NOW),
    { reason: `${arn(triggers[0] ?? children[0] ?? '')} transitioned to ALARM`, ...given },
    {
      AlarmRule: `(${children.map((kind) => `ALARM("${arn(kind)}")`).join(' OR ')})`,
      TriggeringChildren: triggers.map((kind) => ({
        Arn: arn(kind),
        State: { Value: 'ALARM', Timestamp: at },
      })),
    },
  );
}

/** A text that EventBridge or anybody else publishes. */
export function text(of: object | string, subject = '', at = '2026-11-20T03:00:12.345Z'): TopicMessage {
  return message(of, subject, at);
}

/** As Lambda gets messages of SNS. */
export function snsEvent(...of: readonly TopicMessage[]): object {
  return {
    Records: of.map(({ id, subject, text: Message, publishedAt }) => ({
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: 'arn:aws:sns:eu-central-1:111122223333:alarms:1',
      Sns: {
        Type: 'Notification',
        MessageId: id,
        Subject: subject,
        Message,
        Timestamp: publishedAt,
        MessageAttributes: {},
      },
    })),
  };
}
