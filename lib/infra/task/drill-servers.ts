import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DRILL_SERVER_SETTINGS } from '../../contract/drill-server.ts';
import {
  DATA_VOLUME,
  DRILL_CONTAINERS,
  DRILL_FOLDERS,
  DRILL_MAJORS,
  DRILL_SERVER_PORT,
  PASSWORD_FILE,
} from '../../contract/drill-task.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import { bundleDefinition } from './bundle-task.ts';
import { TASK_IMAGE } from './task-image.ts';
import type { Tasks } from './tasks.ts';

/** The official images at Amazon's public registry (Docker Official Images in the Amazon ECR Public Gallery). */
const PUBLIC_IMAGE = 'public.ecr.aws/docker/library/postgres';
const SECRET_VOLUME = 'secret';
/** What a task has unless RunTask says otherwise. */
const VCPU = 2;
const MEMORY_GB = 8;

/** What {@link DrillServers} are made from. */
export interface DrillServersProps {
  readonly tasks: Tasks;
  readonly environment: string;
}

/**
 * The definitions of drills' tasks, for all sources: a server of each major, because RunTask can override nearly
 * everything but the image. Each comes twice, because a volume that is made for the task has to be in its definition
 * (Amazon ECS Developer Guide, "Specify Amazon EBS volume configuration at Amazon ECS deployment").
 */
export class DrillServers extends Construct {
  /** The first part of the families. */
  readonly family: string;
  /** With it ECS makes a volume for a task, and removes it at the end. */
  readonly volumeRole: Role;
  readonly #tasks: Tasks;

