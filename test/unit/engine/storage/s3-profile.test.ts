import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Client, type S3Access } from '../../../../lib/engine/storage/s3-client.ts';
import { accessOfProfile } from '../../../../lib/engine/storage/s3-profile.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lifeboat-home-'));
  writeFileSync(
    join(home, 'config'),
    [
      '[profile at-aws]',
      'region = eu-west-1',
      '[profile elsewhere]',
      'region = auto',
      'endpoint_url = https://account.example.com',
      '[profile both]',
      'region = auto',
      'endpoint_url = https://everything.example.com',
      'services = only-s3',
      '[services only-s3]',
      's3 =',
      '  endpoint_url = https://s3.example.com',
    ].join('\n'),
  );
  const keys = ['aws_access_key_id = OFPROFILE', 'aws_secret_access_key = secret'];
  const sections = ['at-aws', 'elsewhere', 'both'].map((name) => [`[${name}]`, ...keys].join('\n'));
  writeFileSync(join(home, 'credentials'), sections.join('\n'));
  vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
  // Of the vault that backups are copied from.
  vi.stubEnv('AWS_ENDPOINT_URL', 'https://minio.internal');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'OFENVIRONMENT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Where a request would go, and whose signature it would have. Sends none. */
async function destination(access: S3Access): Promise<string> {
  const client = createS3Client(access);
  let found = '';
  client.middlewareStack.add(
    () =>
      async ({ request }) => {
        const { hostname, path, headers } = request as {
          hostname: string;
          path: string;
          headers: Record<string, string>;
        };
        const [, signer = ''] =
          /Credential=([^,]*)\/\d{8}\/(.*?)\/s3/.exec(headers.authorization ?? '') ?? [];
        const [, region = ''] = /\d{8}\/(.*?)\/s3/.exec(headers.authorization ?? '') ?? [];
        found = `${hostname}${path} ${signer} ${region}`;
        throw new Error('not sent');
      },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(new HeadBucketCommand({ Bucket: 'bucket' })).catch(() => undefined);
  client.destroy();
  return found;
}

describe('a profile, beside an environment that describes another vault,', () => {
  it.each([
    ['at-aws', 'bucket.s3.eu-west-1.amazonaws.com/ OFPROFILE eu-west-1'],
    ['elsewhere', 'account.example.com/bucket/ OFPROFILE auto'],
    ['both', 's3.example.com/bucket/ OFPROFILE auto'],
  ])('%s decides alone where requests go, and with which keys', async (profile, expected) => {
    expect(await destination(await accessOfProfile(profile))).toBe(expected);
  });

  it('does not hold where none is named', async () => {
    expect(await destination({})).toBe('minio.internal/bucket/ OFENVIRONMENT us-east-1');
  });

  it('that is mistyped is refused, with the one that was meant', async () => {
    await expect(accessOfProfile('elsewere')).rejects.toMatchObject({
      code: 'vault-profile-unknown',
      kind: 'usage',
      remedy: expect.stringContaining('Did you mean elsewhere?'),
    });
    await expect(accessOfProfile('services.only-s3')).rejects.toMatchObject({
      code: 'vault-profile-unknown',
    });
  });
});
