import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DRILL_CONTAINERS } from '../../../lib/contract/drill-task.ts';
import { MAIN_CONTAINER } from '../../../lib/contract/task-launch.ts';
import type { SourceSettings } from '../../../lib/infra/environment/environment-settings.ts';
import { LifeboatStack } from '../../../lib/infra/lifeboat-stack.ts';
import { resolve } from '../../infra/support/intrinsics.ts';
import type { ContainerDefinition, TaskVolumes } from './container.ts';

export interface SynthesizedDrill {
  readonly containers: Readonly<Record<'prepare' | 'server' | 'program', ContainerDefinition>>;
  /** The objects of the bundle as the fetching container unpacks them. */
  unpack(volumes: TaskVolumes): void;
}

/** The tasks that drill a source, by the major of the server, bundled as `cdk deploy` would. */
export function synthesizeDrills(more: Partial<SourceSettings> = {}): (major: number) => SynthesizedDrill {
  const outdir = mkdtempSync(join(tmpdir(), 'lifeboat-cdk-'));
  const app = new App({ outdir });
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';
  const settings = {
    sources: [{ name: 'app', secretArn, drill: 'auto' as const, ...more }],
    notifications: { emails: ['nobody@example.com'] },
  };
  const stack = new LifeboatStack(app, 'sandbox', { environment: 'sandbox', settings });
  const nested = stack.node.findAll().find((one) => one.node.id === 'Tasks' && Stack.isStack(one));
  if (!nested) throw new Error('there is no stack of tasks');
  const template = Template.fromStack(nested as Stack);
  const all = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const bundles = bundlesOf(outdir);
  rmSync(outdir, { recursive: true, force: true });
  return (major) => {
    const family = `lifeboat-sandbox-drill-${major}`;
    const found = all.find(({ Properties }) => Properties.Family === family);
    if (!found) throw new Error(`there is no definition ${family}`);
    const definitions = resolve(found.Properties.ContainerDefinitions) as ContainerDefinition[];
    const named = (name: string) => {
      const one = definitions.find(({ Name }) => Name === name);
      if (!one) throw new Error(`there is no container ${name}`);
      return one;
    };
    // By the hash that the task itself compares: the code of every task holds much of the others'.
    const bundle = bundles.find((text) => definitions.some(({ Command }) => Command?.includes(hashOf(text))));
    if (bundle === undefined) throw new Error(`there is no bundle that ${family} fetches`);
    return {
      containers: {
        prepare: named(DRILL_CONTAINERS.prepare),
        server: named(DRILL_CONTAINERS.server),
        program: named(MAIN_CONTAINER),
      },
      unpack(volumes) {
        for (const [path, content] of Object.entries(JSON.parse(bundle) as Record<string, string>)) {
          const file = join(volumes.path('bundle'), path);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, Buffer.from(content, 'base64'));
        }
      },
    };
  };
}

function bundlesOf(outdir: string): string[] {
  return readdirSync(outdir)
    .filter((name) => name.startsWith('asset.') && name.endsWith('.json'))
    .map((name) => readFileSync(join(outdir, name), 'utf8'));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
