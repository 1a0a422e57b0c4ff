import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, ServerSettings } from './answer.ts';
import { Bucket, type ObjectVersion } from './bucket.ts';
import type { ErrorFault, Fault, FaultHook, RequestInfo } from './fault.ts';
import { HANDLERS } from './handlers.ts';
import { type Operation, parseRequest, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import { type Credentials, verifySignature } from './signature.ts';
import { tagsOfBody } from './tags.ts';
import { assertWriteOnce } from './write-once-policy.ts';
import { xmlDocument } from './xml.ts';

export interface S3ServerOptions {
  /** Made at the start. @default 'vault' */
  readonly bucket?: string;
  /** Plain ones, made at the start as well. */
  readonly moreBuckets?: readonly string[];
  readonly credentials?: Credentials;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Of the bucket made at the start. Object lock implies versioning. */
  readonly versioning?: boolean;
  readonly objectLock?: boolean;
  /** @default 5 MiB, as S3 has it */
  /** Deny writes without If-None-Match to that bucket, as the policy of a vault does. @default false */
  readonly writeOnce?: boolean;
  readonly leastPartBytes?: number;
  /** Names on one page of a listing. @default 1,000, as S3 has it */
  readonly mostKeys?: number;
  readonly onRequest?: FaultHook;
  /** @default any free one */
  readonly port?: number;
}

/** A small S3 on 127.0.0.1, its bodies in a temporary directory; everything is gone after `stop()`. */
export interface S3Server {
  /** `http://127.0.0.1:<port>`, where the SDK uses path style; `http://localhost:<port>` takes `<bucket>.localhost` too. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly bucket: string;
  /** What another process needs to find this server. */
  environment(): Record<string, string>;
  /** Whether the bucket made at the start denies writes without If-None-Match. */
  writeOnce: boolean;
  /** Decides on every request that follows; undefined lets all pass. */
  onRequest: FaultHook | undefined;
  /** Every request whose signature was right, in the order they came. */
  readonly requests: readonly RequestInfo[];
  /** Keys that hold an object, in no order. */
  keys(bucket?: string): string[];
  /** Takes all versions of an object away, as lifecycle rules do in the end. */
  remove(key: string, bucket?: string): void;
  /** Makes everything in a bucket older. */
  age(milliseconds: number, bucket?: string): void;
  /** The current version, without its bytes. */
  object(
    key: string,
    bucket?: string,
  ): Pick<ObjectVersion, 'sizeBytes' | 'etag' | 'headers' | 'checksum' | 'lock' | 'tags'> | undefined;
  /** All versions and delete markers, the newest of a key first. */
  versions(bucket?: string): Pick<ObjectVersion, 'key' | 'versionId' | 'deleteMarker' | 'lock' | 'tags'>[];
  /**
   * Copies the current version of a key to another bucket, which is made if need be, as S3 replicates it: the status
   * of the copy is REPLICA. S3 does this by itself, a test when it wants to.
   */
  replicate(key: string, destination: string): void;
  /** Multipart uploads neither completed nor aborted. */
  pendingUploads(
    bucket?: string,
  ): { readonly key: string; readonly uploadId: string; readonly parts: number }[];
  /** Open connections. */
  connections(): Promise<number>;
  /** Connections ever accepted. */
  readonly connectionsAccepted: number;
  stop(): Promise<void>;
}

/** The part of a host name behind the bucket's. */
const HOST_SUFFIX = 'localhost';
const MIB = 1024 * 1024;

export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-s3-'));
  const removeBodies = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', removeBodies);
  const settings: ServerSettings = {
    region: options.region ?? 'us-east-1',
    directory,
    leastPartBytes: options.leastPartBytes ?? 5 * MIB,
    mostKeys: options.mostKeys ?? 1000,
  };
  const credentials = options.credentials ?? {
    accessKeyId: 'LIFEBOATTESTKEY',
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const buckets = new Map<string, Bucket>();
  const bucket = options.bucket ?? 'vault';
  buckets.set(bucket, firstBucket(bucket, options));
  for (const name of options.moreBuckets ?? []) buckets.set(name, new Bucket(name));
  const requests: RequestInfo[] = [];
  const counts = new Map<Operation, number>();

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = parseRequest(message, HOST_SUFFIX);
    const signed = verifySignature(request, credentials, settings.region);
    const count = (counts.get(request.operation) ?? 0) + 1;
    counts.set(request.operation, count);
    const tags = request.operation === 'PutObjectTagging' ? await tagsOfBody(request, signed) : undefined;
    const info = { ...describe(request, count), ...(tags && { tags }) };
    requests.push(info);
    const fault = (await server.onRequest?.(info)) ?? 'pass';
    if (fault === 'cut') return void message.socket.destroy();
    if (fault === 'stall') return new Promise((resolve) => response.once('close', resolve));
    if (typeof fault === 'object' && 'code' in fault) return sendFault(message, response, fault);
    if (buckets.get(request.bucket ?? '')?.writeOnce) assertWriteOnce(request);
    const result = await HANDLERS[request.operation]({ request, signed, buckets, settings });
    if (fault === 'cut-after') return void message.socket.destroy();
    await send(response, request.method, result, fault);
  }

  const http = createServer((message, response) => {
    response.setHeader('server', 'lifeboat-test-s3');
    response.setHeader('x-amz-request-id', randomBytes(8).toString('hex').toUpperCase());
    answer(message, response).catch((error: unknown) => sendError(message, response, error));
  });
  // Tests hold connections open on purpose, and Node's own limits would end them.
  http.requestTimeout = 0;
  http.headersTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  let connectionsAccepted = 0;
  http.on('connection', () => connectionsAccepted++);
  const bucketNamed = (name: string | undefined) => buckets.get(name ?? bucket) ?? new Bucket('none');

  const server: S3Server = {
    endpoint: `http://127.0.0.1:${port}`,
    region: settings.region,
    credentials,
    bucket,
    get writeOnce() {
      return bucketNamed(undefined).writeOnce;
    },
    set writeOnce(value) {
      bucketNamed(undefined).writeOnce = value;
    },
    onRequest: options.onRequest,
    requests,
    environment: () => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: settings.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    }),
    keys: (name) => [...bucketNamed(name).versions.keys()].filter((key) => bucketNamed(name).current(key)),
    object: (key, name) => bucketNamed(name).current(key),
    remove: (key, name) => void bucketNamed(name).versions.delete(key),
    age: (milliseconds, name) => bucketNamed(name).age(milliseconds),
    versions: (name) => [...bucketNamed(name).versions.values()].flat(),
    replicate(key, destination) {
      const version = bucketNamed(undefined).current(key);
      if (!version) throw new Error(`there is no ${key} to replicate`);
      const replica = buckets.get(destination) ?? firstBucket(destination, { objectLock: true });
      buckets.set(destination, replica);
      replica.replicate(version);
    },
    pendingUploads: (name) =>
      Array.from(bucketNamed(name).uploads.values(), ({ key, uploadId, parts }) => ({
        key,
        uploadId,
        parts: parts.size,
      })),
    connections: () =>
      new Promise((resolve, reject) =>
        http.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    get connectionsAccepted() {
      return connectionsAccepted;
    },
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
      removeBodies();
      process.off('exit', removeBodies);
    },
  };
  return server;
}

