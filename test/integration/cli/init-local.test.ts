import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat } from './lifeboat.ts';

const LAUNCHER = fileURLToPath(new URL('../../../bin/lifeboat.mjs', import.meta.url));

let server: PostgresServer;
let parent: string;
let project: string;
beforeAll(async () => {
  server = await startPostgres({ major: 15 });
  await server.run('CREATE DATABASE shop');
  await server.run('CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders VALUES (1), (2)', 'shop');
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-local-'));
  // A path that a script without quotes would take for two.
  project = join(parent, "Ada's backups");
});
afterAll(async () => {
  await server.stop();
  rmSync(parent, { recursive: true, force: true });
});

/** Runs the script as a schedule does: from another directory, with hardly any environment. */
function script(argv: readonly string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', [join(project, 'lifeboat.sh'), ...argv], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', ...environment },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the script of lifeboat init --local', () => {
  it('is written when the doctor has found no problem in the source', async () => {
    const argv = [
      'init',
      project,
      '--local',
      '--vault',
      join(parent, 'vault'),
      '--scheduler',
      'systemd',
      '--json',
    ];
    const { exitCode, stdout, stderr } = await lifeboat(argv, {
      environment: { LIFEBOAT_SOURCE_URL: server.url('shop') },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { outcome, findings } = JSON.parse(stdout) as {
      outcome: string;
      findings: Array<{ check: string; verdict: string }>;
    };
    expect(outcome).toBe('written');
    expect(findings.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    expect(findings.map(({ check }) => check)).toContain('schema-dump');
  });

  it('says that Lifeboat is not installed before npm install', () => {
    const { status, stderr } = script(['backup']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/Lifeboat is not installed.*\nto do {4}Run: cd .*npm install/);
    mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
    symlinkSync(LAUNCHER, join(project, 'node_modules/.bin/lifeboat'));
  });

  it('backs up, drills, and keeps what each run said', () => {
    appendFileSync(join(project, 'lifeboat.env'), `ON_SUCCESS='echo called >> ${parent}/calls'\n`);
    const first = script(['backup', '--create-vault']);
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    expect(script(['drill'])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('proven'),
    });
    const listed = script(['list', '--json']);
    expect(JSON.parse(listed.stdout).backups).toMatchObject([
      { retentionClass: 'monthly', source: 'shop', proven: true, rows: 2 },
    ]);
    const log = readFileSync(join(project, 'lifeboat.log'), 'utf8');
    expect(log.match(/ended with exit code 0$/gm)).toHaveLength(2);
    expect(log).not.toContain(server.url('shop'));
    expect(statSync(join(project, 'lifeboat.log')).mode & 0o077).toBe(0);
    expect(readFileSync(join(parent, 'calls'), 'utf8')).toBe('called\ncalled\n');
  });

  it('hands on the exit code of a failure, and tells whoever is to be told', () => {
    const env = join(project, 'lifeboat.env');
    const before = readFileSync(env, 'utf8');
    appendFileSync(env, `LIFEBOAT_VAULT=/nowhere/at/all\nON_FAILURE='cat > "${parent}/told"'\n`);
    writeFileSync(join(project, 'lifeboat.log'), 'x'.repeat(1_000_001));
    const { status, stdout, stderr } = script(['drill']);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toMatch(/vault-missing.*lifeboat drill failed with exit code 4/s);
    expect(readFileSync(join(parent, 'told'), 'utf8')).toContain('vault-missing');
    expect(readFileSync(join(project, 'lifeboat.log'), 'utf8')).toMatch(/^=== .*lifeboat drill\n/);
    expect(readFileSync(join(project, 'lifeboat.log.1'), 'utf8')).toHaveLength(1_000_001);
    writeFileSync(env, before);
  });

  it('refuses a file of passwords that others can read', () => {
    chmodSync(join(project, 'lifeboat.env'), 0o640);
    const { status, stderr } = script(['list']);
    expect(status).toBe(2);
    expect(stderr).toContain('others can read it');
    chmodSync(join(project, 'lifeboat.env'), 0o600);
    expect(script(['list']).status).toBe(0);
  });
});
