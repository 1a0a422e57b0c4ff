import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import { HEALTH_MINUTES } from '../../contract/health-results.ts';
import { HealthAlarms } from '../alarms/health-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { FunctionSchedule } from '../functions/function-schedule.ts';
import { HealthFunction } from '../functions/health-function.ts';
import type { ScheduleRole } from '../functions/schedule-role.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { HealthToMeasure, SourceToProtect } from '../source-to-protect.ts';
import type { HealthResults } from './health-results.ts';

/** What a {@link SourceHealth} is made from. */
export interface SourceHealthProps {
  readonly source: SourceToProtect;
  readonly health: HealthToMeasure;
  readonly context: AlarmContext;
  readonly results: HealthResults;
  readonly scheduleRole: ScheduleRole;
  readonly logRetention: RetentionDays;
  /** That of the source's backup function. @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/** The function, the schedule and the alarms of the health of one source. */
export class SourceHealth extends Construct {
  readonly function: IFunction;
  readonly alarms: LifeboatAlarm[];
  readonly lastParts: IDependable[];

  constructor(scope: Construct, id: string, props: SourceHealthProps) {
    super(scope, id);
    const { source, health, context, results, scheduleRole, logRetention, network } = props;
    const { environment } = context;
    const { everyMinutes = HEALTH_MINUTES.usually } = health;
    const secretKey = health.secret ? health.secretKey : source.secretKey;
    const measures = new HealthFunction(this, 'Health', {
      ...{ environment, source: source.name, settings: health, everyMinutes, results, logRetention },
      secret: health.secret ?? source.secret,
      ...(secretKey && { secretKey }),
      ...(network && { network }),
    });
    scheduleRole.allow(measures);
    const schedule = new FunctionSchedule(this, 'Schedule', {
      target: measures,
      role: scheduleRole,
      description: `Lifeboat: measure the health of ${source.name} (${environment})`,
      expression: `rate(${everyMinutes} minutes)`,
      timeZone: 'UTC',
      input: '{}',
      // A late run is of no use: the next one measures the same.
      handoverTime: Duration.minutes(everyMinutes),
    });
    this.function = measures.function;
    this.alarms = new HealthAlarms(this, 'Alarms', { context, source: source.name, everyMinutes }).all;
    this.lastParts = [measures.invocations, schedule, ...this.alarms];
  }
}