  constructor(scope: Construct, id: string, { tasks, environment }: DrillServersProps) {
    super(scope, id);
    this.#tasks = tasks;
    this.family = `lifeboat-${environment}-drill`;
    const statements = manageVolumes();
    this.volumeRole = new Role(this, 'VolumeRole', {
      // ECS itself, and not the task (Amazon ECS Developer Guide, "Amazon ECS infrastructure IAM role").
      assumedBy: new ServicePrincipal('ecs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Lifeboat: ECS makes and removes volumes for drills (${environment})`,
      inlinePolicies: { Volumes: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.volumeRole, statements);
    for (const major of DRILL_MAJORS)
      this.define(this, String(major), `${this.family}-${major}`, `${PUBLIC_IMAGE}:${major}`);
  }

  /** Makes the two definitions of one image. */
  define(scope: Construct, id: string, family: string, image: string): void {
    for (const isLarge of [false, true]) {
      bundleDefinition(scope, `${id}${isLarge ? 'Large' : ''}`, {
        family: isLarge ? `${family}-large` : family,
        bundle: this.#tasks.bundle('drill-task'),
        host: this.#tasks.host,
        vcpu: VCPU,
        memoryGb: MEMORY_GB,
        logPrefix: 'drill',
        variables: {},
        volumes: [
          {
            ...{ name: DATA_VOLUME, path: DRILL_FOLDERS.data, readOnly: true },
            ...(isLarge && { configuredAtLaunch: true }),
          },
          { name: SECRET_VOLUME, path: DRILL_FOLDERS.secret, readOnly: true },
        ],
        beside: this.#containers(image),
        dependsOn: [{ containerName: DRILL_CONTAINERS.server, condition: 'HEALTHY' }],
      });
    }
  }

  /**
   * The server ends with the task, for the program is the only container that is essential. A server that dies in the middle
   * does not end the task: then the program says what happened, and ends it. One that never starts does: the program then
   * cannot start (Amazon ECS API Reference, ContainerDefinition, "startTimeout").
   */
  #containers(image: string): CfnTaskDefinition.ContainerDefinitionProperty[] {
    const { host } = this.#tasks;
    const mounts = (secretIsReadOnly: boolean) => [
      { sourceVolume: DATA_VOLUME, containerPath: DRILL_FOLDERS.data, readOnly: false },
      { sourceVolume: SECRET_VOLUME, containerPath: DRILL_FOLDERS.secret, readOnly: secretIsReadOnly },
    ];
    const ofBoth = {
      essential: false,
      readonlyRootFilesystem: true,
      privileged: false,
      logConfiguration: host.logTo('drill'),
      linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    };
    return [
      {
        ...ofBoth,
        name: DRILL_CONTAINERS.prepare,
        image: TASK_IMAGE,
        user: '0:0',
        entryPoint: ['node'],
        command: [
          '--input-type=module',
          '--eval',
          textOf('prepare-drill.mjs', '//'),
          DRILL_FOLDERS.data,
          PASSWORD_FILE,
        ],
        mountPoints: mounts(false),
      },
      {
        ...ofBoth,
        name: DRILL_CONTAINERS.server,
        image,
        user: 'postgres',
        entryPoint: ['sh'],
        command: ['-c', textOf('drill-server.sh', '#'), 'lifeboat', ...settings()],
        mountPoints: mounts(true),
        dependsOn: [{ containerName: DRILL_CONTAINERS.prepare, condition: 'SUCCESS' }],
        healthCheck: {
          command: ['CMD-SHELL', `pg_isready -q -h 127.0.0.1 -p ${DRILL_SERVER_PORT}`],
          // In seconds. Until it answers for the first time, a failure does not count.
          ...{ interval: 5, timeout: 5, retries: 10, startPeriod: 120 },
        },
        // The most that Fargate allows.
        startTimeout: 120,
        stopTimeout: 10,
      },
    ];
  }
}

function settings(): string[] {
  return Object.entries(DRILL_SERVER_SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function textOf(file: string, comment: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith(comment))
    .join('\n');
}

/**
 * As AmazonECSInfrastructureRolePolicyForVolumes has it, without volumes from snapshots and without EC2 instances of one's
 * own (AWS Managed Policy Reference). A task's host belongs to AWS, so the instance has no account of ours.
 */
function manageVolumes(): PolicyStatement[] {
  const created = { 'aws:RequestTag/AmazonECSCreated': 'arn:*:ecs:*:*:task/*' };
  const volumes = ['arn:*:ec2:*:*:volume/*'];
  return [
    new PolicyStatement({
      sid: 'CreateVolume',
      actions: ['ec2:CreateVolume'],
      resources: volumes,
      conditions: { ArnLike: created, StringEquals: { 'aws:RequestTag/AmazonECSManaged': 'true' } },
    }),
    new PolicyStatement({
      sid: 'TagVolume',
      actions: ['ec2:CreateTags'],
      resources: volumes,
      conditions: {
        ArnLike: created,
        StringEquals: { 'ec2:CreateAction': 'CreateVolume', 'aws:RequestTag/AmazonECSManaged': 'true' },
      },
    }),
    new PolicyStatement({
      sid: 'DescribeVolumes',
      actions: ['ec2:DescribeVolumes', 'ec2:DescribeAvailabilityZones'],
      resources: ['*'],
    }),
    new PolicyStatement({
      sid: 'AttachVolume',
      actions: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      resources: volumes,
      conditions: { StringEquals: { 'aws:ResourceTag/AmazonECSManaged': 'true' } },
    }),
    new PolicyStatement({
      sid: 'AttachToHost',
      actions: ['ec2:AttachVolume', 'ec2:DetachVolume'],
      resources: ['arn:*:ec2:*:*:instance/*'],
    }),
    new PolicyStatement({
      sid: 'DeleteVolume',
      actions: ['ec2:DeleteVolume'],
      resources: volumes,
      conditions: {
        ArnLike: { 'aws:ResourceTag/AmazonECSCreated': 'arn:*:ecs:*:*:task/*' },
        StringEquals: { 'aws:ResourceTag/AmazonECSManaged': 'true' },
      },
    }),
  ];
}
