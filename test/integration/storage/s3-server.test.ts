import { spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeChunkedBody } from '../../support/s3-server/chunked-body.ts';
import { type S3Server, startS3Server } from '../../support/s3-server/server.ts';
import { EMPTY_SHA256 } from '../../support/s3-server/signature.ts';
import { collect, sampleBytes, sha256 } from './sample-bytes.ts';

const MIB = 1024 * 1024;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

let server: S3Server;
let client: S3Client;
const clients: S3Client[] = [];

beforeEach(async () => {
  server = await startS3Server();
  client = connect();
});

afterEach(async () => {
  for (const each of clients.splice(0)) each.destroy();
  await server.stop();
});

function connect(config: S3ClientConfig = {}): S3Client {
  const { endpoint, region, credentials } = server;
  // The SDK warns of streams on the console; here they are meant.
  const made = new S3Client({ endpoint, region, credentials, maxAttempts: 1, logger: SILENT, ...config });
  clients.push(made);
  return made;
}

/** Changes a request after it was signed, as a bad network or a bad man would. */
function tampering(
  change: (request: { headers: Record<string, string>; body?: unknown; path: string }) => unknown,
): S3Client {
  const made = connect();
  made.middlewareStack.add(
    (next) => async (args) => {
      change(args.request as Parameters<typeof change>[0]);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
  );
  return made;
}

const put = (Key: string, Body: string | Uint8Array | Readable = 'x', more: object = {}) =>
  new PutObjectCommand({ Bucket: 'vault', Key, Body, ...more });
const text = async (Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket: 'vault', Key, ...more }));
  return answer.Body?.transformToString();
};

