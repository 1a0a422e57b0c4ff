import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../cli/lifeboat.ts';

interface Report {
  findings: Array<{ topic: string; check: string; verdict: string; what: string; remedy?: string }>;
  totals: Record<string, number>;
}

async function examine(argv: string[], environment: Record<string, string> = {}) {
  const ended = await lifeboat(['doctor', '--json', ...argv], { environment });
  expect(ended.stderr).toBe('');
  const report: Report = JSON.parse(ended.stdout);
  const of = (check: string) => report.findings.find((finding) => finding.check === check);
  return { ...report, exitCode: ended.exitCode, of };
}

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  vault = await testVault();
  server = await startPostgres({ major: 17 });
  await server.run('CREATE TABLE t (id int PRIMARY KEY)');
});
afterAll(async () => {
  await server?.stop();
  vault?.remove();
});

it('nothing named: says so, looks at the machine, and is content', async () => {
  const report = await examine([]);
  expect(report.exitCode).toBe(0);
  expect(report.findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
    'node-version ok',
    'connection skipped',
    'vault-reachable skipped',
  ]);
});

it('before the first backup, between, and after a drill', async () => {
  const environment = { LIFEBOAT_SOURCE_URL: server.url(), LIFEBOAT_VAULT: vault.directory };
  const before = await examine([], environment);
  expect(before.exitCode).toBe(0);
  expect(before.totals).toMatchObject({ problem: 0, warning: 1 });
  expect(before.of('backup-age')).toMatchObject({
    verdict: 'warning',
    remedy: expect.stringContaining('lifeboat backup'),
  });
  expect(vault.files()).toEqual([]);

  expect((await lifeboat(['backup'], { environment })).exitCode).toBe(0);
  const files = vault.files().sort();
  const between = await examine([], environment);
  expect(between.of('proof')).toMatchObject({
    verdict: 'warning',
    remedy: expect.stringContaining('lifeboat drill'),
  });
  expect(vault.files().sort()).toEqual(files);

  expect((await lifeboat(['drill'], { environment })).exitCode).toBe(0);
  const after = await examine([], environment);
  expect(after).toMatchObject({ exitCode: 0, totals: { problem: 0, warning: 0 } });
  expect(after.of('proof')).toMatchObject({
    verdict: 'ok',
    what: 'The newest backup of postgres is proven.',
  });
});

it('a problem ends with 8, and every one is told with its remedy, the others as well', async () => {
  const environment = {
    LIFEBOAT_SOURCE_URL: 'postgres://u:hunter22@127.0.0.1:1/x',
    LIFEBOAT_VAULT: '/nowhere/at/all',
  };
  const report = await examine([], environment);
  expect(report).toMatchObject({ exitCode: 8, totals: { problem: 2 } });
  for (const check of ['connection', 'vault-reachable']) {
    expect(report.of(check)).toMatchObject({ verdict: 'problem', remedy: expect.any(String) });
  }
  expect(JSON.stringify(report)).not.toContain('hunter22');
  const wrong = await examine(['--source', 'mysql://a', '--vault', 's3://']);
  expect(wrong).toMatchObject({ exitCode: 8, totals: { problem: 2 } });
});

it('for people: topic by topic, the remedy below, the sum at the end', async () => {
  const { stdout, exitCode } = await lifeboat(['doctor', '--vault', '/nowhere/at/all']);
  expect(exitCode).toBe(8);
  expect(stdout).toMatch(/^machine\n {2}ok {7}Node\.js /);
  expect(stdout).toMatch(/\nvault\n {2}problem {2}\S.*\n {11}to do: /);
  expect(stdout).toMatch(/\n1 problem\.\n$/);
});

