import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyDocument, type PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { BUNDLE_FOLDER, MAIN_CONTAINER } from '../../contract/task-launch.ts';
import { acknowledge } from '../acknowledge.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import type { TaskBundle } from './task-bundle.ts';
import type { TaskHost } from './task-host.ts';
import { CERTIFICATES, TASK_IMAGE, TASK_USER } from './task-image.ts';
import { tasksMayAssume } from './tasks-may-assume.ts';

const BUNDLE_VOLUME = 'bundle';
export const FETCH_CONTAINER = 'fetch';

/** What a {@link BundleTask} is made from. */
export interface BundleTaskProps {
  /** The definition's family, which events of its tasks name: `lifeboat-production-app-backup`. */
  readonly family: string;
  readonly description: string;
  readonly bundle: TaskBundle;
  readonly host: TaskHost;
  readonly vcpu: number;
  readonly memoryGb: number;
  /** The first part of the name of the log stream. */
  readonly logPrefix: string;
  readonly variables: Record<string, string>;
  /** Everything that the program may do, apart from reading its bundle. */
  readonly statements: PolicyStatement[];
  /** @default - the 20 GiB that every task has */
  readonly ephemeralStorageGb?: number;
  /** Folders that the program may write to, and other containers too. @default - it can write nowhere */
  readonly volumes?: readonly TaskVolume[];
  /** Containers beside the program, such as a server. @default - none */
  readonly beside?: readonly CfnTaskDefinition.ContainerDefinitionProperty[];
  /** What those must have reached before the program starts. @default - nothing */
  readonly dependsOn?: readonly CfnTaskDefinition.ContainerDependencyProperty[];
}

/** A folder of a task that is empty when it starts and gone when it ends. */
export interface TaskVolume {
  readonly name: string;
  /** Where the program has it. */
  readonly path: string;
  /** Whether the program may only read it. @default false */
  readonly readOnly?: boolean;
  /** Whether it is a volume that RunTask is told about. @default false */
  readonly configuredAtLaunch?: boolean;
}

/**
 * A program as a Fargate task. A first container fetches the code into a volume, as root without any capability, for
 * the volumes of Fargate belong to root (Amazon ECS Developer Guide, "Use bind mounts with Amazon ECS"). Then the program
 * runs as a user without rights who can only read the volume. Neither can write anywhere else.
 */
export class BundleTask extends Construct {
  readonly definition: CfnTaskDefinition;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: BundleTaskProps) {
    super(scope, id);
    const statements = [props.bundle.read, ...props.statements];
    this.role = new Role(this, 'Role', {
      assumedBy: tasksMayAssume(this),
      description: props.description,
      inlinePolicies: { Task: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
    this.definition = bundleDefinition(this, 'Definition', { ...props, role: this.role });
  }
}

/** What a {@link bundleDefinition} is made from. */
export interface BundleDefinitionProps extends Omit<BundleTaskProps, 'description' | 'statements'> {
  /** @default - the one that whoever starts a task names */
  readonly role?: Role;
}

/** The definition of a task, without its role. */
export function bundleDefinition(
  scope: Construct,
  id: string,
  props: BundleDefinitionProps,
): CfnTaskDefinition {
  const { bundle, host, volumes = [] } = props;
  const ofAll = {
    image: TASK_IMAGE,
    entryPoint: ['node'],
    readonlyRootFilesystem: true,
    privileged: false,
    logConfiguration: host.logTo(props.logPrefix),
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
  };
  const variables = { ...host.variables, ...props.variables };
  const definition = new CfnTaskDefinition(scope, id, {
    family: props.family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    cpu: String(props.vcpu * 1024),
    memory: String(props.memoryGb * 1024),
    ...(props.role && { taskRoleArn: props.role.roleArn }),
    executionRoleArn: host.executionRole.roleArn,
    ...(props.ephemeralStorageGb !== undefined && {
      ephemeralStorage: { sizeInGiB: props.ephemeralStorageGb },
    }),
    volumes: [
      { name: BUNDLE_VOLUME },
      ...volumes.map(({ name, configuredAtLaunch }) => ({
        name,
        ...(configuredAtLaunch && { configuredAtLaunch }),
      })),
    ],
    containerDefinitions: [
      {
        ...ofAll,
        name: FETCH_CONTAINER,
        essential: false,
        user: '0:0',
        command: bundle.fetch,
        environment: environmentOf(host.variables),
        mountPoints: [{ sourceVolume: BUNDLE_VOLUME, containerPath: BUNDLE_FOLDER, readOnly: false }],
      },
      {
        ...ofAll,
        name: MAIN_CONTAINER,
        essential: true,
        user: TASK_USER,
        command: ['--enable-source-maps', `${BUNDLE_FOLDER}/app/index.mjs`],
        dependsOn: [{ containerName: FETCH_CONTAINER, condition: 'SUCCESS' }, ...(props.dependsOn ?? [])],
        environment: environmentOf({
          // The user has no name, so Node finds no home by itself, and the SDK asks for one.
          HOME: BUNDLE_FOLDER,
          NODE_EXTRA_CA_CERTS: CERTIFICATES,
          UV_THREADPOOL_SIZE: String(Math.max(8, 2 * props.vcpu)),
          ...variables,
        }),
        mountPoints: [
          { sourceVolume: BUNDLE_VOLUME, containerPath: BUNDLE_FOLDER, readOnly: true },
          ...volumes.map(({ name, path, readOnly = false }) => ({
            sourceVolume: name,
            containerPath: path,
            readOnly,
          })),
        ],
        // The most that Fargate gives between SIGTERM and SIGKILL (Amazon ECS API Reference, ContainerDefinition).
        stopTimeout: 120,
      },
      ...(props.beside ?? []),
    ],
  });
  acknowledge(definition, {
    id: 'AwsSolutions-ECS2',
    reason: 'No variable holds a secret: the program reads the secret of its source itself, by its ARN.',
  });
  return definition;
}

export function environmentOf(variables: Record<string, string>): CfnTaskDefinition.KeyValuePairProperty[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}
