import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { HeartbeatProps } from './heartbeat-props.ts';

/** A place where people hear of alarms. */
export interface ChannelProps {
  /** `slack`, `discord`, `teams`, `webhook`, `pagerduty` or `opsgenie`. */
  readonly kind: string;

  /** The secret that holds the address, the key, or JSON with `url` and `secret`. */
  readonly secret: ISecret;

  /** The customer key that encrypts the secret. @default - the key that the secret itself names, or AWS's own */
  readonly secretKey?: IKey;

  /** How messages about the channel name it. @default - its kind */
  readonly name?: string;

  /** Some of `critical`, `warning`, `info`. @default - all of them */
  readonly hears?: readonly string[];
}

/** Tells people in words: in chats, by pagers, and by e-mail. */
export interface NotificationProps {
  /** At most eight. @default - e-mail alone */
  readonly channels?: readonly ChannelProps[];

  /** When the weekly digest is sent. @default - there is none */
  readonly digest?: ScheduleExpression;

  /** A monitor outside that hears every five minutes that all is well. @default - none */
  readonly heartbeat?: HeartbeatProps;
}
