import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { deadLettersAlarm, sentinelErrorsAlarm, throttledAlarm } from './alarms/function-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import { FunctionSchedule } from './functions/function-schedule.ts';
import { SentinelFunction } from './functions/sentinel-function.ts';
import type { ProtectedSource } from './protected-source.ts';
import type { Vault } from './vault/vault.ts';

/** What a {@link Sentinel} is made from. */
export interface SentinelProps {
  readonly vault: Vault;
  readonly sources: ProtectedSource[];
  readonly context: AlarmContext;
  readonly logRetention: RetentionDays;
}

/** The function that looks at the vault every five minutes, and the alarms on itself. */
export class Sentinel extends Construct {
  readonly function: SentinelFunction;
  readonly errors: LifeboatAlarm;
  readonly alarms: LifeboatAlarm[];

  constructor(scope: Construct, id: string, props: SentinelProps) {
    super(scope, id);
    const { context } = props;
    this.function = new SentinelFunction(this, 'Sentinel', {
      environment: context.environment,
      vault: props.vault,
      sources: props.sources.map(({ name, backupSchedule, drillSchedule }) => ({
        name,
        backupSchedule: backupSchedule.schedule,
        drillSchedule: drillSchedule.schedule,
      })),
      logRetention: props.logRetention,
    });
    new FunctionSchedule(this, 'Schedule', {
      target: this.function,
      description: `Lifeboat: look at the vault (${context.environment})`,
      expression: 'rate(5 minutes)',
      timeZone: 'UTC',
      input: '{}',
    });
    this.errors = sentinelErrorsAlarm(this, context, this.function);
    this.alarms = [
      this.errors,
      deadLettersAlarm(this, context, 'sentinel', this.function),
      throttledAlarm(this, context, 'sentinel', this.function),
    ];
  }
}
