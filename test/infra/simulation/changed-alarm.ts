import { Template } from 'aws-cdk-lib/assertions';
import { resolve } from '../support/intrinsics.ts';

type Properties = Record<string, unknown>;

/** A template in which one alarm is other than the stack makes it. Throws unless one alarm has that name. */
export function withChangedAlarm(
  template: Template,
  name: string,
  change: (properties: Properties) => Properties,
): Template {
  const changed = structuredClone(template.toJSON()) as {
    Resources: Record<string, { Type: string; Properties: Properties }>;
  };
  const [alarm, ...others] = Object.values(changed.Resources).filter(
    ({ Type, Properties }) =>
      /^AWS::CloudWatch::(Composite)?Alarm$/.test(Type) && resolve(Properties.AlarmName) === name,
  );
  if (!alarm || others.length > 0) throw new Error(`${others.length + (alarm ? 1 : 0)} alarms are ${name}`);
  alarm.Properties = { ...alarm.Properties, ...change(alarm.Properties) };
  return Template.fromJSON(changed);
}
