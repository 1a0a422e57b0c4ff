import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';

const PROCESS = join(import.meta.dirname, 'store-process.ts');
const run = promisify(execFile);

/** What the AWS SDK finds by itself, in a process whose environment holds nothing else. */
describe('a vault in S3, told only by the environment', () => {
  let server: S3Server;
  let home: string;
  beforeAll(async () => {
    server = await startS3Server();
    home = await mkdtemp(join(tmpdir(), 'lifeboat-home-'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true });
  });

  async function roundTrip(environment: Record<string, string>, sizeBytes = 100): Promise<unknown> {
    const env = { HOME: home, AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env.PATH, ...environment };
    const { stdout, stderr } = await run(
      process.execPath,
      [PROCESS, 's3://vault/prefix', 'round-trip', String(sizeBytes)],
      {
        env,
      },
    );
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  test('AWS_ENDPOINT_URL with an address', async () => {
    expect(await roundTrip(server.environment(), 9_000_000)).toEqual({ equal: true });
    expect(server.keys()).toEqual([expect.stringMatching(/^prefix\/folder\/object-\d+$/)]);
  });

  test('AWS_ENDPOINT_URL_S3 with a name: the bucket goes into the path, for bucket.localhost is no host', async () => {
    const { AWS_ENDPOINT_URL = '', ...others } = server.environment();
    const named = AWS_ENDPOINT_URL.replace('127.0.0.1', 'localhost');
    expect(await roundTrip({ ...others, AWS_ENDPOINT_URL_S3: named })).toEqual({ equal: true });
    expect(server.requests.at(-1)?.headers.host).toMatch(/^localhost:/);
  });

  test('a profile with an endpoint', async () => {
    const { accessKeyId, secretAccessKey } = server.credentials;
    const endpoint = server.endpoint.replace('127.0.0.1', 'localhost');
    const lines = ['[profile local]', `endpoint_url = ${endpoint}`, `region = ${server.region}`];
    lines.push(`aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`);
    await writeFile(join(home, 'config'), `${lines.join('\n')}\n`);
    expect(await roundTrip({ AWS_CONFIG_FILE: join(home, 'config'), AWS_PROFILE: 'local' })).toEqual({
      equal: true,
    });
  });

  test('no credentials', async () => {
    const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = server.environment();
    expect(await roundTrip({ AWS_ENDPOINT_URL, AWS_REGION })).toMatchObject({
      code: 'vault-credentials-missing',
      kind: 'vault',
      message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
  });

  test('no region', async () => {
    const { AWS_REGION: _, ...others } = server.environment();
    expect(await roundTrip(others)).toMatchObject({
      code: 'vault-region-missing',
      message: expect.stringContaining('AWS_REGION'),
    });
  });
});
