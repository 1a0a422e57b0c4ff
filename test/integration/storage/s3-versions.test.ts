import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, expect, test } from 'vitest';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import { openDirectoryStore } from '../../../lib/engine/storage/directory.ts';
import { type ObjectVersions, versionsOf } from '../../../lib/engine/storage/object-versions.ts';
import { openS3Store } from '../../../lib/engine/storage/s3.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../support/s3-server/server.ts';

let server: S3Server;
let client: S3Client;
afterEach(async () => {
  client.destroy();
  await server.stop();
});

/** Keys that a listing, a header or a URL may garble. */
const ODD_KEYS = ['a b/+x', 'ünï/日本', 'per%20cent/&<>', 'quo\'te/"(x)~*!'];

async function versionsAt(options: S3ServerOptions, prefix = 'team a/+vault'): Promise<ObjectVersions> {
  server = await startS3Server(options);
  const { endpoint, region, credentials, bucket } = server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const versions = versionsOf(openS3Store({ bucket, prefix, endpoint, region, credentials, maxAttempts: 1 }));
  if (!versions) throw new Error('a vault in S3 has versions');
  return versions;
}

async function write(key: string, body: string): Promise<string> {
  const whole = { Bucket: server.bucket, Key: `team a/+vault/${key}` };
  const written = await client.send(new PutObjectCommand({ ...whole, Body: body }));
  return written.VersionId ?? 'null';
}

