import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from '../../../lib/contract/metric-names.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../support/archive-fixture.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';
import type { AlarmState } from '../../support/aws/cloudwatch.ts';
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
  for (const expecting of [
    ['--max-age', '25'],
    ['--name', 'postgres'],
  ]) {
    const expected = await examine(expecting, environment);
    expect(expected.exitCode).toBe(8);
    expect(expected.of('backup-age')).toMatchObject({ verdict: 'problem' });
  }
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

it('what a restore put aside may grow old', async () => {
  const other = await testVault();
  await writeFixtureArchive(other.store);
  await writeFixtureArchive(other.store, {
    place: { ...FIXTURE_PLACE, retentionClass: 'manual', source: 'shop-before-restore' },
  });
  const report = await examine(['--vault', other.directory]);
  const backups = report.findings.filter(({ topic }) => topic === 'backups');
  expect(backups.map(({ what }) => what).join()).not.toContain('before-restore');
  expect(backups.map(({ check }) => check)).toEqual(['backup-age', 'proof']);
  other.remove();
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
  expect(stdout).toMatch(/^machine\n {2}ok {7}This is Node\.js /);
  expect(stdout).toMatch(/\nvault\n {2}problem {2}\S.*\n {11}to do: /);
  expect(stdout).toMatch(/\n1 problem\.\n$/);
});

