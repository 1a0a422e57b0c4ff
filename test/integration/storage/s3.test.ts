import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { describeConformance } from './conformance.ts';
import { createVaultAt } from './endpoint-vault.ts';

describeConformance('S3', async () => {
  const server = await startS3Server();
  const { endpoint, region, credentials, bucket } = server;
  return {
    open: () => openS3Store({ bucket, prefix: 'team a/+vault', endpoint, region, credentials }),
    leftovers: async () => server.pendingUploads().length,
    remove: () => server.stop(),
  };
});

/** Further, against any server, where one is named: docs of createVaultAt say what else to set. */
const endpoint = process.env.LIFEBOAT_TEST_S3_ENDPOINT;
if (endpoint !== undefined) {
  describeConformance(`S3 at ${new URL(endpoint).host}`, () =>
    createVaultAt(endpoint, process.env.LIFEBOAT_TEST_S3_BUCKET),
  );
}

describe('two vaults in one bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
  });
  afterAll(() => server.stop());
  const open = (prefix: string) => {
    const { endpoint, region, credentials, bucket } = server;
    return openS3Store({ bucket, prefix, endpoint, region, credentials });
  };

  test('see nothing of each other, and the bucket as a whole sees both', async () => {
    const [whole, one, two] = [open(''), open('one'), open('one-two')];
    await one.put('daily/object', Buffer.from('of one'));
    await two.put('daily/object', Buffer.from('of two'));
    expect((await readObject(one, 'daily/object')).toString()).toBe('of one');
    expect((await one.list('')).prefixes).toEqual(['daily/']);
    expect((await whole.list('')).prefixes).toEqual(['one-two/', 'one/']);
    expect(server.keys()).toEqual(['one/daily/object', 'one-two/daily/object']);
    expect([whole.url, one.url, two.url]).toEqual(['s3://vault', 's3://vault/one', 's3://vault/one-two']);
  });

  test('a folder that a console made is not an object of the vault', async () => {
    const whole = open('');
    const inside = open('made');
    await whole.put('made/x', Buffer.from('x'));
    const { endpoint, region, credentials, bucket } = server;
    const client = new S3Client({ endpoint, region, credentials });
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'made/', Body: '', ContentLength: 0 }));
    client.destroy();
    expect((await inside.list('')).objects.map(({ key }) => key)).toEqual(['x']);
    expect((await whole.list('made/')).objects.map(({ key }) => key)).toEqual(['made/x']);
  });

  test('a key that only the prefix makes too long is refused', async () => {
    const long = open('p'.repeat(200));
    const key = Array.from({ length: 4 }, () => 'k'.repeat(220)).join('/');
    await expect(long.put(key, Buffer.alloc(1))).rejects.toMatchObject({ code: 'object-key-invalid' });
    await open('p').put(key, Buffer.alloc(1));
  });
});