async function hide(key: string): Promise<string> {
  const whole = { Bucket: server.bucket, Key: `team a/+vault/${key}` };
  return (await client.send(new DeleteObjectCommand(whole))).VersionId ?? 'null';
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('a vault in a directory has no versions', async () => {
  await versionsAt({});
  expect(versionsOf(openDirectoryStore('/nowhere'))).toBeUndefined();
});

test('all versions and delete markers are listed over many pages, the newest of a key first', async () => {
  const versions = await versionsAt({ versioning: true, mostKeys: 2 });
  const written: Record<string, string[]> = {};
  for (const key of ODD_KEYS) {
    const ids = [await write(key, 'first'), await write(key, 'second, longer'), await hide(key)];
    written[key] = ids.toReversed();
  }
  await write('a-neighbour', 'x');
  const found: Record<string, string[]> = {};
  for await (const version of versions.all('')) {
    found[version.key] = [...(found[version.key] ?? []), version.versionId];
    if (version.key === 'a-neighbour') continue;
    expect(version.isDeleteMarker).toBe(version.isLatest);
    expect(version.sizeBytes).toBe([0, 14, 5][(found[version.key]?.length ?? 0) - 1]);
  }
  expect(found).toEqual({ ...written, 'a-neighbour': [expect.any(String)] });
  expect(Object.keys(found)).toEqual(
    [...ODD_KEYS, 'a-neighbour'].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
});

test('one level shows folders whose objects are all hidden', async () => {
  const versions = await versionsAt({ versioning: true, mostKeys: 1 });
  for (const key of ['daily/a/1', 'daily/b/1', 'daily/top']) await write(key, 'x');
  await hide('daily/a/1');
  const level = await versions.level('daily/');
  expect(level.prefixes).toEqual(['daily/a/', 'daily/b/']);
  expect(level.versions.map(({ key }) => key)).toEqual(['daily/top']);
});

test('a version is read behind the delete marker that hides it', async () => {
  const versions = await versionsAt({ versioning: true });
  for (const key of ODD_KEYS) {
    const id = await write(key, `of ${key}`);
    await write(key, 'written over it');
    await hide(key);
    expect(await textOf(versions.get(key, id))).toBe(`of ${key}`);
  }
  await expect(textOf(versions.get('absent', 'no-such-version'))).rejects.toThrow(/absent is not in/);
  await write('marked', 'x');
  const marker = await hide('marked');
  await expect(textOf(versions.get('marked', marker))).rejects.toThrow(/marked is not in/);
  await expect(versions.tags('marked', marker)).rejects.toThrow(/marked is not in/);
  await expect(versions.setLegalHold('marked', marker, true)).rejects.toThrow(/Object Lock|marked is not in/);
});

test('a legal hold is set on one version, read, and taken away', async () => {
  const versions = await versionsAt({ objectLock: true });
  const [first, second] = [await write('a b/+x', '1'), await write('a b/+x', '2')];
  expect(await versions.legalHold('a b/+x', first)).toBe(false);
  await versions.setLegalHold('a b/+x', first, true);
  expect(await versions.legalHold('a b/+x', first)).toBe(true);
  expect(await versions.legalHold('a b/+x', second)).toBe(false);
  await versions.setLegalHold('a b/+x', first, false);
  expect(await versions.legalHold('a b/+x', first)).toBe(false);
  expect(await versions.retention('a b/+x', first)).toBeUndefined();
});

test('the tags of a version are replaced, read and removed', async () => {
  const versions = await versionsAt({ versioning: true });
  const [first, second] = [await write('a b/+x', '1'), await write('a b/+x', '2')];
  expect(await versions.tags('a b/+x', first)).toEqual({});
  await versions.setTags('a b/+x', first, { [EXPIRY_TAG.key]: EXPIRY_TAG.value, 'of one': 'a+b = c@d' });
  await versions.setTags('a b/+x', undefined, { [EXPIRY_TAG.key]: EXPIRY_TAG.value });
  expect(await versions.tags('a b/+x', first)).toEqual({ 'lifeboat-expires': 'yes', 'of one': 'a+b = c@d' });
  expect(await versions.tags('a b/+x', second)).toEqual({ 'lifeboat-expires': 'yes' });
  await versions.removeTags('a b/+x', first);
  expect(await versions.tags('a b/+x', first)).toEqual({});
  await expect(versions.setTags('absent', undefined, {})).rejects.toThrow(/absent is not in/);
});

test('a bucket without versions lists each object once, and its suspended versions too', async () => {
  const versions = await versionsAt({});
  await write('x', '1');
  const ids = async () => (await Array.fromAsync(versions.all(''))).map(({ versionId }) => versionId);
  expect(await ids()).toEqual(['null']);
  await client.send(
    new PutBucketVersioningCommand({
      Bucket: server.bucket,
      VersioningConfiguration: { Status: 'Enabled' },
    }),
  );
  const id = await write('x', '2');
  expect(await ids()).toEqual([id, 'null']);
  expect(await textOf(versions.get('x', 'null'))).toBe('1');
});

test('a hold in a bucket without Object Lock is refused with what to do', async () => {
  const versions = await versionsAt({ versioning: true });
  const id = await write('x', '1');
  await expect(versions.setLegalHold('x', id, true)).rejects.toMatchObject({
    code: 'vault-no-object-lock',
    what: expect.stringContaining('Changing the legal hold of x in s3://vault/team a/+vault failed'),
    remedy: expect.stringContaining('put-object-lock-configuration'),
  });
  expect(await versions.legalHold('x', id)).toBe(false);
  expect(await versions.retention('x', id)).toBeUndefined();
});

test.each([
  ['ListObjectVersions', 's3:ListBucketVersions', (v: ObjectVersions) => Array.fromAsync(v.all(''))],
  ['GetObject', 's3:GetObjectVersion', (v: ObjectVersions) => textOf(v.get('x', 'id'))],
  ['PutObjectLegalHold', 's3:PutObjectLegalHold', (v: ObjectVersions) => v.setLegalHold('x', 'id', true)],
  ['GetObjectLegalHold', 's3:GetObjectLegalHold', (v: ObjectVersions) => v.legalHold('x', 'id')],
  ['GetObjectRetention', 's3:GetObjectRetention', (v: ObjectVersions) => v.retention('x', 'id')],
  ['PutObjectTagging', 's3:PutObjectVersionTagging', (v: ObjectVersions) => v.setTags('x', 'id', {})],
  ['GetObjectTagging', 's3:GetObjectVersionTagging', (v: ObjectVersions) => v.tags('x', 'id')],
  ['DeleteObjectTagging', 's3:DeleteObjectVersionTagging', (v: ObjectVersions) => v.removeTags('x', 'id')],
])(
  '%s: a refusal names %s, and a server that lacks it is named as such',
  async (operation, permission, ask) => {
    const versions = await versionsAt({ objectLock: true });
    const fail = (status: number, code: string) => {
      server.onRequest = (request) => (request.operation === operation ? { status, code } : 'pass');
    };
    fail(403, 'AccessDenied');
    await expect(ask(versions)).rejects.toMatchObject({
      code: 'vault-access-denied',
      remedy: expect.stringContaining(permission),
    });
    fail(501, 'NotImplemented');
    await expect(ask(versions)).rejects.toMatchObject({ code: 'vault-not-capable' });
  },
);
