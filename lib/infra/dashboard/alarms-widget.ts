import { ArnFormat, type Stack } from 'aws-cdk-lib';
import {
  type CfnAlarm,
  type CfnCompositeAlarm,
  ConcreteWidget,
  type IAlarm,
} from 'aws-cdk-lib/aws-cloudwatch';

/** What an {@link AlarmsWidget} shows. */
export interface AlarmsWidgetProps {
  /** The stack of the dashboard. */
  readonly stack: Stack;
  readonly title: string;
  readonly alarms: readonly IAlarm[];
}

/**
 * The states of alarms, as the AlarmStatusWidget of the CDK shows them. It knows them by their names, which are fixed. By
 * references, each alarm would be a parameter of the dashboard's stack, which may have 200 (AWS CloudFormation User Guide,
 * "Understand CloudFormation quotas").
 */
export class AlarmsWidget extends ConcreteWidget {
  readonly #props: AlarmsWidgetProps;

  constructor(props: AlarmsWidgetProps) {
    super(24, 3);
    this.#props = props;
  }

  toJson(): object[] {
    const { stack, title, alarms } = this.#props;
    const { width, height, x, y } = this;
    const arns = alarms.map((alarm) =>
      stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: nameOf(alarm),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
    return [{ type: 'alarm', width, height, x, y, properties: { title, alarms: arns } }];
  }
}

function nameOf(alarm: IAlarm): string {
  const { alarmName } = alarm.node.defaultChild as CfnAlarm | CfnCompositeAlarm;
  if (alarmName === undefined) throw new Error(`${alarm.node.path} has no name of its own`);
  return alarmName;
}
