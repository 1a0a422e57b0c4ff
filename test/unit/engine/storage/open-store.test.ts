import { describe, expect, test } from 'vitest';
import { openStore } from '../../../../lib/engine/storage/open-store.ts';

describe('openStore', () => {
  test.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://bucket/some/prefix', 's3://bucket/some/prefix'],
    ['s3://bucket//some/prefix//', 's3://bucket/some/prefix'],
    ['s3://bucket/with space/100%', 's3://bucket/with space/100%'],
    ['s3://my.bucket-1', 's3://my.bucket-1'],
    ['file:///srv/vault', 'file:///srv/vault'],
    ['file:///srv/vault/', 'file:///srv/vault'],
    ['file:///srv/my%20vault', 'file:///srv/my%20vault'],
    ['file:///srv/my vault', 'file:///srv/my%20vault'],
  ])('%s', (url, shown) => {
    expect(openStore(url).url).toBe(shown);
  });

  test.each([
    '',
    '/srv/vault',
    './vault',
    'file:vault',
    'file:/srv/vault',
    'file://vault',
    'file://host/vault',
    'file:///srv/vault?x=1',
    'file:///srv/vault#x',
    'file:///srv/%zz',
    's3:',
    's3://',
    's3:///prefix',
    's3://b',
    's3://bu cket',
    's3://bucket/../other',
    's3://bucket/a//b',
    'S3://bucket',
    'https://bucket.s3.amazonaws.com/',
    'gs://bucket',
  ])('%j is refused, and both forms are shown', (url) => {
    expect(() => openStore(url)).toThrow(
      expect.objectContaining({
        code: 'vault-url-invalid',
        kind: 'usage',
        message: expect.stringMatching(/s3:\/\/bucket\/prefix .*file:\/\/\/absolute\/path/),
      }),
    );
  });

  test.each(['postgres://user:hunter2@host/db', 's3://KEY:hunter2@bucket/x', 'file://user:hunter2@host/x'])(
    '%s: a password given in the wrong place is not repeated',
    (url) => {
      expect(() => openStore(url)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      );
    },
  );
});
