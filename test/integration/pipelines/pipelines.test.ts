import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runAction } from '../../support/pipelines/composite-runner.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { startS3Server } from '../../support/s3-server/server.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ACTION = join(ROOT, 'action.yml');
const CHECKOUT = join(ROOT, 'bin', 'lifeboat.mjs');
const PASSWORD = 'p%wörd::x"y';
/** What the reason below would make, if anything read it as a command. */
const GOTCHA = join(tmpdir(), `lifeboat-gotcha-${process.pid}`);
/** Whatever a pull request may be called. */
const HOSTILE = `"; rm -rf "$NOWHERE" #\n::error::gotcha\n\`touch ${GOTCHA}\` $(touch ${GOTCHA}) --name=x | <img src=x> '`;

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
  for (const path of [vault, folder, GOTCHA]) rmSync(path, { recursive: true, force: true });
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
    expect(existsSync(GOTCHA)).toBe(false);
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
    [{ command: 'drill', lifeboat: '', version: `1; touch ${GOTCHA}` }, 'version: not a version'],
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
  async function job(name: string, variables: Record<string, string>) {
    const lines: string[] = [...template['.lifeboat'].before_script, ...template[name].script];
    const child = spawn('bash', ['-c', `set -eo pipefail\n${lines.join('\n')}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
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
    const [status, stderr] = await Promise.all([
      new Promise<number | null>((resolve) => child.once('close', resolve)),
      text(child.stderr),
    ]);
    return { status, stderr };
  }

  it('back up, and drill and verify the backup that the first job names', async () => {
    const made = await job('.lifeboat-backup', {
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
      const checked = await job(name, { LIFEBOAT_BACKUP: backup });
      expect(checked.status, checked.stderr).toBe(0);
    }
    expect(existsSync(GOTCHA)).toBe(false);
  });

  it('are gates', async () => {
    const wrong = { LIFEBOAT_SOURCE_URL: 'postgres://u@127.0.0.1:1/x?sslmode=verify' };
    expect((await job('.lifeboat-backup', wrong)).status).toBe(2);
    expect((await job('.lifeboat-drill', { LIFEBOAT_BACKUP: '20200101T000000Z' })).status).toBe(4);
  });

  it('get their credentials for S3 for the token of the job, and no key', async () => {
    const credentials = {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'of-the-session',
      sessionToken: 'session',
    };
    const s3 = await startS3Server({ writeOnce: true, credentials });
    const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = s3.environment();
    const asked: URLSearchParams[] = [];
    const sts = createServer(async (request, response) => {
      asked.push(new URLSearchParams(await text(request)));
      response.setHeader('content-type', 'text/xml');
      response.end(`<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
        <Credentials><AccessKeyId>${credentials.accessKeyId}</AccessKeyId><SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>
        <SessionToken>${credentials.sessionToken}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`);
    });
    await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
    const made = await job('.lifeboat-backup', {
      AWS_ENDPOINT_URL,
      AWS_REGION,
      LIFEBOAT_SOURCE_URL: source,
      LIFEBOAT_VAULT: `s3://${s3.bucket}/nightly`,
      AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/lifeboat-pipeline',
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(sts.address() as AddressInfo).port}`,
      LIFEBOAT_ID_TOKEN: 'header.claims.signature',
    });
    sts.close();
    expect(made.status, made.stderr).toBe(0);
    expect(s3.keys().filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      RoleArn: 'arn:aws:iam::111122223333:role/lifeboat-pipeline',
      RoleSessionName: 'lifeboat-1-7',
      WebIdentityToken: 'header.claims.signature',
    });
    await s3.stop();
  });
});
