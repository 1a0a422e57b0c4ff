import { NestedStack } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { AlarmContext } from '../alarms/lifeboat-alarm.ts';
import { ScheduleRole } from '../functions/schedule-role.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { HealthToMeasure, SourceToProtect } from '../source-to-protect.ts';
import { HealthResults } from './health-results.ts';
import { SourceHealth } from './source-health.ts';

/** What a {@link Health} is made from. */
export interface HealthStackProps {
  readonly context: AlarmContext;
  readonly logRetention: RetentionDays;
}

/**
 * Measures the health of the sources that ask for it. It is a nested stack, because one stack holds 500 resources, and
 * fifteen sources need most of them for their backups.
 */
export class Health extends NestedStack {
  readonly results: HealthResults;
  readonly #context: AlarmContext;
  readonly #logRetention: RetentionDays;
  readonly #scheduleRole: ScheduleRole;

  constructor(scope: Construct, id: string, props: HealthStackProps) {
    super(scope, id, { description: `Lifeboat: the health of the sources (${props.context.environment})` });
    this.#context = props.context;
    this.#logRetention = props.logRetention;
    this.results = new HealthResults(this, 'Results');
    this.#scheduleRole = new ScheduleRole(this, 'ScheduleRole', { targets: [] });
  }

  /** Measures another source, from the network that its backup function is in. */
  measure(
    source: SourceToProtect,
    health: HealthToMeasure,
    network: SourceNetworkProps | undefined,
  ): SourceHealth {
    return new SourceHealth(this, `Source-${source.name}`, {
      ...{ source, health, results: this.results },
      ...{ context: this.#context, scheduleRole: this.#scheduleRole, logRetention: this.#logRetention },
      ...(network && { network }),
    });
  }
}
