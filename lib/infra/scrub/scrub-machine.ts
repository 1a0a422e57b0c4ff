import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { scrubMachineName } from '../../contract/stack-names.ts';
import { acknowledge } from '../acknowledge.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import type { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import type { ScheduleTarget } from '../functions/function-schedule.ts';
import type { VaultFunction } from '../functions/vault-function.ts';
import { scrubDefinition } from './scrub-definition.ts';
import type { WorkBucket } from './work-bucket.ts';

/** What a {@link ScrubMachine} is made from. */
export interface ScrubMachineProps {
  readonly environment: string;
  readonly list: VaultFunction;
  readonly check: VaultFunction;
  readonly end: VaultFunction;
  readonly work: WorkBucket;
  readonly deadLetters: DeadLetterQueue;
}

/** The state machine, with a role that may only what its definition does. */
export class ScrubMachine extends Construct implements ScheduleTarget {
  readonly machine: CfnStateMachine;
  readonly role: Role;
  readonly deadLetters: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: ScrubMachineProps) {
    super(scope, id);
    const { environment, list, check, end, work } = props;
    this.deadLetters = props.deadLetters;
    const name = scrubMachineName(environment);
    const stack = Stack.of(this);
    const arn = (resource: string, separator: string) =>
      `arn:${stack.partition}:states:${stack.region}:${stack.account}:${resource}:${name}${separator}`;
    const statements = [
      new PolicyStatement({
        sid: 'Invoke',
        actions: ['lambda:InvokeFunction'],
        resources: [list, check, end].map((one) => one.function.functionArn),
      }),
      new PolicyStatement({
        sid: 'ReadScrubWork',
        actions: ['s3:GetObject'],
        resources: [work.bucket.arnForObjects('lists/*')],
      }),
      // AWS Step Functions Developer Guide, "IAM policies for using Distributed Map states".
      new PolicyStatement({
        sid: 'WriteScrubResults',
        actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
        resources: [work.bucket.arnForObjects('results/*')],
      }),
      new PolicyStatement({
        sid: 'StartChildren',
        actions: ['states:StartExecution'],
        resources: [arn('stateMachine', '')],
      }),
      new PolicyStatement({
        sid: 'FollowOwnChildren',
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: [arn('execution', '/*'), arn('execution', ':*')],
      }),
    ];
    this.role = new Role(this, 'Role', {
      description: `Lifeboat: hands out the batches of a scrub (${environment})`,
      // AWS Step Functions Developer Guide, "Prevent cross-service confused deputy issue".
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': arn('stateMachine', '') },
        },
      }),
      inlinePolicies: { Machine: new PolicyDocument({ statements }) },
    });
    this.machine = new CfnStateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: 'STANDARD',
      roleArn: this.role.roleArn,
      definitionString: stack.toJsonString(
        scrubDefinition({
          listFunctionArn: list.function.functionArn,
          checkFunctionArn: check.function.functionArn,
          endFunctionArn: end.function.functionArn,
          workBucketName: work.bucket.bucketName,
        }),
      ),
    });
    this.machine.node.addDependency(this.role);
    acknowledgeWildcards(this.role, statements);
    acknowledge(this.machine, {
      id: 'AwsSolutions-SF1',
      reason:
        'A standard execution keeps its history for 90 days without a log, and the functions have theirs.',
    });
    acknowledge(this.machine, {
      id: 'AwsSolutions-SF2',
      reason: 'The history of an execution shows how long each state took.',
    });
  }

  get targetArn(): string {
    return this.machine.attrArn;
  }
}
