import { NestedStack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { egressAlarm } from './deviation-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';

/**
 * The alarms of sources that have an `egressLimitGb`. They are in a nested stack, because one stack holds 500 resources,
 * and fifteen sources need most of them for their backups.
 */
export class EgressAlarms extends NestedStack {
  readonly #context: AlarmContext;

  constructor(scope: Construct, id: string, context: AlarmContext) {
    super(scope, id, { description: `Lifeboat: what backups take from hosts (${context.environment})` });
    this.#context = context;
  }

  watch(source: string, limitGb: number): LifeboatAlarm {
    return egressAlarm(new Construct(this, `Source-${source}`), this.#context, source, limitGb);
  }
}
