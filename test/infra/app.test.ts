import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const output = mkdtempSync(join(tmpdir(), 'lifeboat-app-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** Runs bin/app.ts as `cdk synth -c …` does, without bundling. */
async function synthesize(context: object) {
  const run = promisify(execFile)(process.execPath, [join(ROOT, 'bin', 'app.ts')], {
    cwd: ROOT,
    env: {
      PATH: '',
      CDK_OUTDIR: output,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
    },
  });
  return run.then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );
}

it('makes the stack of the environment that was asked for, tagged', async () => {
  expect(await synthesize({ env: 'production' })).toMatchObject({ code: 0 });
  const manifest = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as {
    artifacts: Record<
      string,
      { type: string; properties?: { tags?: object; terminationProtection?: boolean } }
    >;
  };
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  expect(stacks.map(([name]) => name)).toEqual(['lifeboat-production']);
  expect(stacks[0]?.[1].properties).toMatchObject({
    terminationProtection: true,
    tags: { environment: 'production', service: 'lifeboat', criticality: 'high' },
  });
  const { Resources } = JSON.parse(
    readFileSync(join(output, 'lifeboat-production.template.json'), 'utf8'),
  ) as {
    Resources: Record<string, { Type: string; Properties: { Tags?: object[] } }>;
  };
  const buckets = Object.values(Resources).filter(({ Type }) => Type === 'AWS::S3::Bucket');
  expect(buckets).toHaveLength(2);
  for (const { Properties } of buckets) {
    expect(Properties.Tags).toContainEqual({ Key: 'environment', Value: 'production' });
  }
});

it('says in one sentence what is wrong, and nothing of where in the code', async () => {
  expect(await synthesize({ env: 'prod' })).toEqual({
    code: 1,
    stderr: 'environments: there is no environment "prod"; -c env= takes development, staging, production\n',
  });
});
