import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import type { SentinelEvent } from '../contract/events.ts';
import {
  deadLettersAlarm,
  sentinelErrorsAlarm,
  sentinelSilentAlarm,
  throttledAlarm,
} from './alarms/function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import { PageNow } from './alarms/page-now.ts';
import { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import { DeadLetterQueue } from './functions/dead-letter-queue.ts';
import { FunctionSchedule } from './functions/function-schedule.ts';
import { ScheduleRole } from './functions/schedule-role.ts';
import { SentinelFunction, type SourceToWatch, type WatchedSchedule } from './functions/sentinel-function.ts';
import type { HeartbeatProps } from './props/heartbeat-props.ts';
import type { StatusPage } from './status-page/status-page.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What a {@link Sentinel} is made from. */
export interface SentinelProps {
  readonly vault: VaultInUse;
  /** Whether the vault is a replica. @default false */
  readonly isReplica?: boolean;
  /** The name of the sentinel's own schedule. @default - CloudFormation makes one up */
  readonly scheduleName?: string;
  readonly context: AlarmContext;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  readonly logRetention: RetentionDays;
}

/** The function that checks the vault every five minutes, and the alarms that watch this function. */
export class Sentinel extends Construct {
  readonly function: SentinelFunction;
  /** Wakes people when nobody watches the vault; undefined if alarms are off. */
  readonly pageNow: PageNow | undefined;
  readonly alarms: LifeboatAlarm[];
  /** The role that starts what looks at the vault, and the queue of what could not be delivered to it, or failed. */
  readonly scheduleRole: ScheduleRole;
  readonly deadLetters: DeadLetterQueue;
  readonly deadLetterPolicy: DeadLetterPolicy;
  /** What CloudFormation makes last for the sentinel. */
  readonly lastParts: IDependable[];
  #statusPage: StatusPage | undefined;

  constructor(scope: Construct, id: string, props: SentinelProps) {
    super(scope, id);
    const { context } = props;
    const deadLetters = new DeadLetterQueue(this, 'DeadLetterQueue');
    this.deadLetters = deadLetters;
    this.function = new SentinelFunction(this, 'Sentinel', {
      environment: context.environment,
      vault: props.vault,
      isReplica: props.isReplica ?? false,
      logRetention: props.logRetention,
      deadLetters,
      ...(props.heartbeat && { heartbeat: props.heartbeat }),
    });
    this.scheduleRole = new ScheduleRole(this, 'ScheduleRole', { targets: [this.function] });
    const schedule = new FunctionSchedule(this, 'Schedule', {
      target: this.function,
      role: this.scheduleRole,
      description: `Lifeboat: look at the vault (${context.environment})`,
      ...(props.scheduleName !== undefined && { name: props.scheduleName, rhythm: [props.scheduleName] }),
      expression: 'rate(5 minutes)',
      timeZone: 'UTC',
      // Not in the function's variables, which the names of fifteen sources fill.
      input: Lazy.string({
        produce: () =>
          Stack.of(this).toJsonString({
            ...(props.heartbeat && { heartbeatSecretArn: props.heartbeat.secret.secretArn }),
            ...(this.#statusPage && { statusPageFunction: this.#statusPage.function.function.functionName }),
          } satisfies SentinelEvent),
      }),
      // A late run is of no use: the next one checks the same.
      handoverTime: Duration.minutes(5),
    });
    this.deadLetterPolicy = new DeadLetterPolicy(this, 'DeadLetterPolicy', { deadLetters });
    const paging = context.isOn
      ? [sentinelSilentAlarm(this, context, this.function), sentinelErrorsAlarm(this, context, this.function)]
      : [];
    this.alarms = context.isOn
      ? [
          ...paging,
          deadLettersAlarm(this, context, 'sentinel', deadLetters),
          throttledAlarm(this, context, 'sentinel', this.function),
        ]
      : [];
    this.pageNow = context.isOn ? new PageNow(this, 'PageNow', { context, alarms: paging }) : undefined;
    this.lastParts = [this.function.invocations, schedule, ...(this.pageNow ? [this.pageNow] : [])];
  }

  /** Publishes how long ago a scrub ended. */
  watchScrubs(schedule: WatchedSchedule): void {
    this.function.watchScrubs(schedule);
  }

  /** Asks for a new page when something has changed. */
  tellPage(page: StatusPage): void {
    this.#statusPage = page;
    page.letStart(this.function.role);
  }

  /** Watches another source. */
  watch(source: SourceToWatch): void {
    this.function.watch(source);
  }
}
