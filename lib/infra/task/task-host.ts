import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnCluster, type CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import { tasksMayAssume } from './tasks-may-assume.ts';

/** What a {@link TaskHost} is made from. */
export interface TaskHostProps {
  readonly environment: string;
  readonly logRetention: RetentionDays;
}

/** What all tasks of an environment share: a cluster, a log group, and the role with which ECS starts them. */
export class TaskHost extends Construct {
  readonly cluster: CfnCluster;
  readonly executionRole: Role;
  /** Variables that every container of ours has. */
  readonly variables: Record<string, string>;
  readonly #log: LogGroup;

  constructor(scope: Construct, id: string, props: TaskHostProps) {
    super(scope, id);
    // No other stack of the account and region has it: EnvironmentClaim sees to that.
    const clusterName = `lifeboat-${props.environment}`;
    this.cluster = new CfnCluster(this, 'Cluster', {
      clusterName,
      clusterSettings: [{ name: 'containerInsights', value: 'disabled' }],
    });
    acknowledge(this.cluster, {
      id: 'AwsSolutions-ECS4',
      reason: 'Container Insights costs money for each task, and alarms watch every run by its outcome.',
    });
    this.#log = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const statements = [
      new PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.#log.logGroupArn],
      }),
    ];
    this.executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: tasksMayAssume(this),
      description: `Lifeboat: ECS starts tasks and writes their logs (${props.environment})`,
      inlinePolicies: { Execution: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.executionRole, statements);
    this.variables = { AWS_REGION: Stack.of(this).region };
  }

  /** The streams that logTo makes for a prefix. */
  logStreamsArn(prefix: string): string {
    return Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: `${this.#log.logGroupName}:log-stream:${prefix}/*`,
    });
  }

  /** The log of a container. A stream's name is `<prefix>/<container>/<task>`. */
  logTo(prefix: string): CfnTaskDefinition.LogConfigurationProperty {
    return {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': this.#log.logGroupName,
        'awslogs-region': Stack.of(this).region,
        'awslogs-stream-prefix': prefix,
      },
    };
  }
}
