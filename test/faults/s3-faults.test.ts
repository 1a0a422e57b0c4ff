import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import {
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  ObjectTruncatedError,
  readObject,
} from '../../lib/engine/storage/object-store.ts';
import { openS3Store, type S3StoreOptions } from '../../lib/engine/storage/s3.ts';
import { collect, inPieces, sampleBytes, sha256 } from '../integration/storage/sample-bytes.ts';
import type { Fault, RequestInfo } from '../support/s3-server/fault.ts';
import type { Operation } from '../support/s3-server/request.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';

const MIB = 1024 * 1024;

let server: S3Server;
const opened: ObjectStore[] = [];

beforeEach(async () => {
  server = await startS3Server();
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await server.stop();
});

function open(options: Partial<S3StoreOptions> = {}): ObjectStore {
  const { endpoint, region, credentials, bucket } = server;
  const store = openS3Store({ bucket, prefix: 'backups', endpoint, region, credentials, ...options });
  opened.push(store);
  return store;
}

/** The given faults, one after the other, for the requests of one operation; then everything passes. */
function failFirst(operation: Operation, ...faults: Fault[]): void {
  server.onRequest = (request) => (request.operation === operation ? faults.shift() : undefined);
}

/** The same fault for every request of an operation. */
function failAll(operation: Operation, fault: Fault): void {
  server.onRequest = (request) => (request.operation === operation ? fault : undefined);
}

function seen(operation: Operation): RequestInfo[] {
  return server.requests.filter((request) => request.operation === operation);
}

/** Holds the first request of an operation: `reached` when it came, until `release` is called. */
function hold(operation: Operation) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<Fault>();
  server.onRequest = (request) => {
    if (request.operation !== operation) return undefined;
    reached.resolve();
    return gate.promise;
  };
  return { reached: reached.promise, release: () => gate.resolve('pass') };
}

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { interval: 10, timeout: 60_000 }).toBe(true);
}

const internal: Fault = { status: 500, code: 'InternalError' };
const slowDown: Fault = { status: 503, code: 'SlowDown' };
const denied: Fault = {
  status: 403,
  code: 'AccessDenied',
  message:
    'User: arn:aws:iam::1:user/x is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::vault/x"',
};

describe('a request that fails and may be repeated', () => {
  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const)(
    '%s',
    async (operation) => {
      failFirst(operation, internal, 'cut', { status: 502, code: 'BadGateway' });
      const bytes = sampleBytes(20 * MIB);
      await open().upload('object', inPieces(bytes));
      expect(sha256(await readObject(open(), 'object'))).toBe(sha256(bytes));
      expect(server.pendingUploads()).toEqual([]);
    },
  );

  test('PutObject, throttled', async () => {
    failFirst('PutObject', slowDown, internal);
    await open().put('object', Buffer.from('x'));
    expect(seen('PutObject')).toHaveLength(3);
  });

  test.each(['GetObject', 'HeadObject', 'ListObjectsV2'] as const)('%s', async (operation) => {
    const store = open();
    await store.put('folder/object', Buffer.from('x'));
    failFirst(operation, internal, 'cut');
    expect((await readObject(store, 'folder/object')).toString()).toBe('x');
    expect((await store.head('folder/object'))?.sizeBytes).toBe(1);
    expect((await store.list('folder/')).objects).toHaveLength(1);
    expect(seen(operation)).toHaveLength(3);
  });

  test('is given up after the tries that were allowed, and says so', async () => {
    failAll('PutObject', internal);
    await expect(open({ maxAttempts: 3 }).put('object', Buffer.from('x'))).rejects.toMatchObject({
      code: 'vault-server-error',
      kind: 'vault',
      message: expect.stringContaining('after 3 tries'),
    });
    failAll('ListObjectsV2', slowDown);
    await expect(open({ maxAttempts: 2 }).list('')).rejects.toMatchObject({ code: 'vault-throttled' });
  });
});

