import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import { keeperSilentAlarm } from './alarms/function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import type { DeadLetterQueue } from './functions/dead-letter-queue.ts';
import { FunctionSchedule } from './functions/function-schedule.ts';
import { KeeperFunction } from './functions/keeper-function.ts';
import type { ScheduleRole } from './functions/schedule-role.ts';
import type { Retention } from './vault/retention.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What a {@link Keeper} is made from. */
export interface KeeperProps {
  readonly vault: VaultInUse;
  readonly retention: Retention;
  readonly context: AlarmContext;
  /** The name that the vault's policy knows. @default - CloudFormation makes one up */
  readonly roleName?: string;
  readonly logRetention: RetentionDays;
  /** The role and the queue of what looks at the vault. */
  readonly scheduleRole: ScheduleRole;
  readonly deadLetters: DeadLetterQueue;
}

/**
 * The function that decides what may expire, and the alarm that tells when it does not run. A run that fails is in the
 * dead letters of the vault.
 */
export class Keeper extends Construct {
  readonly function: KeeperFunction;
  readonly alarms: LifeboatAlarm[];
  /** What CloudFormation makes last for the keeper. */
  readonly lastParts: IDependable[];

  constructor(scope: Construct, id: string, props: KeeperProps) {
    super(scope, id);
    const { context, scheduleRole } = props;
    this.function = new KeeperFunction(this, 'Keeper', {
      environment: context.environment,
      vault: props.vault,
      retention: props.retention,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
      ...(props.roleName !== undefined && { roleName: props.roleName }),
    });
    scheduleRole.allow(this.function);
    const schedule = new FunctionSchedule(this, 'Schedule', {
      target: this.function,
      role: scheduleRole,
      description: `Lifeboat: mark what may expire (${context.environment})`,
      // S3 acts on its rules once a day. One run marks a manifest, and a later one the rest of the backup, so with two
      // runs a day a backup is gone two days after its class's days. A rate starts at once, so that the alarm on its
      // silence has data when the stack is new.
      expression: 'rate(12 hours)',
      timeZone: 'UTC',
      input: '{}',
    });
    this.alarms = context.isOn ? [keeperSilentAlarm(this, context, this.function)] : [];
    this.lastParts = [this.function.invocations, schedule, ...this.alarms];
  }
}
