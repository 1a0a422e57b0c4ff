import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { resolve } from '../../infra/support/intrinsics.ts';
import { nestedStack } from '../../infra/support/nested.ts';
import { bucketStatements, roleStatements, type Statement } from '../../infra/support/policy.ts';
import { resource } from '../../infra/support/synthesized.ts';

export interface SynthesizedContainer {
  readonly name: string;
  readonly user: string;
  readonly essential: boolean;
  readonly readonlyRoot: boolean;
  /** Entry point and command. */
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly mounts: ReadonlyArray<{
    readonly volume: string;
    readonly path: string;
    readonly readOnly: boolean;
  }>;
}

/** A task as the stack would deploy it. */
export interface SynthesizedTask {
  readonly definition: string;
  readonly containers: readonly SynthesizedContainer[];
  readonly memoryMb: number;
  /** The file that CDK would upload, and where it would lie. */
  readonly bundle: { readonly file: string; readonly bucket: string; readonly key: string };
  readonly statements: readonly Statement[];
  readonly principal: string;
}

/** The backup's task of a stack with one source. */
export function taskOf(stack: Stack, outdir: string, vaultBucket: string): SynthesizedTask | undefined {
  const nested = nestedStack(stack, 'Tasks');
  if (!nested) return undefined;
  const [id, found] = resource(Template.fromStack(nested), 'AWS::ECS::TaskDefinition', /Backup/);
  const properties = byParentsNames(resolve(found.Properties), stack) as {
    Memory: string;
    TaskRoleArn: string;
    ContainerDefinitions: Array<{
      Name: string;
      User: string;
      Essential: boolean;
      ReadonlyRootFilesystem: boolean;
      EntryPoint: string[];
      Command: string[];
      Environment: Array<{ Name: string; Value: string }>;
      MountPoints: Array<{ SourceVolume: string; ContainerPath: string; ReadOnly: boolean }>;
    }>;
  };
  const containers = properties.ContainerDefinitions.map((one) => ({
    name: one.Name,
    user: one.User,
    essential: one.Essential,
    readonlyRoot: one.ReadonlyRootFilesystem,
    command: [...one.EntryPoint, ...one.Command],
    variables: Object.fromEntries(one.Environment.map(({ Name, Value }) => [Name, Value])),
    mounts: one.MountPoints.map(({ SourceVolume: volume, ContainerPath: path, ReadOnly: readOnly }) => ({
      ...{ volume, path, readOnly },
    })),
  }));
  const url = new URL(containers[0]?.command.at(-3) ?? '');
  const [, bucket = '', key = ''] = url.pathname.split('/');
  const template = Template.fromStack(nested);
  const role = properties.TaskRoleArn.slice('arn:'.length);
  const statements = byParentsNames(roleStatements(template, new RegExp(`^${role}$`)), stack) as Statement[];
  return {
    definition: id,
    containers,
    memoryMb: Number(properties.Memory),
    bundle: { file: join(outdir, `asset.${key.replace(/\.json$/, '')}.json`), bucket, key },
    // The tests name buckets without the partition: see role-guard.ts.
    statements: [
      ...withoutPartition(statements),
      ...bucketStatements(Template.fromStack(stack), vaultBucket),
    ],
    principal: properties.TaskRoleArn,
  };
}

/**
 * A parameter of a nested stack by what the stack above gives for it: `referenceto<id of the resource><attribute>` stands
 * for `<id>` or `arn:<id>`, as test/infra/support/intrinsics.ts puts them.
 */
export function byParentsNames(value: unknown, stack: Stack): unknown {
  const ids = Object.keys(Template.fromStack(stack).toJSON().Resources as object);
  const prefix = `referenceto${stack.node.id.replace(/[^A-Za-z0-9]/g, '')}`;
  const text = JSON.stringify(value).replace(/referenceto\w+?(?=["/:$ ,])/g, (parameter) => {
    const rest = parameter.slice(prefix.length);
    const path = rest.replace(/[0-9A-F]{8}(Arn|Ref)$/, '');
    const id = ids.find((one) => one.replace(/[0-9A-F]{8}$/, '') === path);
    if (id === undefined) throw new Error(`${parameter} is no resource of the stack above`);
    return rest.endsWith('Arn') ? `arn:${id}` : id;
  });
  return JSON.parse(text) as unknown;
}

export function withoutPartition(statements: readonly Statement[]): Statement[] {
  return JSON.parse(JSON.stringify(statements).replaceAll('arn:aws:s3:::', 'arn:')) as Statement[];
}