describe('a vault in S3', () => {
  let s3: S3Server;
  afterEach(() => s3?.stop());

  it('is written to as a backup would, and holds nothing of it afterwards', async () => {
    s3 = await startS3Server({ writeOnce: true });
    const report = await examine(['--vault', `s3://${s3.bucket}/lifeboat`], s3.environment());
    expect(report.of('vault-writable')).toMatchObject({ verdict: 'ok' });
    expect(s3.requests.map(({ operation }) => operation)).toContain('CreateMultipartUpload');
    expect(s3.pendingUploads()).toEqual([]);
    expect(s3.keys()).toEqual([]);
  });

  it('that may only be read is a problem for who backs up, and a warning for who restores', async () => {
    s3 = await startS3Server({ writeOnce: true });
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

  it('that may only be written to, below the name of the source, is as the role of a backup has it', async () => {
    s3 = await startS3Server({ writeOnce: true });
    const isOfSource = (key: string | undefined) => /^lifeboat\/manual\/postgres\//.test(key ?? '');
    s3.onRequest = ({ operation, key }) =>
      /^(Create|Upload|Abort)/.test(operation) && isOfSource(key)
        ? undefined
        : { status: 403, code: 'AccessDenied' };
    const url = `s3://${s3.bucket}/lifeboat`;
    const environment = { ...s3.environment(), LIFEBOAT_SOURCE_URL: server.url() };
    const backingUp = await examine(['--vault', url], environment);
    expect(backingUp).toMatchObject({ exitCode: 0, totals: { problem: 0 } });
    expect(backingUp.of('vault-writable')).toMatchObject({ verdict: 'ok' });
    expect(backingUp.of('vault-reachable')).toMatchObject({
      verdict: 'skipped',
      remedy: expect.stringContaining('s3:ListBucket'),
    });
    expect(s3.pendingUploads()).toEqual([]);
    const restoring = await examine(['--vault', url], s3.environment());
    expect(restoring).toMatchObject({ exitCode: 8 });
    expect(restoring.of('vault-reachable')).toMatchObject({ verdict: 'problem' });
  });
});

describe('what is deployed', () => {
  let aws: AwsServer;
  beforeAll(async () => {
    aws = await startAwsServer();
  });
  afterAll(() => aws?.stop());
  const credentials = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const production = () => examine(['--environment', 'production'], { ...aws.environment(), ...credentials });
  const alarm = (name: string, StateValue: AlarmState['StateValue'], more: Partial<AlarmState> = {}) => ({
    AlarmName: `lifeboat-${name}`,
    StateValue,
    TreatMissingData: 'notBreaching',
    ActionsEnabled: true,
    ...more,
  });
  const published = (source: string, minutesAgo: number, hoursOld: number, environment = 'production') => {
    aws.cloudWatch.put({
      Namespace: METRIC_NAMESPACE,
      MetricData: [
        {
          MetricName: METRICS.backupAge.name,
          Dimensions: [
            { Name: METRIC_DIMENSIONS.environment, Value: environment },
            { Name: METRIC_DIMENSIONS.source, Value: source },
          ],
          Timestamp: Date.now() / 1000 - minutesAgo * 60,
          Value: hoursOld * 3600,
          Unit: 'Seconds',
        },
      ],
    });
  };
  const deployed = ({ findings }: Report) =>
    findings.filter(({ topic }) => topic === 'deployment').map(({ verdict, what }) => `${verdict}: ${what}`);

  it('is as well as its alarms say, and as the age that the sentinel publishes', async () => {
    aws.cloudWatch.alarms = [
      alarm('production-app-no-backup-25h', 'ALARM', {
        StateReason: 'Threshold Crossed',
        AlarmDescription: 'No backup. Runbook: docs/runbook.md#no-backup-25h',
        TreatMissingData: 'missing',
      }),
      alarm('production-app-backup-failed', 'INSUFFICIENT_DATA'),
      alarm('production-app-unproven', 'INSUFFICIENT_DATA', { TreatMissingData: 'missing' }),
      alarm('production-sentinel-errors', 'OK', { ActionsEnabled: false }),
      alarm('staging-app-no-backup-25h', 'ALARM'),
    ];
    published('app', 63, 29);
    published('app', 3, 30);
    published('app', 3, 99, 'staging');
    const report = await production();
    expect(deployed(report)).toEqual([
      'problem: lifeboat-production-app-no-backup-25h is in alarm: Threshold Crossed',
      'warning: lifeboat-production-app-unproven has no data.',
      'ok: 2 of 4 alarms report no problem.',
      'problem: The actions of lifeboat-production-sentinel-errors are disabled: nobody is told when something happens.',
      'ok: The sentinel works: it sees the newest backup of app (production) as 30 h old.',
    ]);
    expect(report.of('alarms')?.remedy).toContain('docs/runbook.md#no-backup-25h');
    expect(report.of('alarm-actions')?.remedy).toContain(
      "aws cloudwatch enable-alarm-actions --alarm-names 'lifeboat-production-sentinel-errors'",
    );
    expect(report.exitCode).toBe(8);
  });

  it('is not watched by a sentinel that is silent, whatever the alarms say', async () => {
    aws.cloudWatch.alarms = [alarm('production-app-no-backup-25h', 'OK')];
    aws.cloudWatch.data.length = 0;
    published('app', 45, 3);
    const silent = await production();
    expect(silent.of('sentinel')).toMatchObject({
      verdict: 'problem',
      what: expect.stringMatching(/silent about app \(production\) for 4\d min/),
      remedy: expect.stringContaining('aws logs tail --since 3h "$(aws lambda'),
    });
    aws.cloudWatch.data.length = 0;
    expect((await production()).of('sentinel')).toMatchObject({
      verdict: 'problem',
      what: expect.stringContaining('nothing for three hours'),
    });
  });

  it('is skipped with a sentence where nothing is deployed, or nobody may ask', async () => {
    aws.cloudWatch.alarms = [];
    expect((await production()).of('alarms')).toMatchObject({ verdict: 'skipped' });
    aws.cloudWatch.alarms = [alarm('production-app-no-backup-25h', 'OK')];
    aws.allows = ({ action }) => action === 'cloudwatch:DescribeAlarms';
    const half = await production();
    expect(half.of('alarms')?.verdict).toBe('ok');
    expect(half.of('sentinel')).toMatchObject({
      verdict: 'skipped',
      what: expect.stringContaining('cloudwatch:ListMetrics'),
    });
    const home = mkdtempSync(join(tmpdir(), 'lifeboat-home-'));
    const report = await examine(['--environment', 'staging'], {
      ...aws.environment(),
      AWS_REGION: 'eu-central-1',
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect(report).toMatchObject({ exitCode: 0 });
    expect(report.of('alarms')).toMatchObject({
      verdict: 'skipped',
      what: expect.stringContaining('credentials'),
    });
    rmSync(home, { recursive: true });
  });
});
