import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runAction } from '../../support/pipelines/composite-runner.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ACTION = join(ROOT, 'action.yml');
const CHECKOUT = join(ROOT, 'bin', 'lifeboat.mjs');
const PASSWORD = 'p%wörd::x"y';
/** Whatever a pull request may be called. */
const HOSTILE =
  '"; rm -rf "$HOME" #\n::error::gotcha\n`touch gotcha` $(touch gotcha) --name=x | <img src=x> \'';

let server: PostgresServer;
let vault: string;
let source: string;
let folder: string;

beforeAll(async () => {
  [vault, folder] = [
    mkdtempSync(join(tmpdir(), 'lifeboat-vault-')),
    mkdtempSync(join(tmpdir(), 'lifeboat-job-')),
  ];
  server = await startPostgres({ major: 18 });
  await server.run(`CREATE ROLE ci SUPERUSER LOGIN PASSWORD '${PASSWORD}'`);
  await server.run('CREATE DATABASE shop');
  await server.run(
    'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)',
    'shop',
  );
  source = `postgres://ci:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}/shop`;
});
afterAll(async () => {
  await server?.stop();
  for (const path of [vault, folder]) rmSync(path, { recursive: true, force: true });
});

const environment = () => {
  // The Node that runs the tests, as setup-node would put it into PATH.
  const { HOME = '' } = process.env;
  return { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME };
};
const act = (inputs: Record<string, string>) =>
  runAction(ACTION, { lifeboat: CHECKOUT, vault, ...inputs }, environment());

describe('the GitHub Action', () => {
  it('backs up, with any text as a reason; then drills and verifies that backup', async () => {
    const made = await act({
      command: 'backup',
      'source-url': source,
      reason: HOSTILE,
      class: 'daily',
      options: '--jobs=1\n--compression-level=1',
    });
    expect(made.exitCode, made.log).toBe(0);
    expect(made.outputs).toMatchObject({ 'exit-code': '0', result: 'sealed', proven: '' });
    const { name = '', 'backup-id': id = '' } = made.outputs;
    expect(name).toBe(`daily/shop/${id}`);
    expect(Number(made.outputs['stored-bytes'])).toBeGreaterThan(0);
    const shown = JSON.parse(
      execFileSync(process.execPath, [CHECKOUT, 'show', name, '--vault', vault, '--json'], {
        encoding: 'utf8',
      }),
    );
    expect(shown.reason).toBe(HOSTILE.trim());
    // Hidden from the log by the runner, and never printed but to say so.
    const masked = made.log.split('\n').filter((line) => line.startsWith('::add-mask::'));
    expect(masked).toContain(`::add-mask::${PASSWORD.replace('%', '%25')}`);
    expect(
      made.log
        .split('\n')
        .filter((line) => !masked.includes(line))
        .join('\n'),
    ).not.toContain('rd::x');
    expect(made.log).not.toMatch(/^::error/m);
    expect(made.summary).toContain(`lifeboat backup\\: sealed`);
    expect(made.summary).not.toMatch(/<img|^::/m);
    expect(made.summary.trim().split('\n')).toHaveLength(11);

    const drilled = await act({ command: 'drill', backup: name });
    expect(drilled.outputs, drilled.log).toMatchObject({
      'exit-code': '0',
      result: 'proven',
      proven: 'true',
      name,
    });
    const verified = await act({ command: 'verify', backup: id });
    expect(verified.outputs, verified.log).toMatchObject({ 'exit-code': '0', result: 'intact', name });
    expect(existsSync(join(ROOT, 'gotcha'))).toBe(false);
  });

  it('is a gate: it fails with the exit code, says why, and can leave the decision to the workflow', async () => {
    const inputs = { command: 'backup', 'source-url': source.replace('/shop', '/nowhere') };
    const failed = await act(inputs);
    expect(failed.exitCode).toBe(3);
    expect(failed.outputs).toMatchObject({ 'exit-code': '3', result: 'source-database-missing', name: '' });
    expect(failed.log).toMatch(/^::error title=Lifeboat::Cannot connect to /m);
    expect(failed.summary).toContain('source-database-missing');
    const left = await act({ ...inputs, fail: 'false' });
    expect({ exitCode: left.exitCode, output: left.outputs['exit-code'] }).toEqual({
      exitCode: 0,
      output: '3',
    });
  });

  it.each([
    [{ command: 'restore' }, 'command: one of backup, drill, verify'],
    [{ command: 'drill', options: 'rm -rf /' }, 'options: each line must be one option'],
    [{ command: 'drill', lifeboat: '', version: '1; touch gotcha' }, 'version: not a version'],
  ])('refuses %j', async (inputs, words) => {
    const refused = await act(inputs);
    expect(refused.exitCode).toBe(2);
    expect(refused.log).toContain(words);
  });

  it('takes a reference that looks like an option for a reference', async () => {
    const refused = await act({ command: 'verify', backup: '--vault=/etc' });
    expect(refused.outputs).toMatchObject({ 'exit-code': '2', result: 'backup-reference-invalid' });
  });
});

describe('the jobs for GitLab CI', () => {
  const template = parse(readFileSync(join(ROOT, 'pipelines', 'lifeboat.gitlab-ci.yml'), 'utf8'));

  /** As GitLab's runner does: the lines of before_script and script in one shell that ends at the first error. */
  function job(name: string, variables: Record<string, string>) {
    const lines: string[] = [...template['.lifeboat'].before_script, ...template[name].script];
    return spawnSync('bash', ['-c', `set -eo pipefail\n${lines.join('\n')}`], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...environment(),
        ...template['.lifeboat'].variables,
        CI_PIPELINE_ID: '7',
        CI_PROJECT_ID: '1',
        CI_PROJECT_PATH: 'shop/app',
        LIFEBOAT_COMMAND: CHECKOUT,
        LIFEBOAT_VAULT: vault,
        ...variables,
      },
    });
  }

  it('back up, and drill and verify the backup that the first job names', () => {
    const made = job('.lifeboat-backup', {
      LIFEBOAT_SOURCE_URL: source,
      LIFEBOAT_REASON: HOSTILE,
      LIFEBOAT_NAME: 'gitlab',
    });
    expect(made.status, made.stderr).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'lifeboat.json'), 'utf8'))).toMatchObject({
      outcome: 'sealed',
      source: 'gitlab',
      reason: HOSTILE,
    });
    const [, backup = ''] = /^LIFEBOAT_BACKUP=(manual\/gitlab\/\S+)\n$/.exec(
      readFileSync(join(folder, 'lifeboat.env'), 'utf8'),
    ) ?? [''];
    expect(backup).not.toBe('');
    for (const name of ['.lifeboat-drill', '.lifeboat-verify']) {
      const checked = job(name, { LIFEBOAT_BACKUP: backup });
      expect(checked.status, checked.stderr).toBe(0);
    }
    expect(existsSync(join(folder, 'gotcha'))).toBe(false);
  });

  it('are gates', () => {
    expect(
      job('.lifeboat-backup', { LIFEBOAT_SOURCE_URL: 'postgres://u@127.0.0.1:1/x?sslmode=verify' }).status,
    ).toBe(2);
    expect(job('.lifeboat-drill', { LIFEBOAT_BACKUP: '20200101T000000Z' }).status).toBe(4);
  });
});