function firstBucket(name: string, options: S3ServerOptions): Bucket {
  const bucket = new Bucket(name);
  if (options.versioning || options.objectLock) bucket.versioning = 'Enabled';
  if (options.objectLock) bucket.objectLock = { defaultRetention: undefined };
  bucket.writeOnce = options.writeOnce ?? false;
  return bucket;
}

function describe({ operation, bucket, key, query, headers }: S3Request, count: number): RequestInfo {
  const partNumber = query.has('partNumber') ? Number(query.get('partNumber')) : undefined;
  return { operation, bucket, key, partNumber, query, headers, count };
}

async function send(response: ServerResponse, method: string, answer: Answer, fault: Fault): Promise<void> {
  const { body } = answer;
  const sizeBytes = typeof body === 'string' ? Buffer.byteLength(body) : (body?.sizeBytes ?? 0);
  const length = method === 'HEAD' || answer.status === 204 ? {} : { 'content-length': String(sizeBytes) };
  response.writeHead(answer.status, { ...length, ...answer.headers });
  const bytes = typeof body === 'string' ? [Buffer.from(body)] : (body?.bytes ?? []);
  const mostBytes =
    typeof fault === 'object' && 'truncateAfter' in fault ? fault.truncateAfter : Number.POSITIVE_INFINITY;
  let sentBytes = 0;
  for await (const piece of bytes) {
    const part = piece.subarray(0, mostBytes - sentBytes);
    sentBytes += part.length;
    const flushed = response.write(part);
    if (response.destroyed) return;
    if (!flushed) await new Promise<void>((resolve) => settleOnce(response, ['drain', 'close'], resolve));
    if (sentBytes >= mostBytes) return breakOff(response, fault);
  }
  response.end();
}

function breakOff(response: ServerResponse, fault: Fault): Promise<void> | void {
  const stalls = typeof fault === 'object' && 'andThen' in fault && fault.andThen === 'stall';
  if (stalls) return new Promise((resolve) => response.once('close', () => resolve()));
  // An empty write is called back once everything before it is on its way.
  response.write(Buffer.alloc(0), () => response.socket?.destroySoon());
}

function settleOnce(response: ServerResponse, events: readonly string[], settle: () => void): void {
  const done = () => {
    for (const event of events) response.off(event, done);
    settle();
  };
  for (const event of events) response.once(event, done);
}

async function sendFault(
  message: IncomingMessage,
  response: ServerResponse,
  fault: ErrorFault,
): Promise<void> {
  const body =
    fault.body ??
    xmlDocument('Error', { Code: fault.code, Message: fault.message ?? fault.code }, { namespace: false });
  if (fault.early) {
    response.writeHead(fault.status, {
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
      ...fault.headers,
    });
    response.end(body);
    return;
  }
  await drain(message);
  const document = message.method === 'HEAD' ? undefined : body;
  const headers = { 'content-type': 'application/xml', ...fault.headers };
  await send(
    response,
    message.method ?? '',
    { status: fault.status, headers, ...(document === undefined ? {} : { body: document }) },
    'pass',
  );
}

async function sendError(message: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof S3Error ? error : new S3Error('InternalError', String(error));
  const body = xmlDocument(
    'Error',
    { Code: known.code, Message: known.message, ...known.details, Resource: message.url?.split('?')[0] },
    { namespace: false },
  );
  try {
    await drain(message);
    const withoutBody = message.method === 'HEAD' || known.status === 304;
    const headers = { ...(withoutBody ? {} : { 'content-type': 'application/xml' }), ...known.headers };
    await send(
      response,
      message.method ?? '',
      { status: known.status, headers, ...(withoutBody ? {} : { body }) },
      'pass',
    );
  } catch {
    response.destroy();
  }
}

/** Reads the rest of a body that nobody wants, so that the connection can be used again. */
async function drain(message: IncomingMessage): Promise<void> {
  if (message.complete || message.destroyed) return;
  const ended = new Promise<void>((resolve) => message.once('end', resolve).once('close', resolve));
  message.resume();
  await ended;
}