describe('a vault in S3', () => {
  let s3: S3Server;
  afterEach(() => s3?.stop());

  it('is written to as a backup would, and holds nothing of it afterwards', async () => {
    s3 = await startS3Server();
    const report = await examine(['--vault', `s3://${s3.bucket}/lifeboat`], s3.environment());
    expect(report.of('vault-writable')).toMatchObject({ verdict: 'ok' });
    expect(s3.requests.map(({ operation }) => operation)).toContain('CreateMultipartUpload');
    expect(s3.pendingUploads()).toEqual([]);
    expect(s3.keys()).toEqual([]);
  });

  it('that may only be read is a problem for who backs up, and a warning for who restores', async () => {
    s3 = await startS3Server();
    s3.onRequest = ({ operation }) =>
      /^(Put|Create|Upload)/.test(operation) ? { status: 403, code: 'AccessDenied' } : undefined;
    const url = `s3://${s3.bucket}/lifeboat`;
    expect((await examine(['--vault', url], s3.environment())).of('vault-writable')).toMatchObject({
      verdict: 'warning',
    });
    const environment = { ...s3.environment(), LIFEBOAT_SOURCE_URL: server.url() };
    const report = await examine(['--vault', url], environment);
    expect(report.of('vault-writable')).toMatchObject({
      verdict: 'problem',
      remedy: expect.stringContaining('s3:PutObject'),
    });
    expect(report.exitCode).toBe(8);
  });
});

describe('what is deployed', () => {
  let aws: Server;
  const asked: string[] = [];
  let alarms: object[] = [];
  beforeAll(async () => {
    aws = createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        asked.push(`${String(request.headers['x-amz-target'])} ${body}`);
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.end(JSON.stringify({ MetricAlarms: alarms }));
      });
    });
    await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => aws.close());
  const environment = () => ({
    AWS_ENDPOINT_URL_CLOUDWATCH: `http://127.0.0.1:${(aws.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });

  it('is as well as its alarms say', async () => {
    alarms = [
      {
        AlarmName: 'lifeboat-production-app-no-backup-25h',
        StateValue: 'ALARM',
        StateReason: 'Threshold Crossed',
        AlarmDescription: 'No backup. Runbook: docs/runbook.md#no-backup-25h',
        TreatMissingData: 'missing',
      },
      {
        AlarmName: 'lifeboat-production-app-backup-failed',
        StateValue: 'INSUFFICIENT_DATA',
        TreatMissingData: 'notBreaching',
      },
      {
        AlarmName: 'lifeboat-production-app-no-proof',
        StateValue: 'INSUFFICIENT_DATA',
        TreatMissingData: 'missing',
      },
      {
        AlarmName: 'lifeboat-production-sentinel-errors',
        StateValue: 'OK',
        TreatMissingData: 'notBreaching',
      },
    ];
    const report = await examine(['--environment', 'production'], environment());
    expect(asked.at(-1)).toMatch(/DescribeAlarms .*lifeboat-production-/);
    expect(report.findings.filter(({ topic }) => topic === 'deployment')).toEqual([
      expect.objectContaining({
        verdict: 'problem',
        what: expect.stringContaining('no-backup-25h is in alarm'),
        remedy: expect.stringContaining('docs/runbook.md'),
      }),
      expect.objectContaining({ verdict: 'warning', what: expect.stringContaining('no-proof has no data') }),
      expect.objectContaining({ verdict: 'ok', what: '1 of 4 alarms say that all is well.' }),
    ]);
    expect(report.exitCode).toBe(8);
  });

  it('is skipped with a sentence where nothing is deployed, or nobody may ask', async () => {
    alarms = [];
    expect((await examine(['--environment', 'staging'], environment())).of('alarms')).toMatchObject({
      verdict: 'skipped',
    });
    const home = mkdtempSync(join(tmpdir(), 'lifeboat-home-'));
    const nobody = {
      ...environment(),
      HOME: home,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const report = await examine(['--environment', 'staging'], nobody);
    expect(report).toMatchObject({ exitCode: 0 });
    expect(report.of('alarms')).toMatchObject({
      verdict: 'skipped',
      what: expect.stringContaining('credentials'),
    });
    rmSync(home, { recursive: true });
  });
});
