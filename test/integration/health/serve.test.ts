import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../../lib/cli/program/context.ts';
import { serveHealth } from '../../../lib/cli/serve/serve-health.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { healthSettings } from '../../../lib/engine/health/settings.ts';
import { openStore } from '../../../lib/engine/storage/open-store.ts';
import { parseOpenMetrics } from '../../support/openmetrics/parse.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat, startLifeboat } from '../cli/lifeboat.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
});
afterAll(() => server?.stop());

const TOKEN = 'a-token-of-this-test';

async function served(
  given: { everyMinutes?: number; token?: string; vault?: string; source?: string } = {},
) {
  const stop = new AbortController();
  let told = '';
  const context = {
    environment: {},
    signal: stop.signal,
    now: () => new Date(),
    stderr: { write: (text: string) => (told += text) },
  } as unknown as Context;
  const done = serveHealth(
    {
      address: { host: '127.0.0.1', port: 0 },
      token: given.token,
      source: connectionSettings(server.url()),
      settings: healthSettings(),
      limits: {
        source: given.source ?? 'shop',
        everyMinutes: given.everyMinutes ?? 60,
        maxAgeSeconds: given.vault ? 3600 : undefined,
        maxProofAgeSeconds: given.vault ? 7200 : undefined,
      },
      vault: given.vault === undefined ? undefined : openStore(String(pathToFileURL(given.vault))),
    },
    context,
  );
  await expect.poll(() => told, { timeout: 60_000 }).toContain('Serving ');
  const [, url = ''] = /Serving (http:\S+)\/health/.exec(told) ?? [];
  return {
    told: () => told,
    ask: (path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
      asked(`${url}${path}`, options),
    async end() {
      stop.abort();
      await done;
      await expect(asked(url)).rejects.toThrow(/ECONNREFUSED/);
    },
  };
}

function asked(url: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  return new Promise<{ code: number; type: string; body: string }>((resolve, reject) => {
    request(url, { agent: false, ...options }, (response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () =>
        resolve({ code: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

it('answers from the last result, survives a source that is down, and sees it again', async () => {
  const { ask, end } = await served({ everyMinutes: 0.01 });
  await expect.poll(async () => (await ask('/health')).code, { timeout: 60_000 }).toBe(200);
  const good = await ask('/');
  expect(JSON.parse(good.body)).toMatchObject({
    status: expect.stringMatching(/^(ok|warning)$/),
    sources: [{ source: 'shop', newestBackup: null, health: { totals: { critical: 0 } } }],
  });
  expect(good.body).not.toMatch(/127\.0\.0\.1|postgres|SELECT/);
  const text = await ask('/metrics');
  expect(text.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const gauges = parseOpenMetrics(text.body);
  expect(gauges.get('lifeboat_up{source="shop"}')).toBe(1);
  expect(gauges.get('lifeboat_database_size_bytes{source="shop"}')).toBeGreaterThan(1e6);
  expect(gauges.get('lifeboat_health_check_severity{source="shop",check="reachable",severity="ok"}')).toBe(1);
  const open = await ask('/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
  expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');

  await server.stop();
  // For five minutes that is a warning, and no 503.
  const reachable = async () =>
    parseOpenMetrics((await ask('/metrics')).body).get('lifeboat_source_reachable{source="shop"}');
  await expect.poll(reachable, { timeout: 60_000 }).toBe(0);
  const down = parseOpenMetrics((await ask('/metrics')).body);
  // What is not known is not zero.
  expect([...down.keys()].filter((name) => name.startsWith('lifeboat_database_size'))).toEqual([]);
  await end();
  server = await startPostgres({ major: 18 });
});

it('a token: without it nothing, on every path and by every method', async () => {
  const { ask, end } = await served({ token: TOKEN });
  const wrong = [undefined, 'Bearer', 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN];
  for (const authorization of wrong) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const [path, method] of [
      ['/health', 'GET'],
      ['/metrics', 'GET'],
      ['/nothing', 'GET'],
      ['/', 'POST'],
    ] as const) {
      expect(await ask(path, { method, headers })).toEqual({ code: 401, type: '', body: '' });
    }
  }
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await ask('/nothing', { headers })).code).toBe(404);
  expect((await ask('/health', { headers, method: 'POST' })).code).toBe(405);
  await expect.poll(async () => (await ask('/health', { headers })).code, { timeout: 60_000 }).toBe(200);
  expect(await ask('/health', { headers, method: 'HEAD' })).toMatchObject({ code: 200, body: '' });
  await end();
});

it('a vault without a backup is critical, and one that cannot be read is told and stale', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-serve-'));
  const { ask, end } = await served({ everyMinutes: 0.01, vault: directory });
  await expect.poll(async () => (await ask('/health')).body, { timeout: 60_000 }).toContain('"critical"');
  expect(JSON.parse((await ask('/health')).body)).toMatchObject({
    sources: [{ status: 'critical', newestBackup: { at: null, ageSeconds: null, limitSeconds: 3600 } }],
  });
  await end();
  const archives = fileURLToPath(new URL('../../support/archives/stamped', import.meta.url));
  cpSync(archives, directory, { recursive: true });
  const holding = await served({ vault: directory, source: 'stamped' });
  // A backup that was copied is as old as it says.
  await expect
    .poll(async () => (await holding.ask('/metrics')).body, { timeout: 60_000 })
    .toContain('backup_age');
  const [found] = JSON.parse((await holding.ask('/health')).body).sources;
  expect(found).toMatchObject({ status: 'critical', newestProof: { at: null } });
  expect(found.newestBackup.ageSeconds).toBeGreaterThan(3600);
  await holding.end();
  rmSync(directory, { recursive: true });
  const lost = await served({ everyMinutes: 0.01, vault: directory });
  await expect.poll(lost.told, { timeout: 60_000 }).toContain('The vault: ');
  expect((await lost.ask('/health')).code).toBe(503);
  await lost.end();
});

it('the command: other machines need a token, and SIGTERM ends it well', async () => {
  const environment = { LIFEBOAT_SOURCE_URL: server.url() };
  const refused = await lifeboat(['health', '--serve', '0.0.0.0:0'], { environment });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('health-token-missing');
  const { child, ended } = startLifeboat(['health', '--serve', '127.0.0.1:0'], { environment });
  const url = await new Promise<string>((resolve) => {
    child.stderr?.on('data', (text: string) => {
      const [, found] = /Serving (http:\S+)\/health/.exec(text) ?? [];
      if (found) resolve(found);
    });
  });
  await expect.poll(async () => (await asked(url)).code, { timeout: 60_000 }).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ exitCode: 0, signal: null, stdout: 'Stopped.\n' });
});

it('a way that fails is a source that cannot be reached, not an error', async () => {
  const { stdout, exitCode } = await lifeboat(['health', '--json', '--ssh', 'nobody@127.0.0.1:1'], {
    environment: { LIFEBOAT_SOURCE_URL: server.url() },
  });
  expect(exitCode).toBe(8);
  expect(JSON.parse(stdout)).toMatchObject({
    severity: 'critical',
    server: null,
    findings: expect.arrayContaining([
      expect.objectContaining({
        check: 'reachable',
        figures: { code: expect.stringMatching(/^source-ssh/) },
      }),
    ]),
  });
});
