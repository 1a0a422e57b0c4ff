import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DRILL_MAJORS } from '../../lib/contract/drill-task.ts';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../lib/infra/environment/environment-settings.ts';
import { resolve } from './support/intrinsics.ts';
import { stackOf } from './support/synthesized.ts';

const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;

function templates(sources: readonly SourceSettings[], more: Partial<EnvironmentSettings> = {}) {
  const stack = stackOf({ sources, notifications: { emails: ['ada@example.com'] }, ...more });
  const nested = stack.node.findAll().filter((one): one is Stack => Stack.isStack(one) && one !== stack);
  const named = (id: string) => {
    const found = nested.find(({ node }) => node.id === id);
    return found && Template.fromStack(found);
  };
  return { vault: Template.fromStack(stack), tasks: named('Tasks'), ends: named('TaskEnds') };
}

const app: SourceSettings = { name: 'app', secretArn: arn('app'), drill: 'auto' };

type Properties = Record<string, unknown>;
const propertiesOf = (template: Template | undefined, type: string) =>
  Object.values(template?.findResources(type) ?? {}).map(
    ({ Properties }) => resolve(Properties) as Properties,
  );

describe('the task of a drill', () => {
  const { vault, tasks, ends } = templates([app]);
  const definitions = propertiesOf(tasks, 'AWS::ECS::TaskDefinition').filter(({ Family }) =>
    /^lifeboat-production-drill-/.test(String(Family)),
  );

  it('has a definition for each major, with storage of its own and with a volume', () => {
    expect(definitions.map(({ Family }) => Family).sort()).toEqual(
      DRILL_MAJORS.flatMap((major) => [
        `lifeboat-production-drill-${major}`,
        `lifeboat-production-drill-${major}-large`,
      ]).sort(),
    );
    for (const { Family, Volumes } of definitions) {
      const data = (Volumes as { Name: string; ConfiguredAtLaunch?: boolean }[]).find(
        ({ Name }) => Name === 'data',
      );
      expect(data?.ConfiguredAtLaunch ?? false, String(Family)).toBe(String(Family).endsWith('-large'));
    }
  });

  it('ends with its program, which waits for a healthy server that nobody outside can reach', () => {
    for (const { ContainerDefinitions, NetworkMode, TaskRoleArn } of definitions) {
      expect(NetworkMode).toBe('awsvpc');
      // Whoever starts it names the role of its source.
      expect(TaskRoleArn).toBeUndefined();
      const containers = ContainerDefinitions as Record<string, unknown>[];
      expect(containers.map(({ Name, Essential }) => [Name, Essential])).toEqual([
        ['fetch', false],
        ['lifeboat', true],
        ['prepare', false],
        ['postgres', false],
      ]);
      for (const container of containers) {
        expect(container).toMatchObject({ ReadonlyRootFilesystem: true, Privileged: false });
        expect(container).toMatchObject({ LinuxParameters: { Capabilities: { Drop: ['ALL'] } } });
        expect(container).not.toHaveProperty('PortMappings');
      }
      const [, program, , server] = containers;
      expect(program).toMatchObject({
        DependsOn: [
          { ContainerName: 'fetch', Condition: 'SUCCESS' },
          { ContainerName: 'postgres', Condition: 'HEALTHY' },
        ],
      });
      expect(program?.MountPoints).toEqual(
        expect.arrayContaining([expect.objectContaining({ ContainerPath: '/drill/data', ReadOnly: true })]),
      );
      expect(server).toMatchObject({
        User: 'postgres',
        Image: expect.stringMatching(/^public\.ecr\.aws\/docker\/library\/postgres:\d+$/),
        DependsOn: [{ ContainerName: 'prepare', Condition: 'SUCCESS' }],
        HealthCheck: { Command: ['CMD-SHELL', expect.stringContaining('pg_isready')] },
        StartTimeout: 120,
      });
      expect(JSON.stringify(server?.Command)).toContain('listen_addresses=127.0.0.1');
      expect(JSON.stringify(containers.map(({ Environment }) => Environment))).not.toMatch(
        /PASSWORD|SECRET/i,
      );
    }
  });

  it('fits into what ECS takes of a definition', () => {
    // Amazon ECS Developer Guide, "Amazon ECS service quotas": 64 KiB.
    for (const one of definitions) expect(JSON.stringify(one).length).toBeLessThan(40_000);
  });

  it('is started by the function of its source, and its ends are heard by it', () => {
    const [drill] = propertiesOf(vault, 'AWS::Lambda::Function').filter(({ Description }) =>
      /restore drill of app/.test(String(Description)),
    );
    const { Variables } = (drill?.Environment ?? { Variables: {} }) as { Variables: Record<string, string> };
    const { LIFEBOAT_DRILL_TASK: launch = '{}' } = Variables;
    expect(JSON.parse(launch)).toMatchObject({
      when: 'auto',
      family: 'lifeboat-production-drill',
      group: 'lifeboat:production:app:drill',
      ownImage: false,
      hours: 12,
    });
    const patterns = propertiesOf(ends, 'AWS::Events::Rule').map(
      ({ EventPattern }) => EventPattern as { detail: { group: string[] } },
    );
    expect(patterns.map(({ detail }) => detail.group)).toContainEqual(['lifeboat:production:app:drill']);
  });

  it('is not there unless a source asks for it, and takes an image of choice', () => {
    const without = templates([{ ...app, drill: 'function' }]);
    expect(propertiesOf(without.tasks, 'AWS::ECS::TaskDefinition').map(({ Family }) => Family)).toEqual([
      'lifeboat-production-app-backup',
    ]);
    const chosen = templates([{ ...app, drillImage: 'pgvector/pgvector:pg17' }]);
    const own = propertiesOf(chosen.tasks, 'AWS::ECS::TaskDefinition').filter(({ Family }) =>
      /app-drill/.test(String(Family)),
    );
    expect(own.map(({ Family }) => Family)).toEqual([
      'lifeboat-production-app-drill',
      'lifeboat-production-app-drill-large',
    ]);
    expect(JSON.stringify(own)).toContain('"Image":"pgvector/pgvector:pg17"');
  });

  it('fits fifteen sources', () => {
    const sources = Array.from({ length: 15 }, (_, index) => ({
      ...app,
      name: `source-${index}`,
      secretArn: arn(`s${index}`),
    }));
    const many = templates(sources, { restoreOnAws: { targetSecretArns: [arn('target')] } });
    for (const [name, template] of Object.entries(many)) {
      const json = template?.toJSON() as { Resources: object; Parameters?: object };
      expect(Object.keys(json.Resources).length, name).toBeLessThanOrEqual(500);
      expect(JSON.stringify(json).length, name).toBeLessThan(1_000_000);
      expect(Object.keys(json.Parameters ?? {}).length, name).toBeLessThanOrEqual(200);
    }
  });
});

