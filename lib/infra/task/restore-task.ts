import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import { RESTORE_TASK_VARIABLES, type RestorePlace, restoreFamily } from '../../contract/restore-task.ts';
import { networkVariables } from '../functions/network.ts';
import { readSecret } from '../functions/read-secret.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { encryptObjects, readEverything, recordRestores } from '../vault/vault-statements.ts';
import { BundleTask } from './bundle-task.ts';
import type { Tasks } from './tasks.ts';

/** What a {@link RestoreTask} is made from. */
export interface RestoreTaskProps {
  readonly tasks: Tasks;
  readonly environment: string;
  readonly vault: VaultInUse;
  /** With the URLs of databases that a task may restore into. */
  readonly targetSecrets: readonly ISecret[];
  /** @default - the network of tasks, for targets with a public address */
  readonly network?: SourceNetworkProps;
}

/**
 * `lifeboat restore --on-aws`: the command itself in a task near the target, which people with the restore role start. It
 * may read the vault, as they may, and the secrets of the targets, and write nothing but
 * the record of the restore.
 */
export class RestoreTask extends Construct {
  readonly task: BundleTask;
  readonly #tasks: Tasks;

  constructor(scope: Construct, id: string, props: RestoreTaskProps) {
    super(scope, id);
    const { tasks, environment, vault, targetSecrets, network } = props;
    this.#tasks = tasks;
    const { subnetIds, securityGroupIds, assignPublicIp } = network
      ? {
          subnetIds: network.vpc.selectSubnets(network.subnets).subnetIds,
          securityGroupIds: (network.securityGroups ?? []).map((group) => group.securityGroupId),
          assignPublicIp: false,
        }
      : tasks.network.place;
    const place: RestorePlace = {
      subnets: subnetIds,
      securityGroups: securityGroupIds,
      publicIp: assignPublicIp,
    };
    this.task = new BundleTask(this, 'Task', {
      family: restoreFamily(environment),
      description: `Lifeboat: restores by command (${environment})`,
      bundle: tasks.bundle('restore-task'),
      host: tasks.host,
      ...{ vcpu: 2, memoryGb: 4, logPrefix: 'restore' },
      variables: {
        [FUNCTION_VARIABLES.vault]: vault.url,
        [RESTORE_TASK_VARIABLES.place]: Stack.of(this).toJsonString(place),
        ...networkVariables(network),
      },
      statements: [
        ...readEverything(vault),
        ...[recordRestores(vault), encryptObjects(vault)],
        // A statement for each, for each may have a key of its own; a policy takes each id once.
        ...targetSecrets.flatMap((secret, index) =>
          readSecret(this, secret, undefined).map((statement) =>
            withId(statement, `${statement.sid}${index === 0 ? '' : index + 1}`),
          ),
        ),
      ],
    });
  }

  /** What whoever starts and watches a task must be allowed. */
  startStatements(): PolicyStatement[] {
    const { host } = this.#tasks;
    const { definition, role } = this.task;
    const ofCluster = { ArnEquals: { 'ecs:cluster': host.cluster.attrArn } };
    return [
      new PolicyStatement({
        sid: 'StartRestore',
        actions: ['ecs:RunTask'],
        resources: [definition.attrTaskDefinitionArn],
        conditions: ofCluster,
      }),
      new PolicyStatement({
        sid: 'WatchRestore',
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: ['*'],
        conditions: ofCluster,
      }),
      // Has no narrower resources (Service Authorization Reference, "Amazon Elastic Container Service").
      new PolicyStatement({ sid: 'FindRestore', actions: ['ecs:DescribeTaskDefinition'], resources: ['*'] }),
      new PolicyStatement({
        sid: 'PassRestoreRoles',
        actions: ['iam:PassRole'],
        resources: rolesArns(role, host.executionRole),
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
      new PolicyStatement({
        sid: 'ReadRestoreLog',
        actions: ['logs:GetLogEvents'],
        resources: [host.logStreamsArn('restore')],
      }),
    ];
  }
}

function rolesArns(...roles: readonly Role[]): string[] {
  return roles.map(({ roleArn }) => roleArn);
}

function withId(statement: PolicyStatement, sid: string): PolicyStatement {
  statement.sid = sid;
  return statement;
}