describe('an upload', () => {
  test('a refusal in the middle ends it at once, although the body stalls; the parts are taken back', async () => {
    server.onRequest = (request) =>
      request.operation === 'UploadPart' && request.partNumber === 3 ? denied : undefined;
    const stall = Promise.withResolvers<void>();
    let told = false;
    async function* stalling() {
      try {
        yield* inPieces(sampleBytes(26 * MIB));
        await stall.promise;
      } finally {
        told = true;
      }
    }
    const upload = open().upload('object', stalling());
    await expect(upload).rejects.toMatchObject({
      code: 'vault-access-denied',
      message: expect.stringMatching(
        /Writing object in s3:\/\/vault\/backups failed: access denied.*s3:PutObject/,
      ),
    });
    expect(server.pendingUploads()).toEqual([]);
    expect(server.keys()).toEqual([]);
    stall.resolve();
    await eventually(() => told);
  });

  test('that cannot be taken back still reports why it failed', async () => {
    server.onRequest = ({ operation }) => {
      if (operation === 'CompleteMultipartUpload') return denied;
      return operation === 'AbortMultipartUpload'
        ? { status: 403, code: 'AccessDenied', message: 'no abort' }
        : undefined;
    };
    const upload = open().upload('object', inPieces(sampleBytes(9 * MIB)));
    await expect(upload).rejects.toMatchObject({
      code: 'vault-access-denied',
      message: expect.not.stringContaining('no abort'),
    });
    expect(seen('AbortMultipartUpload')).toHaveLength(1);
  });

  test('200 with an error in the body is no success: nothing is sealed, the parts are taken back', async () => {
    failAll('CompleteMultipartUpload', {
      status: 200,
      code: 'InternalError',
      message: 'We encountered an internal error.',
    });
    const upload = open({ maxAttempts: 3 }).upload('object', inPieces(sampleBytes(9 * MIB)));
    await expect(upload).rejects.toMatchObject({
      code: expect.stringMatching(/^vault-(server-error|throttled)$/),
    });
    expect(seen('CompleteMultipartUpload')).toHaveLength(3);
    expect(server.keys()).toEqual([]);
    expect(server.pendingUploads()).toEqual([]);
  });

  test('200 with an error in the body, once, is repeated', async () => {
    failFirst('CompleteMultipartUpload', { status: 200, code: 'InternalError' });
    await open().upload('object', inPieces(sampleBytes(9 * MIB)));
    expect(server.object('backups/object')?.sizeBytes).toBe(9 * MIB);
  });

  test.each([
    [
      'an error followed by a line feed',
      '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>no</Message></Error>\n',
    ],
    [
      'an empty result',
      '<?xml version="1.0"?><CompleteMultipartUploadResult></CompleteMultipartUploadResult>',
    ],
    ["a proxy's page", '<html><body>welcome</body></html>'],
  ])('200 with %s is no success', async (_, body) => {
    failAll('CompleteMultipartUpload', { status: 200, code: '', body });
    await expect(
      open({ maxAttempts: 2 }).upload('object', inPieces(sampleBytes(9 * MIB))),
    ).rejects.toMatchObject({
      code: 'vault-answer-malformed',
      kind: 'vault',
    });
    expect(server.keys()).toEqual([]);
    expect(server.pendingUploads()).toEqual([]);
  });

  test('Ceph answers a completion with an empty ETag', async () => {
    const body = '<CompleteMultipartUploadResult><Key>k</Key><ETag></ETag></CompleteMultipartUploadResult>';
    failAll('CompleteMultipartUpload', { status: 200, code: '', body });
    await open().upload('object', inPieces(sampleBytes(9 * MIB)));
    expect(seen('AbortMultipartUpload')).toEqual([]);
  });

  test('a completion whose answer got lost is recognised as its own', async () => {
    failFirst('CompleteMultipartUpload', 'cut-after');
    const bytes = sampleBytes(9 * MIB);
    expect(await open().upload('object', inPieces(bytes))).toEqual({ sizeBytes: 9 * MIB });
    expect(seen('CompleteMultipartUpload')).toHaveLength(2);
    expect(sha256(await readObject(open(), 'object'))).toBe(sha256(bytes));
  });

  test("somebody else's object of the same size is not taken for its own", async () => {
    const store = open();
    await store.upload('object', inPieces(sampleBytes(9 * MIB, 1)));
    failFirst('CompleteMultipartUpload', 'cut', { status: 404, code: 'NoSuchUpload' });
    server.onRequest = (
      (before) => (request) =>
        before?.(request)
    )(server.onRequest);
    await expect(store.upload('object', inPieces(sampleBytes(9 * MIB, 2)))).rejects.toMatchObject({
      code: 'vault-request-refused',
      reason: 'NoSuchUpload',
    });
  });

  test('a part that arrives damaged is refused by its checksum', async () => {
    const bytes = sampleBytes(9 * MIB);
    await open().upload('object', inPieces(bytes));
    for (const { headers } of seen('UploadPart'))
      expect(headers['x-amz-checksum-crc32']).toMatch(/^[\w+/]{6}==$/);
    expect(server.object('backups/object')?.checksum).toMatchObject({
      algorithm: 'CRC32',
      type: 'COMPOSITE',
    });
  });

  test('runs ahead of the network by no more than its parts in flight and the one being filled', async () => {
    const gate = Promise.withResolvers<Fault>();
    server.onRequest = ({ operation }) => (operation === 'UploadPart' ? gate.promise : undefined);
    let producedBytes = 0;
    async function* producer() {
      for (let count = 0; count < 100; count++) {
        producedBytes += MIB;
        yield sampleBytes(MIB, count);
      }
    }
    const upload = open({ partsInFlight: 2 }).upload('object', producer());
    await eventually(() => seen('UploadPart').length === 2 && producedBytes >= 25 * MIB);
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(producedBytes).toBe(25 * MIB);
    gate.resolve('pass');
    expect(await upload).toEqual({ sizeBytes: 100 * MIB });
  });

  test('uses its connections again', async () => {
    await open({ partsInFlight: 3 }).upload('object', inPieces(sampleBytes(100 * MIB)));
    expect(seen('UploadPart')).toHaveLength(13);
    expect(server.connectionsAccepted).toBeLessThanOrEqual(4);
  });

  test('has parts of one size', async () => {
    await open().upload('object', inPieces(sampleBytes(40 * MIB + 1)));
    const sizes = seen('UploadPart').map(({ headers }) => Number(headers['content-length']));
    expect(sizes.sort((left, right) => right - left)).toEqual([...Array(5).fill(8 * MIB), 1]);
  });

  test('encrypts with the key it was given, in one piece and in parts', async () => {
    const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd';
    const store = open({ kmsKeyId });
    await store.put('small', Buffer.from('x'));
    await store.upload('middle', inPieces(sampleBytes(MIB)));
    await store.upload('large', inPieces(sampleBytes(17 * MIB)));
    for (const key of ['small', 'middle', 'large']) {
      expect(server.object(`backups/${key}`)?.headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
        'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      });
    }
    await open().put('plain', Buffer.from('x'));
    expect(Object.keys(server.object('backups/plain')?.headers ?? {})).toEqual([
      'content-type',
      'x-amz-meta-lifeboat-upload',
    ]);
  });

  test('works where checksums are off by the AWS setting', async () => {
    process.env.AWS_REQUEST_CHECKSUM_CALCULATION = 'when_required';
    try {
      await open().upload('object', inPieces(sampleBytes(17 * MIB)));
    } finally {
      delete process.env.AWS_REQUEST_CHECKSUM_CALCULATION;
    }
    expect(server.object('backups/object')).toMatchObject({ sizeBytes: 17 * MIB, checksum: undefined });
  });

  test('into a bucket with object lock', async () => {
    await server.stop();
    server = await startS3Server({ objectLock: true });
    await open().upload('object', inPieces(sampleBytes(17 * MIB)));
    await open().put('sealed', Buffer.from('x'));
    expect(server.keys()).toEqual(['backups/object', 'backups/sealed']);
  });
});

describe('an abort by signal', () => {
  const reason = new Error('SIGTERM');

  test.each(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const)(
    'while %s is under way takes the upload back',
    async (operation) => {
      const controller = new AbortController();
      const held = hold(operation);
      const upload = open().upload('object', inPieces(sampleBytes(30 * MIB)), { signal: controller.signal });
      upload.catch(() => undefined);
      await held.reached;
      controller.abort(reason);
      held.release();
      await expect(upload).rejects.toBe(reason);
      server.onRequest = undefined;
      await eventually(() => server.pendingUploads().length === 0);
      expect(seen('AbortMultipartUpload')).toHaveLength(1);
      if (operation !== 'CompleteMultipartUpload') expect(server.keys()).toEqual([]);
    },
  );

  test.each(['PutObject', 'GetObject', 'HeadObject', 'ListObjectsV2'] as const)(
    'ends a %s that hangs',
    async (operation) => {
      const controller = new AbortController();
      const { signal } = controller;
      const held = hold(operation);
      const store = open();
      const calls = {
        PutObject: () => store.put('object', Buffer.from('x'), { signal }),
        GetObject: () => collect(store.get('object', { signal })),
        HeadObject: () => store.head('object', { signal }),
        ListObjectsV2: () => store.list('', { signal }),
      };
      const call = calls[operation]();
      call.catch(() => undefined);
      await held.reached;
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
    },
  );

  test('ends the wait between two tries', async () => {
    const controller = new AbortController();
    server.onRequest = ({ count }) => {
      if (count === 2) controller.abort(reason);
      return slowDown;
    };
    await expect(open().list('', { signal: controller.signal })).rejects.toBe(reason);
  });

  test('that never comes leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const store = open();
    await store.upload('large', inPieces(sampleBytes(30 * MIB)), { signal });
    await store.put('small', Buffer.from('x'), { signal });
    await readObject(store, 'large', { signal });
    await store.head('small', { signal });
    await store.list('', { signal });
    await eventually(() => getEventListeners(signal, 'abort').length === 0);
  });
});