describe('restores in tasks', () => {
  const { vault, tasks } = templates([app], { restoreOnAws: { targetSecretArns: [arn('target')] } });

  it('read the vault and the secrets of targets, and write nothing but the record of a restore', () => {
    const [definition] = propertiesOf(tasks, 'AWS::ECS::TaskDefinition').filter(
      ({ Family }) => Family === 'lifeboat-production-restore',
    );
    expect(JSON.stringify(definition?.ContainerDefinitions)).toContain('LIFEBOAT_TASK_PLACE');
    const [role] = propertiesOf(tasks, 'AWS::IAM::Role').filter(({ Description }) =>
      /restores by command/.test(String(Description)),
    );
    expect(JSON.stringify(role?.Policies)).toContain(arn('target'));
    const policies = (role?.Policies ?? []) as { PolicyDocument: { Statement: { Resource: unknown }[] } }[];
    const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const writing = statements.filter((one) => /s3:(Put|Delete)/.test(JSON.stringify(one)));
    expect(writing.length).toBeGreaterThan(0);
    for (const { Resource } of writing) expect(JSON.stringify(Resource)).toContain('/evidence/restores/');
    expect(JSON.stringify(writing)).not.toMatch(/s3:Delete/);
  });

  it('are started by people with the restore role', () => {
    const [policy] = propertiesOf(vault, 'AWS::IAM::RolePolicy');
    const { Statement } = (policy?.PolicyDocument ?? { Statement: [] }) as {
      Statement: { Sid: string; Action: string | string[] }[];
    };
    expect(Statement.map(({ Sid }) => Sid)).toEqual([
      'StartRestore',
      'WatchRestore',
      'FindRestore',
      'PassRestoreRoles',
      'ReadRestoreLog',
    ]);
  });
});
