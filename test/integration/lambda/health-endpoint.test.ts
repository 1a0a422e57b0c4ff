import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { healthResultKey } from '../../../lib/contract/health-results.ts';
import type { HealthReport } from '../../../lib/engine/health/health.ts';
import { storedHealth, storeHealth } from '../../../lib/engine/health/stored-health.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';
import { type AwsServer, startAwsServer } from '../../support/aws/aws-server.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:monitor-AbCdEf';
const TOKEN = 'a-long-and-random-text';
const YEARS = 20 * 366 * 86_400;
const ARCHIVES = new URL('../../support/archives/stamped', import.meta.url);
const context = { getRemainingTimeInMillis: () => 25_000, awsRequestId: 'r' } as unknown as Context;

let aws: AwsServer;
let directory: string;
const urlOf = (name: string) => String(pathToFileURL(join(directory, name)));
beforeAll(async () => {
  aws = await startAwsServer();
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-endpoint-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.resetModules();
  await aws?.stop();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  cpSync(ARCHIVES, join(directory, 'vault'), { recursive: true });
  cpSync(ARCHIVES, join(directory, 'results'), {
    recursive: true,
    filter: (path) => path.endsWith('stamped'),
  });
  aws.secrets.set(ARN, TOKEN);
});

/** The function as a cold start loads it. */
async function started(given: { backupSeconds?: number; proofSeconds?: number; iam?: boolean } = {}) {
  const { backupSeconds = YEARS, proofSeconds, iam = false } = given;
  const variables = {
    ...aws.environment(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    LIFEBOAT_ENVIRONMENT: 'production',
    LIFEBOAT_VAULT: urlOf('vault'),
    LIFEBOAT_HEALTH_RESULTS: urlOf('results'),
    LIFEBOAT_ENDPOINT_SOURCES: JSON.stringify([
      { name: 'stamped', backupSeconds, ...(proofSeconds && { proofSeconds }), measured: true },
    ]),
    LIFEBOAT_ENDPOINT_SECRET_ARN: iam ? undefined : ARN,
    LIFEBOAT_ENDPOINT_HEADER: iam ? undefined : 'X-Monitor',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import('../../../lambda/health-endpoint.ts');
  return async (token: string | undefined = TOKEN, method = 'GET') => {
    const event = {
      headers: token === undefined ? {} : { 'x-monitor': token },
      requestContext: { http: { method, path: '/' } },
    } as unknown as LambdaFunctionURLEvent;
    const answer: LambdaFunctionURLResult = await handler(event, context);
    if (typeof answer === 'string') throw new Error('an answer without a status');
    return answer;
  };
}

async function measured(severity: HealthReport['severity'], at = new Date()) {
  const report: HealthReport = {
    checkedAt: at.toISOString(),
    source: 'watcher@db.secret.example/app',
    server: { version: '18.6', isStandby: false },
    severity,
    findings: [],
    totals: { critical: severity === 'critical' ? 1 : 0, warning: 0, info: 0, unknown: 0, ok: 20 },
    judgedBy: 'x',
    counters: null,
    unreachableSince: null,
  };
  const run = { environment: 'production', source: 'stamped', everyMinutes: 5 };
  await storeHealth(openStore(urlOf('results')), storedHealth(report, run));
}

const bodyOf = ({ body }: { readonly body?: string | undefined }) => JSON.parse(body ?? '');

it('200 while the backup is young and the last result is good, and what it says is small', async () => {
  await measured('ok');
  const ask = await started();
  const answer = await ask();
  expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
  expect(bodyOf(answer)).toMatchObject({
    status: 'ok',
    sources: [
      { source: 'stamped', status: 'ok', newestBackup: { at: expect.any(String) }, newestProof: null },
    ],
  });
  expect(answer.body).not.toContain('secret.example');
  expect((await ask(TOKEN, 'POST')).statusCode).toBe(405);
});

it('503 by each of its reasons: an old backup, no proof, critical health, a stale result, none, one that is none', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7_200_000 });
  await measured('ok');
  const old = await (await started({ backupSeconds: 3600 }))();
  vi.useRealTimers();
  expect([old.statusCode, bodyOf(old).status]).toEqual([503, 'critical']);
  await measured('ok');
  expect(await (await started({ proofSeconds: YEARS }))()).toMatchObject({ statusCode: 503 });
  const ask = await started();
  await measured('critical');
  expect(bodyOf(await ask())).toMatchObject({
    status: 'critical',
    sources: [{ health: { severity: 'critical' } }],
  });
  await measured('ok', new Date(Date.now() - 16 * 60_000));
  expect([(await ask()).statusCode, bodyOf(await ask()).status]).toEqual([503, 'stale']);
  await measured('ok');
  expect((await ask()).statusCode).toBe(200);
  writeFileSync(join(directory, 'results', healthResultKey('stamped')), '{"format":9}');
  expect(bodyOf(await ask())).toMatchObject({ status: 'stale', sources: [{ health: null }] });
  rmSync(join(directory, 'results', 'health'), { recursive: true });
  expect((await ask()).statusCode).toBe(503);
});

it('a vault that cannot be read is stale, never good', async () => {
  await measured('ok');
  rmSync(join(directory, 'vault'), { recursive: true });
  expect(bodyOf(await (await started())())).toMatchObject({
    status: 'stale',
    sources: [{ newestBackup: { at: null } }],
  });
});

it('without the secret: one answer for everything, and no body', async () => {
  await measured('ok');
  const ask = await started();
  const refused = new Set<string>();
  for (const token of ['', TOKEN.slice(1), `${TOKEN} `, TOKEN.toUpperCase(), 'é'.repeat(5000)]) {
    for (const method of ['GET', 'POST', 'HEAD']) refused.add(JSON.stringify(await ask(token, method)));
  }
  expect([...refused]).toEqual(['{"statusCode":401}']);
  aws.secrets.delete(ARN);
  expect(await (await started())()).toEqual({ statusCode: 503 });
  // An empty secret lets nobody in.
  aws.secrets.set(ARN, '');
  expect((await (await started())('')).body).toBeUndefined();
});

it('behind IAM no secret is asked for', async () => {
  await measured('ok');
  expect((await (await started({ iam: true }))('')).statusCode).toBe(200);
});
