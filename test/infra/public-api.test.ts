import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWithoutBundles, resources } from './support/synthesized.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'lifeboat-examples-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the page takes for granted: a network and a secret. */
const GIVEN = `
    const vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
    });
    const secret = secretsmanager.Secret.fromSecretNameV2(this, 'Given', 'shop/orders');
    void [vpc, secret];`;

/** The example as a module: a stack whose constructor is the example, or an app as it is. */
function moduleOf(example: string): string {
  const lines = example.replaceAll("'pg-lifeboat'", `'${ROOT}/lib/infra/index.ts'`).split('\n');
  if (example.includes('new App(')) return lines.join('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const body = lines.filter((line) => !line.startsWith('import ')).join('\n');
  return `import * as cdk from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type * as constructs from 'constructs';
${imports.join('\n')}
export class Example extends cdk.Stack {
  constructor(scope: constructs.Construct, id: string, props: cdk.StackProps) {
    super(scope, id, props);${GIVEN}
${body}
  }
}
`;
}

const page = readFileSync(join(ROOT, 'docs', 'construct.md'), 'utf8');
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = '']) => moduleOf(example));
const files = examples.map((_, index) => join(directory, `example-${index}.ts`));

mkdirSync(directory, { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
for (const [index, file] of files.entries()) writeFileSync(file, examples[index] ?? '');
writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
writeFileSync(
  join(directory, 'tsconfig.json'),
  JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noUnusedLocals: false,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: '/',
      outDir: join(directory, 'declared'),
      typeRoots: [join(ROOT, 'node_modules', '@types')],
    },
    include: ['*.ts', join(ROOT, 'lib/infra/index.ts')],
  }),
);
const compiled = promisify(execFile)(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', directory], {
  cwd: directory,
}).then(
  () => '',
  ({ stdout }: { stdout: string }) => stdout,
);

it('the examples of the construct’s page compile', async () => {
  expect(examples.length).toBeGreaterThanOrEqual(7);
  expect(await compiled).toBe('');
}, 120_000);

it.each(files.filter((_, index) => examples[index]?.includes('class Example')))(
  'example %# of the construct’s page synthesizes',
  async (file) => {
    const { Example } = (await import(file)) as {
      Example: new (scope: Construct, id: string, props: object) => Stack;
    };
    const env = { account: '111122223333', region: 'eu-central-1' };
    const template = Template.fromStack(new Example(appWithoutBundles(), 'Shop', { env }));
    expect(resources(template, 'AWS::Lambda::Function').length).toBeGreaterThanOrEqual(3);
  },
  60_000,
);

it('the app of the construct’s page makes its stack', async () => {
  const file = files[examples.findIndex((example) => example.includes('addStacks('))] ?? '';
  const context = JSON.stringify({ 'aws:cdk:bundling-stacks': [], env: 'production' });
  const out = join(directory, 'cdk.out');
  await promisify(execFile)(process.execPath, [file], {
    cwd: directory,
    env: { PATH: '', CDK_CONTEXT_JSON: context, CDK_OUTDIR: out },
  });
  expect(readFileSync(join(out, 'lifeboat-production.template.json'), 'utf8')).toContain('AWS::S3::Bucket');
}, 60_000);

/** `export { type A, B } from './file.ts'` in index.ts, as file and names. */
const EXPORTS = /^export (?:type )?\{([^}]*)\} from '\.\/([^']+)\.ts'/gm;
const namesIn = (list: string) =>
  list
    .split(',')
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '');

const index = readFileSync(join(ROOT, 'lib', 'infra', 'index.ts'), 'utf8');
const publicNames = new Map(
  [...index.matchAll(EXPORTS)].map(([, names = '', file = '']) => [file, namesIn(names)] as const),
);
const declarationOf = (file: string) =>
  readFileSync(join(directory, 'declared', ROOT, 'lib', 'infra', `${file}.d.ts`), 'utf8');

describe('what lib/infra/index.ts exports', () => {
  beforeAll(async () => {
    await compiled;
  }, 120_000);

  it('mentions no type that it does not export, and no module but CDK’s', () => {
    expect(publicNames.size).toBeGreaterThan(20);
    const hidden = [...publicNames.keys()].flatMap((file) =>
      [...declarationOf(file).matchAll(/^import (?:type )?\{([^}]*)\} from ['"]([^'"]+)['"]/gm)].flatMap(
        ([, names = '', from = '']) => {
          if (/^(aws-cdk-lib|constructs)\b/.test(from)) return [];
          const known = publicNames.get(join(dirname(file), from).replace(/\.ts$/, '')) ?? [];
          return namesIn(names)
            .filter((name) => !known.includes(name))
            .map((name) => `${file} mentions ${name} of ${from}`);
        },
      ),
    );
    expect(hidden).toEqual([]);
  });

  it('describes every member, and the default of every optional one', () => {
    const members = [...publicNames.keys()].flatMap((file) =>
      [...declarationOf(file).matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)? {4,8}readonly (\w+)(\??): /g)].map(
        ([, text = '', name = '', optional]) => ({ name: `${file}: ${name}`, text, optional }),
      ),
    );
    expect(members.length).toBeGreaterThan(100);
    const bare = members.filter(({ text, optional }) => {
      const [says = '', defaults] = text.split('@default');
      return !/\w/.test(says) || (optional === '?' && defaults === undefined);
    });
    expect(bare.map(({ name }) => name)).toEqual([]);
  });
});