describe('signatures', () => {
  test('of the SDK are accepted, with a session token too', async () => {
    await client.send(put("odd/ü +%&='()*!~.txt", 'hello', { Metadata: { note: 'a  b' } }));
    expect(await text("odd/ü +%&='()*!~.txt")).toBe('hello');
    await server.stop();
    server = await startS3Server({
      credentials: { accessKeyId: 'K', secretAccessKey: 'S', sessionToken: 'T' },
    });
    await connect().send(put('a'));
    const withoutToken = connect({ credentials: { accessKeyId: 'K', secretAccessKey: 'S' } });
    await expect(withoutToken.send(put('a'))).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  test('with a wrong secret, key, region or time are refused', async () => {
    const { accessKeyId, secretAccessKey } = server.credentials;
    const refused = async (config: S3ClientConfig, name: string) =>
      expect(connect(config).send(put('a'))).rejects.toMatchObject({ name });
    await refused({ credentials: { accessKeyId, secretAccessKey: 'wrong' } }, 'SignatureDoesNotMatch');
    await refused({ credentials: { accessKeyId: 'WRONG', secretAccessKey } }, 'InvalidAccessKeyId');
    await refused({ region: 'eu-west-1' }, 'AuthorizationHeaderMalformed');
    await refused({ systemClockOffset: 20 * 60_000 }, 'RequestTimeTooSkewed');
    expect(server.keys()).toEqual([]);
  });

  test('cover the path, the headers and the body', async () => {
    const changes: [string, Parameters<typeof tampering>[0]][] = [
      ['SignatureDoesNotMatch', (request) => Object.assign(request, { path: '/vault/b' })],
      ['SignatureDoesNotMatch', ({ headers }) => Object.assign(headers, { 'content-type': 'text/html' })],
      ['XAmzContentSHA256Mismatch', (request) => Object.assign(request, { body: 'y' })],
      ['AccessDenied', ({ headers }) => Object.assign(headers, { 'x-amz-acl': 'public-read' })],
      ['AccessDenied', ({ headers }) => Reflect.deleteProperty(headers, 'authorization')],
    ];
    for (const [name, change] of changes) {
      await expect(tampering(change).send(put('a'))).rejects.toMatchObject({ name });
    }
    expect(server.keys()).toEqual([]);
  });
});

describe('bodies', () => {
  test('framed by aws-chunked are stored without the framing', async () => {
    const bytes = sampleBytes(300_000);
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)], { objectMode: false });
    await connect({ requestStreamBufferSize: 65_536 }).send(
      put('streamed', Body, { ContentLength: bytes.length }),
    );
    const stored = await client.send(new GetObjectCommand({ Bucket: 'vault', Key: 'streamed' }));
    expect(stored.ContentEncoding).toBeUndefined();
    expect(sha256((await stored.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha256(bytes));
    expect(server.object('streamed')?.checksum).toMatchObject({ algorithm: 'CRC32' });
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s is checked',
    async (ChecksumAlgorithm) => {
      await client.send(put('good', sampleBytes(100_000), { ChecksumAlgorithm }));
      const stored = await client.send(
        new GetObjectCommand({ Bucket: 'vault', Key: 'good', ChecksumMode: 'ENABLED' }),
      );
      expect(await stored.Body?.transformToByteArray()).toHaveLength(100_000);
      const field = `Checksum${ChecksumAlgorithm}` as 'ChecksumSHA256';
      const wrong = stored[field]?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
      await expect(client.send(put('bad', sampleBytes(100_000), { [field]: wrong }))).rejects.toMatchObject({
        name: 'BadDigest',
      });
      expect(server.keys()).toEqual(['good']);
    },
  );

  test('shorter than announced, or with a wrong MD5, are refused', async () => {
    await expect(
      client.send(put('a', 'x', { ContentMD5: createHash('md5').update('y').digest('base64') })),
    ).rejects.toMatchObject({
      name: 'BadDigest',
    });
    const Body = Readable.from(['only this'], { objectMode: false });
    await expect(client.send(put('b', Body, { ContentLength: 100 }))).rejects.toMatchObject({
      name: 'IncompleteBody',
    });
    expect(server.keys()).toEqual([]);
  });

  /** The example of "Signature calculations for the Authorization header: transferring payload in multiple chunks". */
  test('with signed chunks are checked as the manual shows', async () => {
    const secret = 'AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const signingKey = ['20130524', 'us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      Buffer.from(secret),
    );
    const signed = {
      payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      signingKey,
      scope: '20130524/us-east-1/s3/aws4_request',
      timestamp: '20130524T000000Z',
      signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    };
    const frame = (size: number, signature: string) =>
      `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`;
    const wire = [
      frame(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'),
      frame(1_024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'),
      frame(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'),
    ].join('');
    const decoded = (whole: string) =>
      collect(decodeChunkedBody(Readable.from([Buffer.from(whole)]), signed).bytes);
    expect((await decoded(wire)).toString()).toBe('a'.repeat(66_560));
    await expect(decoded(wire.replace('aaaa\r\n0;', 'aaab\r\n0;'))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    await expect(decoded(wire.slice(0, 40_000))).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('cut anywhere are decoded alike; a wrong frame is refused', async () => {
    const signed = {
      payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      signingKey: Buffer.alloc(0),
      scope: '',
      timestamp: '',
      signature: '',
    };
    const wire = Buffer.from(
      `2000\r\n${'a'.repeat(8192)}\r\n3\r\nb\r\n\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`,
    );
    for (const size of [1, 7, 8191, 100_000]) {
      const pieces = Array.from({ length: Math.ceil(wire.length / size) }, (_, index) =>
        wire.subarray(index * size, (index + 1) * size),
      );
      const body = decodeChunkedBody(Readable.from(pieces), signed);
      expect((await collect(body.bytes)).toString()).toBe(`${'a'.repeat(8192)}b\r\n`);
      expect([...body.trailers]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']]);
    }
    for (const broken of ['zz\r\n', '5\r\nabcdefg\r\n0\r\n\r\n', '1\r\na\r\n1\r\nb\r\n0\r\n\r\n']) {
      const body = decodeChunkedBody(Readable.from([Buffer.from(broken)]), signed);
      await expect(collect(body.bytes)).rejects.toMatchObject({ name: 'S3Error' });
    }
  });
});

describe('objects', () => {
  test('in a host name of their own bucket', async () => {
    const agent = new Agent({
      lookup: (_host, options, found) =>
        found(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4),
    });
    const endpoint = server.endpoint.replace('127.0.0.1', 'localhost');
    const virtual = connect({ endpoint, forcePathStyle: false, requestHandler: { httpAgent: agent } });
    await virtual.send(put('folder/key', 'by host'));
    expect(server.requests.at(-1)?.headers.host).toMatch(/^vault\.localhost:/);
    expect(await text('folder/key')).toBe('by host');
  });

  test('by range, and on condition', async () => {
    await client.send(put('a', '0123456789'));
    expect(await text('a', { Range: 'bytes=2-4' })).toBe('234');
    expect(await text('a', { Range: 'bytes=7-' })).toBe('789');
    expect(await text('a', { Range: 'bytes=-3' })).toBe('789');
    await expect(text('a', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
    await expect(text('a', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(text('b')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new HeadObjectCommand({ Bucket: 'vault', Key: 'b' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    await expect(client.send(put('a', 'y', { IfNoneMatch: '*' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await client.send(new DeleteObjectCommand({ Bucket: 'vault', Key: 'a' }));
    await client.send(put('a', 'y', { IfNoneMatch: '*' }));
  });

  test('in pages, grouped, encoded', async () => {
    for (const key of ['a', 'b/1', 'b/2', 'c +ü', 'd/1', 'e']) await client.send(put(key));
    const pages = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket: 'vault',
          Delimiter: '/',
          MaxKeys: 2,
          EncodingType: 'url',
          ContinuationToken,
        }),
      );
      pages.push([
        ...(page.Contents ?? []).map(({ Key }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      ]);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(pages).toEqual([['a', 'b/'], ['c+%2B%C3%BC', 'd/'], ['e']]);
    const after = await client.send(
      new ListObjectsV2Command({ Bucket: 'vault', Prefix: 'b/', StartAfter: 'b/1' }),
    );
    expect(after).toMatchObject({ KeyCount: 1, IsTruncated: false });
    await client.send(
      new DeleteObjectsCommand({ Bucket: 'vault', Delete: { Objects: [{ Key: 'a' }, { Key: 'b/1' }] } }),
    );
    expect(server.keys().sort()).toEqual(['b/2', 'c +ü', 'd/1', 'e']);
  });

  test('buckets: made once, looked for, missing', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'second' }));
    await expect(client.send(new CreateBucketCommand({ Bucket: 'second' }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
    await client.send(new HeadBucketCommand({ Bucket: 'second' }));
    await expect(client.send(new HeadBucketCommand({ Bucket: 'third' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
    await expect(client.send(new PutObjectCommand({ Bucket: 'third', Key: 'a' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    });
  });
});

describe('multipart uploads', () => {
  const at = { Bucket: 'vault', Key: 'large' };
  const begin = async (more: object = {}) => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32', ...more }),
    );
    return { ...at, UploadId };
  };
  const send = async (upload: object, PartNumber: number, sizeBytes: number) => {
    const command = new UploadPartCommand({
      ...at,
      UploadId: '',
      ...upload,
      PartNumber,
      Body: sampleBytes(sizeBytes, PartNumber),
    });
    const { ETag, ChecksumCRC32 } = await client.send(command);
    return { PartNumber, ETag, ChecksumCRC32 };
  };
  const complete = (upload: object, Parts: object[], more: object = {}) =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...at,
        UploadId: '',
        ...upload,
        MultipartUpload: { Parts },
        ...more,
      }),
    );

  test('are listed until they are complete, and follow the rules for parts', async () => {
    const upload = await begin();
    const [one, two, three] = [
      await send(upload, 1, 5 * MIB),
      await send(upload, 2, 5 * MIB - 1),
      await send(upload, 3, 10),
    ];
    const pending = await client.send(new ListMultipartUploadsCommand({ Bucket: 'vault' }));
    expect(pending.Uploads).toMatchObject([{ Key: 'large', UploadId: upload.UploadId }]);
    const parts = await client.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(parts).toMatchObject({
      IsTruncated: true,
      Parts: [{ PartNumber: 1, Size: 5 * MIB }, { PartNumber: 2 }],
    });
    const refused = async (list: object[], name: string, more: object = {}) =>
      expect(complete(upload, list, more)).rejects.toMatchObject({ name });
    await refused([one, two, three], 'EntityTooSmall');
    await refused([three, one], 'InvalidPartOrder');
    await refused([one, { ...three, ETag: '"0123456789abcdef0123456789abcdef"' }], 'InvalidPart');
    await refused([one, { ...three, PartNumber: 4 }], 'InvalidPart');
    await refused([one, { ...three, ChecksumCRC32: undefined }], 'InvalidRequest');
    await refused([one, three], 'InvalidRequest', { MpuObjectSize: 10 });
    await complete(upload, [one, three], { MpuObjectSize: 5 * MIB + 10 });
    expect(server.object('large')?.etag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(server.pendingUploads()).toEqual([]);
    await refused([one, three], 'NoSuchUpload');
  });

  test('take only the kind of checksum that was announced', async () => {
    const upload = await begin({ ChecksumAlgorithm: 'SHA256' });
    await expect(send(upload, 1, 10)).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('Checksum Type mismatch'),
    });
    const without = await begin({ ChecksumAlgorithm: undefined });
    await expect(send(without, 1, 10)).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('of one whole checksum are checked over all parts', async () => {
    const upload = await begin({ ChecksumType: 'FULL_OBJECT' });
    const parts = [await send(upload, 1, 5 * MIB), await send(upload, 2, 100)];
    const raw = Buffer.alloc(4);
    raw.writeUInt32BE(crc32(sampleBytes(100, 2), crc32(sampleBytes(5 * MIB, 1))));
    const completed = await complete(upload, parts);
    expect(completed).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: raw.toString('base64') });
  });
});

describe('versions and locks', () => {
  const later = (days: number) => new Date(Date.now() + days * 24 * 60 * 60 * 1000);

  test('every version is kept, and a deletion only hides', async () => {
    await client.send(
      new PutBucketVersioningCommand({ Bucket: 'vault', VersioningConfiguration: { Status: 'Enabled' } }),
    );
    const first = await client.send(put('a', 'one'));
    await client.send(put('a', 'two'));
    expect(await text('a', { VersionId: first.VersionId })).toBe('one');
    const gone = await client.send(new DeleteObjectCommand({ Bucket: 'vault', Key: 'a' }));
    expect(gone.DeleteMarker).toBe(true);
    await expect(text('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(server.keys()).toEqual([]);
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket: 'vault' }));
    expect(listed.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([false, false]);
    expect(listed.DeleteMarkers).toMatchObject([{ Key: 'a', IsLatest: true, VersionId: gone.VersionId }]);
    await client.send(new DeleteObjectCommand({ Bucket: 'vault', Key: 'a', VersionId: gone.VersionId }));
    expect(await text('a')).toBe('two');
  });

  test('a retained version cannot be deleted, a governed one only by who bypasses it', async () => {
    await server.stop();
    server = await startS3Server({ objectLock: true });
    client = connect();
    const DefaultRetention = { Mode: 'COMPLIANCE', Days: 7 } as const;
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: 'vault',
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } },
      }),
    );
    const remove = (Key: string, VersionId: string | undefined, BypassGovernanceRetention = false) =>
      client.send(new DeleteObjectCommand({ Bucket: 'vault', Key, VersionId, BypassGovernanceRetention }));
    const locked = await client.send(put('locked'));
    await expect(remove('locked', locked.VersionId, true)).rejects.toMatchObject({ name: 'AccessDenied' });
    const shorten = new PutObjectRetentionCommand({
      Bucket: 'vault',
      Key: 'locked',
      Retention: { Mode: 'COMPLIANCE', RetainUntilDate: later(1) },
    });
    await expect(client.send(shorten)).rejects.toMatchObject({ name: 'AccessDenied' });

    const governed = await client.send(
      put('governed', 'x', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: later(1) }),
    );
    await expect(remove('governed', governed.VersionId)).rejects.toMatchObject({ name: 'AccessDenied' });
    await client.send(
      new PutObjectLegalHoldCommand({ Bucket: 'vault', Key: 'governed', LegalHold: { Status: 'ON' } }),
    );
    await expect(remove('governed', governed.VersionId, true)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await client.send(
      new PutObjectLegalHoldCommand({ Bucket: 'vault', Key: 'governed', LegalHold: { Status: 'OFF' } }),
    );
    await remove('governed', governed.VersionId, true);
    const without = connect({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    await expect(without.send(put('no-digest'))).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

test('runs as a process of its own, and leaves nothing behind', async () => {
  const main = join(import.meta.dirname, '../../support/s3-server/main.ts');
  const temporary = await mkdtemp(join(tmpdir(), 'lifeboat-s3-process-'));
  const child = spawn(process.execPath, [main, '--bucket', 'other', '--versioning'], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = JSON.parse(line.toString());
  const there = connect({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const { VersionId } = await there.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }));
  expect(VersionId).toMatch(/^[\w-]{22}$/);
  expect(await readdir(temporary)).toHaveLength(1);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await readdir(temporary)).toEqual([]);
  await rm(temporary, { recursive: true });
});

test('an empty body has the hash that everybody knows', () => {
  expect(EMPTY_SHA256).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
