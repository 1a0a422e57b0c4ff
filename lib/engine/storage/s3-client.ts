import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * How to reach S3. What is left out the SDK finds by itself, in the environment and in ~/.aws: credentials, region,
 * AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3, AWS_REQUEST_CHECKSUM_CALCULATION.
 */
export interface S3Access {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** @default true where an endpoint is configured, false at AWS: few other servers resolve `bucket.host` */
  readonly forcePathStyle?: boolean;
  /** Tries of one request, the first included. @default 8 */
  readonly maxAttempts?: number;
  /** Longest time without a byte on an open connection. @default 60 s */
  readonly idleTimeoutMs?: number;
}

/**
 * Standard retry mode with exponential backoff: eight tries span up to 6 s for a broken connection and up to 70 s for
 * "SlowDown", long enough for a fail-over and short enough for a person at a terminal. Adaptive mode would slow every
 * request down for one that was throttled.
 */
const MAX_ATTEMPTS = 8;
const CONNECTION_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

export function createS3Client(access: S3Access): S3Client {
  const { region, endpoint, credentials, forcePathStyle } = access;
  const config: S3ClientConfig = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    retryMode: 'standard',
    maxAttempts: access.maxAttempts ?? MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: access.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      httpsAgent: { keepAlive: true, maxSockets: 50 },
      httpAgent: { keepAlive: true, maxSockets: 50 },
    },
    // The SDK opens a new connection for each request that waits for "100 Continue": a TLS handshake and a TCP slow
    // start for every part. What it would spare, sending a body that is refused, is rare after the first request.
    expectContinueHeader: false,
    // Every object's SHA-256 stands in the manifest and is checked by who reads it, and the SDK's checksum of a whole
    // object is of no use when a body is resumed half-way.
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  const client = new S3Client(config);
  if (forcePathStyle === undefined) usePathStyleOffAws(client);
  return client;
}

/** Only the SDK knows, at the first request, whether AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or a profile names an endpoint. */
function usePathStyleOffAws(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (request) => {
      if ((await client.config.serviceConfiguredEndpoint?.()) !== undefined)
        client.config.forcePathStyle = true;
      return next(request);
    },
    { step: 'initialize', name: 'usePathStyleOffAws' },
  );
}
