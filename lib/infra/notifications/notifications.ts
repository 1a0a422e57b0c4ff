import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSubscription, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import type { DigestEvent, DigestedSource, SweepEvent } from '../../contract/events.ts';
import {
  deadLettersAlarm,
  notifyErrorsAlarm,
  notifySilentAlarm,
  throttledAlarm,
} from '../alarms/function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { DeadLetterPolicy } from '../functions/dead-letter-policy.ts';
import { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import { FunctionSchedule } from '../functions/function-schedule.ts';
import { NotifyFunction } from '../functions/notify-function.ts';
import type { ScheduleRole } from '../functions/schedule-role.ts';
import type { NotificationProps } from '../props/notification-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';

/** What {@link Notifications} are made from. */
export interface NotificationsProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly notifications: NotificationProps;
  /** The topic that alarms and rules publish to. */
  readonly alarmTopic: ITopic;
  /** The topic that people subscribe to: it carries words, and what could not be worded. */
  readonly mailTopic: ITopic;
  /** Of the alarms on the notify function itself. They tell the topic of the people, without the function. */
  readonly context: AlarmContext;
  readonly logRetention: RetentionDays;
  readonly scheduleRole: ScheduleRole;
}

/** The conditions of an invocation that Lambda gives up (AWS Lambda Developer Guide, "Adding a destination"). */
const GIVEN_UP = ['RetriesExhausted', 'EventAgeExceeded'];

/** What tells people in words: the function, what it remembers, and the alarms that watch it. */
export class Notifications extends Construct {
  readonly function: NotifyFunction;
  readonly alarms: LifeboatAlarm[];
  readonly lastParts: IDependable[];
  readonly #sources: DigestedSource[] = [];
  #statusPage: string | undefined;

  constructor(scope: Construct, id: string, props: NotificationsProps) {
    super(scope, id);
    const { environment, vault, alarmTopic, mailTopic, context, scheduleRole } = props;
    const { channels = [], digest } = props.notifications;
    const deadLetters = new DeadLetterQueue(this, 'DeadLetterQueue');
    new DeadLetterPolicy(this, 'DeadLetterPolicy', { deadLetters }).allowTopics([
      alarmTopic.topicArn,
      mailTopic.topicArn,
    ]);
    const table = new Table(this, 'Told', {
      partitionKey: { name: 'kind', type: AttributeType.STRING },
      sortKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new NotifyFunction(this, 'Notify', {
      ...{ environment, vault, channels, mailTopic, table, deadLetters, logRetention: props.logRetention },
    });
    this.#subscribe(alarmTopic, mailTopic, deadLetters);
    scheduleRole.allow(this.function);
    const schedule = (name: string, expression: string, timeZone: string, input: string) =>
      new FunctionSchedule(this, name, {
        ...{ target: this.function, role: scheduleRole, expression, timeZone, input },
        description: `Lifeboat: ${name === 'Digest' ? 'tell how the week was' : 'tell what was left over'} (${environment})`,
      });
    const sweeps = schedule(
      'Sweep',
      'rate(15 minutes)',
      'UTC',
      JSON.stringify({ sweep: true } satisfies SweepEvent),
    );
    const digests =
      digest &&
      schedule(
        'Digest',
        digest.expressionString,
        digest.timeZone?.timezoneName ?? 'UTC',
        // Sources that are added later are told of, too.
        Lazy.string({
          produce: () =>
            Stack.of(this).toJsonString({
              ...{ digest: true, sources: this.#sources },
              ...(this.#statusPage !== undefined && { statusPage: this.#statusPage }),
            } satisfies DigestEvent),
        }),
      );
    this.alarms = context.isOn
      ? [
          notifyErrorsAlarm(this, context, this.function),
          notifySilentAlarm(this, context, this.function),
          deadLettersAlarm(this, context, 'notify', deadLetters),
          throttledAlarm(this, context, 'notify', this.function),
        ]
      : [];
    this.lastParts = [this.function.invocations, sweeps, ...(digests ? [digests] : []), ...this.alarms];
  }

  /** The digest says where the status page is. */
  tellPage(link: string): void {
    this.#statusPage = link;
  }

  /** Tells of another source. */
  tellOf(source: DigestedSource): void {
    this.#sources.push(source);
    this.function.knowSources(this.#sources.map(({ name }) => name));
  }

  #subscribe(alarmTopic: ITopic, mailTopic: ITopic, deadLetters: DeadLetterQueue): void {
    const { function: notify } = this.function;
    const { queueArn } = deadLetters.queue;
    notify.addPermission('AlarmTopic', {
      principal: new ServicePrincipal('sns.amazonaws.com'),
      sourceArn: alarmTopic.topicArn,
      sourceAccount: Stack.of(this).account,
    });
    new CfnSubscription(this, 'FromAlarms', {
      topicArn: alarmTopic.topicArn,
      protocol: 'lambda',
      endpoint: notify.functionArn,
      // What SNS cannot hand over: the function is gone, or may not be invoked.
      redrivePolicy: { deadLetterTargetArn: queueArn },
    });
    // Failures go to people as they are, and into the queue whose alarm does not need this function. Words are no JSON:
    // SNS filters them out, and counts them in NumberOfNotificationsFilteredOut-InvalidMessageBody (Amazon SNS Developer
    // Guide, "Monitoring topics using CloudWatch"; "Message filtering": a body has to be a JSON object). If that were
    // otherwise, the alarm notify-errors would still tell a failure, by e-mail and without the queue.
    new CfnSubscription(this, 'Failures', {
      topicArn: mailTopic.topicArn,
      protocol: 'sqs',
      endpoint: queueArn,
      filterPolicyScope: 'MessageBody',
      filterPolicy: { requestContext: { condition: GIVEN_UP } },
    });
  }
}
