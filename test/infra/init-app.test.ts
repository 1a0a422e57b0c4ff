import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lifeboat } from '../unit/cli/command-line.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const SECRET = 'arn:aws:secretsmanager:eu-west-3:111122223333:secret:shop/db-AbCdEf';

let app: string;
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'lifeboat-init-app-'));
  const argv = ['--name', 'shop', '--secret', SECRET, '--environment', 'prod-eu', '--email', 'a@example.com'];
  const { exitCode, stderr } = await lifeboat(['init', app, ...argv, '--email', 'b@example.com']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  // What `npm install` would bring: the packages of this checkout, and its construct as the package.
  mkdirSync(join(app, 'node_modules/pg-lifeboat'), { recursive: true });
  for (const name of ['aws-cdk-lib', 'constructs', '@types']) {
    symlinkSync(join(CHECKOUT, 'node_modules', name), join(app, 'node_modules', name));
  }
  const files = {
    'package.json': JSON.stringify({ name: 'pg-lifeboat', type: 'module', exports: './index.js' }),
    'index.js': `export { addStacks, InvalidEnvironmentsError } from '${CHECKOUT}/lib/infra/index.ts';\n`,
    // Its settings alone: the sources behind them are written for other options of the compiler.
    'index.d.ts': `import type { App } from 'aws-cdk-lib';
import type { Environments } from '${CHECKOUT}/lib/infra/environment/environments.ts';
export type { Environments };
export declare function addStacks(app: App, environments: Environments): object[];
export declare class InvalidEnvironmentsError extends Error {}
`,
  };
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(join(app, 'node_modules/pg-lifeboat', path), text);
  }
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

// Each starts a process that loads all of the CDK: on a busy machine that takes a minute.
describe('the app that lifeboat init writes', { timeout: 300_000 }, () => {
  it('passes the compiler, with the settings that it has itself', () => {
    const tsc = join(CHECKOUT, 'node_modules/.bin/tsc');
    expect(execFileSync(tsc, ['-p', app], { encoding: 'utf8', cwd: app })).toBe('');
  });

  it('synthesizes the stack of its values', () => {
    const { app: command } = JSON.parse(readFileSync(join(app, 'cdk.json'), 'utf8')) as { app: string };
    const [node, ...argv] = command.split(' ');
    expect(node).toBe('node');
    // As the CDK's command starts it; functions are bundled by other tests.
    const env = {
      ...process.env,
      CDK_OUTDIR: join(app, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [] }),
    };
    execFileSync(process.execPath, argv, { cwd: app, env, encoding: 'utf8' });
    const stacks = globSync('cdk.out/*.template.json', { cwd: app });
    expect(stacks.filter((file) => !file.endsWith('.nested.template.json'))).toEqual([
      'cdk.out/lifeboat-prod-eu.template.json',
    ]);
    const template = readFileSync(join(app, 'cdk.out/lifeboat-prod-eu.template.json'), 'utf8');
    for (const value of ['lifeboat-prod-eu-shop-no-backup-25h', SECRET, 'a@example.com', 'b@example.com']) {
      expect(template).toContain(value);
    }
    expect(readFileSync(join(app, 'cdk.out/manifest.json'), 'utf8')).toContain(
      'aws://unknown-account/eu-west-3',
    );
  });

  it('says in one line what is wrong with a setting, without a stack', () => {
    const file = join(app, 'environments.ts');
    const right = readFileSync(file, 'utf8');
    writeFileSync(file, right.replace("region: 'eu-west-3'", "region: 'Paris'"));
    try {
      const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], { cwd: app, encoding: 'utf8' });
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^environments\.prod-eu\.region: /)]);
      expect(status).toBe(1);
    } finally {
      writeFileSync(file, right);
    }
  });
});
