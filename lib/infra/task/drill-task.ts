import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DrillLaunch } from '../../contract/drill-task.ts';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import { type DrillRights, drillStatements } from '../functions/drill-rights.ts';
import { familyPart } from './backup-task.ts';
import type { DrillServers } from './drill-servers.ts';
import type { Tasks } from './tasks.ts';
import { tasksMayAssume } from './tasks-may-assume.ts';

/** The longest that a drill's task runs, unless the source says otherwise. */
export const DEFAULT_DRILL_HOURS = 12;

/** What a {@link DrillTask} is made from. */
export interface DrillTaskProps extends DrillRights {
  readonly tasks: Tasks;
  readonly servers: DrillServers;
  readonly when: DrillLaunch['when'];
  readonly hours: number;
  /** The image of the server. @default - the public one of the source's major */
  readonly image?: string;
}

/**
 * Drills backups of one source on a PostgreSQL beside the program: what a function has no room, no time or no extension
 * for. It has the rights of the drill function, and cannot reach the source either: it is in a network of its own.
 */
export class DrillTask extends Construct {
  readonly role: Role;
  /** By which events of its tasks are told from others. */
  readonly group: string;
  readonly clusterArn: string;
  readonly hours: number;
  readonly #props: DrillTaskProps;
  readonly #family: string;

  constructor(scope: Construct, id: string, props: DrillTaskProps) {
    super(scope, id);
    const { tasks, servers, environment, source, image } = props;
    this.#props = props;
    this.hours = props.hours;
    this.clusterArn = tasks.host.cluster.attrArn;
    this.group = drillGroup(environment, source);
    const description = `Lifeboat: drills ${source} in a task (${environment})`;
    const statements = [tasks.bundle('drill-task').read, ...drillStatements(this, props)];
    this.role = new Role(this, 'Role', {
      assumedBy: tasksMayAssume(this),
      description,
      inlinePolicies: { Task: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
    this.#family =
      image === undefined ? servers.family : `lifeboat-${environment}-${familyPart(source)}-drill`;
    if (image !== undefined) servers.define(this, 'Definition', this.#family, image);
  }

  /** Starts tasks of these definitions and no other, with the roles of this task and no others. */
  launchStatements(): PolicyStatement[] {
    const { tasks, servers } = this.#props;
    const pass = (sid: string, roles: readonly Role[], service: string) =>
      new PolicyStatement({
        sid,
        actions: ['iam:PassRole'],
        resources: roles.map(({ roleArn }) => roleArn),
        conditions: { StringEquals: { 'iam:PassedToService': service } },
      });
    const definition = (family: string) =>
      Stack.of(this).formatArn({ service: 'ecs', resource: 'task-definition', resourceName: `${family}:*` });
    const families =
      this.#family === servers.family ? [`${this.#family}-*`] : [this.#family, `${this.#family}-large`];
    return [
      new PolicyStatement({
        sid: 'RunTask',
        actions: ['ecs:RunTask'],
        resources: families.map(definition),
        conditions: { ArnEquals: { 'ecs:cluster': this.clusterArn } },
      }),
      pass('PassRole', [this.role, tasks.host.executionRole], 'ecs-tasks.amazonaws.com'),
      pass('PassVolumeRole', [servers.volumeRole], 'ecs.amazonaws.com'),
    ];
  }

  /** Tells the function how to start the task. */
  launchVariables(starter: Construct): Record<string, string> {
    const { tasks, servers, when, hours } = this.#props;
    const { subnetIds, securityGroupIds, assignPublicIp } = tasks.network.place;
    const launch: DrillLaunch = {
      ...{ when, hours, cluster: this.clusterArn, family: this.#family, group: this.group },
      ownImage: this.#family !== servers.family,
      taskRole: this.role.roleArn,
      volumeRole: servers.volumeRole.roleArn,
      ...{ subnets: subnetIds, securityGroups: securityGroupIds, publicIp: assignPublicIp },
    };
    return { [FUNCTION_VARIABLES.drillTask]: Stack.of(starter).toJsonString(launch) };
  }
}

/** The definitions serve all sources, so that the group of a task says whose it is. */
function drillGroup(environment: string, source: string): string {
  return `lifeboat:${environment}:${source}:drill`;
}