describe('a conditional write', () => {
  const body = Buffer.from('{"backup":"mine"}');
  const seal = (options: Partial<S3StoreOptions> = {}) => open(options).put('manifest.json', body);

  test('whose answer got lost is recognised as its own', async () => {
    failFirst('PutObject', 'cut-after');
    await seal();
    expect(seen('PutObject').map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*']);
    expect((await readObject(open(), 'manifest.json')).toString()).toBe(body.toString());
  });

  test('that is repeated does not take the object of another for its own', async () => {
    const other = open();
    server.onRequest = async (request) => {
      if (request.operation !== 'PutObject' || request.count !== 1) return undefined;
      await other.put('manifest.json', Buffer.from('{"backup":"theirs"}'));
      return 'cut';
    };
    await expect(seal()).rejects.toThrow(ObjectExistsError);
    expect((await readObject(other, 'manifest.json')).toString()).toContain('theirs');
  });

  test('refused at the first try is refused, even where the content is the same', async () => {
    await seal();
    await expect(seal()).rejects.toThrow(ObjectExistsError);
    expect(seen('GetObject')).toEqual([]);
  });

  test('of which nobody can tell whose it is says that it could not look', async () => {
    server.onRequest = ({ operation, count }) => {
      if (operation === 'PutObject' && count === 1) return 'cut-after';
      return operation === 'HeadObject' ? denied : undefined;
    };
    await expect(seal()).rejects.toMatchObject({
      code: 'vault-access-denied',
      message: expect.stringContaining('Reading'),
    });
  });

  test('in conflict with another is repeated', async () => {
    const conflict: Fault = { status: 409, code: 'ConditionalRequestConflict' };
    failFirst('PutObject', conflict, conflict, conflict);
    await seal();
    expect(seen('PutObject')).toHaveLength(4);
  });

  test('that loses the conflict is told so', async () => {
    const other = open();
    server.onRequest = async (request) => {
      if (request.operation !== 'PutObject' || request.count !== 1) return undefined;
      await other.put('manifest.json', Buffer.from('theirs'));
      return { status: 409, code: 'ConditionalRequestConflict' };
    };
    await expect(seal()).rejects.toThrow(ObjectExistsError);
  });

  test('whose answer got lost in one round and that conflicts in the next is still recognised', async () => {
    failFirst('PutObject', 'cut-after', { status: 409, code: 'ConditionalRequestConflict' });
    await seal();
    expect(seen('PutObject')).toHaveLength(3);
  });

  test('where the server does not know them fails with the reason', async () => {
    failAll('PutObject', {
      status: 501,
      code: 'NotImplemented',
      message: 'A header you provided implies functionality that is not implemented',
    });
    await expect(seal()).rejects.toMatchObject({
      code: 'vault-not-capable',
      message: expect.stringContaining('If-None-Match'),
    });
  });
});

describe('a download', () => {
  const bytes = sampleBytes(12 * MIB);
  const rest = (request: RequestInfo) => [request.headers.range, request.headers['if-match']];

  test('cut again and again goes on where it was, and is whole', async () => {
    await open().upload('object', inPieces(bytes));
    failFirst(
      'GetObject',
      { truncateAfter: 3 * MIB + 1 },
      'cut',
      { truncateAfter: 1 },
      { truncateAfter: 5 * MIB },
    );
    expect(sha256(await collect(open().get('object')))).toBe(sha256(bytes));
    const etag = server.object('backups/object')?.etag;
    const offsets = seen('GetObject').map(rest);
    expect(offsets[0]).toEqual([undefined, undefined]);
    for (const [range, match] of offsets.slice(1)) {
      expect(range).toMatch(/^bytes=\d+-$/);
      expect(match).toBe(etag);
    }
    expect(offsets.length).toBeGreaterThanOrEqual(5);
  });

  test('that falls silent is taken up again on another connection', async () => {
    await open().upload('object', inPieces(bytes));
    failFirst('GetObject', { truncateAfter: 2 * MIB, andThen: 'stall' });
    expect(sha256(await collect(open({ idleTimeoutMs: 250 }).get('object')))).toBe(sha256(bytes));
    expect(seen('GetObject').length).toBeGreaterThanOrEqual(2);
  });

  test('of which nothing more comes ends in an error, not in a short object', async () => {
    await open().upload('object', inPieces(bytes));
    let first = true;
    server.onRequest = ({ operation }) => {
      if (operation !== 'GetObject') return undefined;
      const fault: Fault = { truncateAfter: first ? MIB : 0 };
      first = false;
      return fault;
    };
    let received = 0;
    const reading = (async () => {
      for await (const piece of open().get('object')) received += piece.length;
    })();
    await expect(reading).rejects.toThrow(ObjectTruncatedError);
    await expect(reading).rejects.toMatchObject({
      code: 'object-truncated',
      message: expect.stringContaining(`of ${12 * MIB} bytes`),
    });
    expect(received).toBeLessThanOrEqual(MIB);
  });

  test('of an object that is replaced meanwhile is not patched together', async () => {
    const store = open();
    await store.upload('object', inPieces(bytes));
    server.onRequest = async (request) => {
      if (request.operation !== 'GetObject') return undefined;
      if (request.count === 1) return { truncateAfter: MIB };
      await store.put('object', sampleBytes(12 * MIB, 2), { ifAbsent: false });
      return undefined;
    };
    await expect(collect(store.get('object'))).rejects.toMatchObject({ code: 'object-changed' });
  });

  test('is not patched together either where a server ignores the range', async () => {
    await open().upload('object', inPieces(bytes));
    failFirst('GetObject', { truncateAfter: MIB }, { status: 200, code: '', body: 'the whole again' });
    await expect(collect(open().get('object'))).rejects.toMatchObject({ code: 'object-changed' });
  });

  test('refused when it goes on says that it was refused', async () => {
    await open().upload('object', inPieces(bytes));
    failFirst(
      'GetObject',
      { truncateAfter: MIB },
      { status: 403, code: 'AccessDenied', message: 'Access Denied' },
    );
    await expect(collect(open().get('object'))).rejects.toMatchObject({
      code: 'vault-access-denied',
      message: expect.stringContaining('s3:GetObject'),
    });
  });

  test('by a reader slower than the time-out is whole all the same', async () => {
    await open().upload('object', inPieces(bytes));
    const reading = open({ idleTimeoutMs: 200 }).get('object')[Symbol.asyncIterator]();
    const first = await reading.next();
    // The reader does nothing until the connection has gone.
    const before = await server.connections();
    await eventually(async () => (await server.connections()) < before);
    const pieces = [first.value];
    for (let next = await reading.next(); !next.done; next = await reading.next()) pieces.push(next.value);
    expect(sha256(Buffer.concat(pieces))).toBe(sha256(bytes));
  });
});

describe('what went wrong is said', () => {
  const cases: [string, Fault, string, RegExp][] = [
    ['no such bucket', { status: 404, code: 'NoSuchBucket' }, 'vault-missing', /there is no bucket vault/],
    [
      'another region',
      { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      'vault-region-wrong',
      /AWS_REGION=eu-west-1/,
    ],
    [
      'expired token',
      { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' },
      'vault-credentials-expired',
      /aws sso login/,
    ],
    ['wrong key id', { status: 403, code: 'InvalidAccessKeyId' }, 'vault-credentials-wrong', /access key/],
    ['skewed clock', { status: 403, code: 'RequestTimeTooSkewed' }, 'vault-clock-skewed', /NTP/],
    [
      'KMS denied',
      {
        status: 403,
        code: 'AccessDenied',
        message: 'User x is not authorized to perform: kms:GenerateDataKey on resource: y',
      },
      'vault-kms-key-refused',
      /kms:Decrypt/,
    ],
    [
      'KMS key disabled',
      { status: 400, code: 'KMS.DisabledException', message: 'arn:aws:kms:… is disabled.' },
      'vault-kms-key-refused',
      /enabled/,
    ],
    ['archived', { status: 403, code: 'InvalidObjectState' }, 'vault-object-archived', /restore-object/],
    ['full', { status: 403, code: 'QuotaExceeded' }, 'vault-full', /quota/],
    [
      'anything else',
      { status: 400, code: 'SomethingNew', message: 'An explanation.' },
      'vault-request-refused',
      /HTTP 400, SomethingNew: An explanation\./,
    ],
  ];
  test.each(cases)('%s', async (_, fault, code, text) => {
    failAll('GetObject', fault);
    const reading = readObject(open({ maxAttempts: 1 }), 'some/object');
    await expect(reading).rejects.toMatchObject({
      code,
      kind: 'vault',
      message: expect.stringMatching(text),
    });
    await expect(reading).rejects.toThrow(LifeboatError);
    await expect(reading).rejects.not.toThrow(ObjectMissingError);
  });

  test('a missing bucket is not an empty vault', async () => {
    await expect(open({ bucket: 'nothing-here' }).list('')).rejects.toMatchObject({ code: 'vault-missing' });
    await expect(readObject(open({ bucket: 'nothing-here' }), 'x')).rejects.toMatchObject({
      code: 'vault-missing',
    });
    await expect(open({ bucket: 'nothing-here' }).put('x', Buffer.alloc(1))).rejects.toMatchObject({
      code: 'vault-missing',
    });
  });

  test('access denied to HEAD, which has no body to say so', async () => {
    failAll('HeadObject', { status: 403, code: 'AccessDenied' });
    await expect(open().head('x')).rejects.toMatchObject({
      code: 'vault-access-denied',
      message: expect.stringMatching(/access denied \(HTTP 403\)\..*s3:GetObject/),
    });
  });

  test('the permission to list', async () => {
    failAll('ListObjectsV2', { status: 403, code: 'AccessDenied', message: 'Access Denied' });
    await expect(open().list('')).rejects.toMatchObject({
      message: expect.stringContaining('s3:ListBucket'),
    });
  });

  test('a region that the bucket is not in', async () => {
    await expect(open({ region: 'eu-central-1' }).list('')).rejects.toMatchObject({
      code: 'vault-region-wrong',
      message: expect.stringContaining('AWS_REGION=us-east-1'),
    });
  });

  test('a server that is not there, a name that nobody knows, a server that says nothing, one that speaks no TLS', async () => {
    await server.stop();
    await expect(open({ maxAttempts: 2 }).list('')).rejects.toMatchObject({
      code: 'vault-unreachable',
      message: expect.stringContaining('refused the connection'),
    });
    await expect(open({ maxAttempts: 1, endpoint: 'http://nowhere.invalid' }).list('')).rejects.toMatchObject(
      {
        code: 'vault-unreachable',
        message: expect.stringContaining('cannot be resolved'),
      },
    );
    server = await startS3Server({ onRequest: () => 'stall' });
    await expect(open({ maxAttempts: 2, idleTimeoutMs: 200 }).list('')).rejects.toMatchObject({
      code: 'vault-unreachable',
    });
    const endpoint = server.endpoint.replace('http:', 'https:');
    await expect(open({ maxAttempts: 1, endpoint }).list('')).rejects.toMatchObject({
      code: 'vault-tls-refused',
    });
  });

  test('an answer that is no S3 at all', async () => {
    failAll('ListObjectsV2', {
      status: 404,
      code: '',
      body: '<html><head><title>404</title></head><body>nginx</body></html>',
    });
    await expect(open({ maxAttempts: 1 }).list('')).rejects.toMatchObject({
      code: 'vault-request-refused',
      kind: 'vault',
    });
    failAll('ListObjectsV2', { status: 404, code: '', body: 'not found' });
    await expect(open({ maxAttempts: 1 }).list('')).rejects.toMatchObject({
      code: 'vault-request-refused',
      kind: 'vault',
    });
  });

  test('a success that is none: a page of a proxy is neither an empty vault nor an object', async () => {
    const malformed = { code: 'vault-answer-malformed', kind: 'vault' };
    server.onRequest = () => ({ status: 200, code: '', body: '<html><body>welcome</body></html>' });
    await expect(open().list('')).rejects.toMatchObject(malformed);
    await expect(open().head('x')).rejects.toMatchObject(malformed);
    await expect(readObject(open(), 'x')).rejects.toMatchObject(malformed);
    await expect(open().put('x', Buffer.from('x'))).rejects.toMatchObject(malformed);
    await expect(open().upload('x', inPieces(sampleBytes(10)))).rejects.toMatchObject(malformed);
    await expect(open().upload('x', inPieces(sampleBytes(9 * MIB)))).rejects.toMatchObject(malformed);
  });

  test('a listing that breaks off is not taken for a whole one', async () => {
    const page = '<ListBucketResult><Name>vault</Name><IsTruncated>true</IsTruncated></ListBucketResult>';
    failAll('ListObjectsV2', { status: 200, code: '', body: page });
    await expect(open().list('')).rejects.toMatchObject({ code: 'vault-answer-malformed' });
  });

  test('a body that is refused before it was read', async () => {
    failAll('PutObject', { status: 403, code: 'AccessDenied', message: 'Access Denied', early: true });
    const upload = open({ maxAttempts: 2 }).upload('object', inPieces(sampleBytes(8 * MIB)));
    // Whether the answer or the broken pipe is seen first is a race that the network decides.
    await expect(upload).rejects.toMatchObject({
      code: expect.stringMatching(/^vault-(access-denied|unreachable)$/),
    });
  });

  test('without a secret or a token anywhere, not even in the cause', async () => {
    const wrong = {
      accessKeyId: server.credentials.accessKeyId,
      secretAccessKey: 'a-wrong-secret',
      sessionToken: 'a-session-token',
    };
    await server.stop();
    server = await startS3Server({ credentials: { ...wrong, secretAccessKey: 'the-right-secret' } });
    const error = await open({ credentials: wrong, maxAttempts: 1 })
      .put('object', Buffer.from('x'))
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'vault-credentials-wrong' });
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const secret of ['a-wrong-secret', 'the-right-secret', 'a-session-token', wrong.accessKeyId]) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe('an upload into a folder that nobody else writes into', () => {
  const small = sampleBytes(1000);
  const large = sampleBytes(9 * MIB);
  /** As S3 answers a role that may write and not read: no HEAD, no GET. */
  const writeOnly =
    (faults: Partial<Record<Operation, Fault[]>>) =>
    ({ operation }: RequestInfo): Fault | undefined =>
      /^(Head|Get)Object$/.test(operation) ? denied : faults[operation]?.shift();
  const upload = (bytes: Buffer, soleWriter = true) =>
    open().upload('object', inPieces(bytes), { soleWriter });

  test.each([
    ['PutObject', small],
    ['CompleteMultipartUpload', large],
  ] as const)('a %s whose answer got lost is its own, though nobody may read', async (operation, bytes) => {
    server.onRequest = writeOnly({ [operation]: ['cut-after'] });
    expect(await upload(bytes)).toEqual({ sizeBytes: bytes.length });
    expect(seen(operation).map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*']);
    expect(server.pendingUploads()).toEqual([]);
    server.onRequest = undefined;
    expect(sha256(await readObject(open(), 'object'))).toBe(sha256(bytes));
  });

  test.each([
    ['PutObject', small, 'vault-access-denied'],
    ['CompleteMultipartUpload', large, 'vault-request-refused'],
  ] as const)('a %s in a folder of several writers is not', async (operation, bytes, code) => {
    server.onRequest = writeOnly({ [operation]: ['cut-after'] });
    await expect(upload(bytes, false)).rejects.toMatchObject({ code });
  });

  test('a completion that finds its object in the way is its own, though nobody may read', async () => {
    // Of the servers some forget an upload when it is completed, and some look for the object first.
    const inTheWay: Fault = { status: 412, code: 'PreconditionFailed' };
    server.onRequest = writeOnly({ CompleteMultipartUpload: ['cut-after', inTheWay] });
    expect(await upload(large)).toEqual({ sizeBytes: large.length });
    expect(seen('PutObject')).toEqual([]);
  });

  test.each([
    ['PutObject', small],
    ['CompleteMultipartUpload', large],
  ] as const)('a %s that finds an object at its first try does not take it for its own', async (_, bytes) => {
    await open().put('object', Buffer.from('of another'));
    server.onRequest = writeOnly({});
    await expect(upload(bytes)).rejects.toThrow(ObjectExistsError);
    expect(server.pendingUploads()).toEqual([]);
    server.onRequest = undefined;
    expect((await readObject(open(), 'object')).toString()).toBe('of another');
  });

  test("a repeated one that may read does not take another's object for its own", async () => {
    const other = open();
    server.onRequest = async ({ operation, count }) => {
      if (operation !== 'CompleteMultipartUpload' || count > 1) return undefined;
      await other.put('object', Buffer.from('of another'));
      return 'cut';
    };
    await expect(upload(large)).rejects.toThrow(ObjectExistsError);
    expect(server.pendingUploads()).toEqual([]);
  });

  test('a completion in conflict with its own earlier try is asked again until it is done', async () => {
    const conflict: Fault = { status: 409, code: 'ConditionalRequestConflict' };
    server.onRequest = writeOnly({ CompleteMultipartUpload: ['cut-after', conflict, conflict] });
    expect(await upload(large)).toEqual({ sizeBytes: large.length });
    server.onRequest = writeOnly({ CompleteMultipartUpload: [conflict, conflict] });
    expect(await open().upload('second', inPieces(large))).toEqual({ sizeBytes: large.length });
    expect(server.object('backups/second')?.sizeBytes).toBe(large.length);
  });

  test('an upload that the server forgot is only done if the object is seen', async () => {
    const forgotten: Fault = { status: 404, code: 'NoSuchUpload' };
    server.onRequest = writeOnly({ CompleteMultipartUpload: ['cut', forgotten] });
    await expect(upload(large)).rejects.toMatchObject({ reason: 'NoSuchUpload' });
    expect(server.object('backups/object')?.sizeBytes).toBe(0);
    const lost: Fault[] = ['cut-after', internal, 'cut-after'];
    server.onRequest = writeOnly({ CompleteMultipartUpload: ['cut', forgotten], PutObject: lost });
    await expect(open().upload('second', inPieces(large), { soleWriter: true })).rejects.toMatchObject({
      reason: 'NoSuchUpload',
    });
  });

  test.each([
    { status: 501, code: 'NotImplemented', message: 'A header you provided implies functionality' },
    { status: 400, code: 'InvalidArgument', message: "Unsupported header 'if-none-match'" },
  ])(
    'a server that lacks conditional completions ($status) is named, and nothing is written',
    async (fault) => {
      failAll('CompleteMultipartUpload', fault);
      await expect(upload(large)).rejects.toMatchObject({
        code: 'vault-not-capable',
        message: expect.stringContaining('If-None-Match'),
      });
      expect(server.keys()).toEqual([]);
      expect(server.pendingUploads()).toEqual([]);
    },
  );
});

describe('a bucket that denies writes without If-None-Match', () => {
  test('takes what a store writes, and refuses to have it written over', async () => {
    await server.stop();
    server = await startS3Server({ writeOnce: true, versioning: true });
    const store = open();
    await store.put('small', Buffer.from('x'));
    await store.upload('middle', inPieces(sampleBytes(1000)));
    await store.upload('large', inPieces(sampleBytes(17 * MIB)));
    expect(server.keys()).toHaveLength(3);
    const over = store.put('small', Buffer.from('y'), { ifAbsent: false });
    await expect(over).rejects.toMatchObject({ code: 'vault-access-denied' });
  });
});

describe('a write with a lock', () => {
  const lock = { mode: 'governance', until: new Date(Date.now() + 86_400_000) } as const;
  const write = async (store: ObjectStore) => {
    await store.put('small', Buffer.from('x'), { lock });
    await store.upload('middle', inPieces(sampleBytes(1000)), { lock });
    await store.upload('large', inPieces(sampleBytes(17 * MIB)), { lock });
  };

  test.each(['when_supported', 'when_required'])('locks each object, with checksums %s', async (setting) => {
    await server.stop();
    server = await startS3Server({ objectLock: true });
    process.env.AWS_REQUEST_CHECKSUM_CALCULATION = setting;
    try {
      await write(open());
    } finally {
      delete process.env.AWS_REQUEST_CHECKSUM_CALCULATION;
    }
    for (const key of ['small', 'middle', 'large'])
      expect(server.object(`backups/${key}`)?.lock.retention).toEqual({
        mode: 'GOVERNANCE',
        until: lock.until,
      });
  });

  test('is refused by a bucket without Object Lock, which is named', async () => {
    await expect(write(open())).rejects.toMatchObject({
      code: 'vault-no-object-lock',
      message: expect.stringContaining('put-object-lock-configuration'),
    });
    expect(server.keys()).toEqual([]);
  });

  test('that may not be set names the permission', async () => {
    failAll('CreateMultipartUpload', denied);
    const upload = open().upload('large', inPieces(sampleBytes(17 * MIB)), { lock });
    await expect(upload).rejects.toMatchObject({ message: expect.stringContaining('s3:PutObjectRetention') });
  });
});
