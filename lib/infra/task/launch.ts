import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { TaskLaunch } from '../../contract/task-launch.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { LaunchableTask } from './backup-task.ts';
import type { TaskPlace } from './task-network.ts';

/** Starts this task and no other, with the roles of this task and no others. */
export function launchStatements({ task, clusterArn }: LaunchableTask): PolicyStatement[] {
  const { taskRoleArn, executionRoleArn } = task.definition;
  return [
    new PolicyStatement({
      sid: 'RunTask',
      actions: ['ecs:RunTask'],
      resources: [task.definition.attrTaskDefinitionArn],
      conditions: { ArnEquals: { 'ecs:cluster': clusterArn } },
    }),
    new PolicyStatement({
      sid: 'PassRole',
      actions: ['iam:PassRole'],
      resources: [taskRoleArn, executionRoleArn].filter((arn) => arn !== undefined),
      conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  ];
}

/** Tells a function how to start the task. */
export function launchVariables(
  launchable: LaunchableTask,
  starter: LambdaFunction,
  network: SourceNetworkProps | undefined,
): Record<string, string> {
  const { when, task, clusterArn, size } = launchable;
  const { subnetIds, securityGroupIds, assignPublicIp } = launchable.place ?? placeOf(starter, network);
  const launch: TaskLaunch = {
    when,
    cluster: clusterArn,
    definition: task.definition.attrTaskDefinitionArn,
    subnets: subnetIds,
    securityGroups: securityGroupIds,
    publicIp: assignPublicIp,
    vcpu: size.vcpu,
    memoryGb: size.memoryGb,
    hours: size.hours,
  };
  return { [FUNCTION_VARIABLES.task]: Stack.of(starter).toJsonString(launch) };
}

/** Beside the function, with its security groups: what accepts the function accepts the task. */
function placeOf(starter: LambdaFunction, network: SourceNetworkProps | undefined): TaskPlace {
  if (!network) throw new Error(`${starter.node.path} has no network that a task could run in`);
  return {
    subnetIds: network.vpc.selectSubnets(network.subnets).subnetIds,
    securityGroupIds: starter.connections.securityGroups.map(({ securityGroupId }) => securityGroupId),
    // Functions run in private subnets, from where NAT or endpoints lead out.
    assignPublicIp: false,
  };
}
