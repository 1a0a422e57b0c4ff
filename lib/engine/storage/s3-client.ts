import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * How to reach S3. The SDK finds missing values in the environment and in ~/.aws: credentials, region,
 * AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3, AWS_REQUEST_CHECKSUM_CALCULATION.
 */
export interface S3Access {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
  /**
   * A profile that stands in the place of the environment: without `endpoint`, the vault is at AWS, whatever
   * AWS_ENDPOINT_URL says. `accessOfProfile` reads the rest of it.
   */
  readonly profile?: string;
  /** @default true if an endpoint is configured, false at AWS: few other servers resolve `bucket.host` */
  readonly forcePathStyle?: boolean;
  /** Tries of one request, the first included. @default 8 */
  readonly maxAttempts?: number;
  /** Longest time without a byte on an open connection. @default 60 s */
  readonly idleTimeoutMs?: number;
}

/**
 * Tries in the SDK's standard retry mode, with exponential backoff. Eight tries take up to 6 s for a broken
 * connection and up to 70 s for "SlowDown": long enough for a failover, and short enough for a person at a
 * terminal. The adaptive mode would slow down all requests after a single one was throttled.
 */
const MAX_ATTEMPTS = 8;
const CONNECTION_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

export function createS3Client(access: S3Access): S3Client {
  const { region, endpoint, credentials, profile, forcePathStyle } = access;
  const config: S3ClientConfig = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile, ignoreConfiguredEndpointUrls: true }),
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    retryMode: 'standard',
    maxAttempts: access.maxAttempts ?? MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: access.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      httpsAgent: { keepAlive: true, maxSockets: 50 },
      httpAgent: { keepAlive: true, maxSockets: 50 },
    },
    // The SDK opens a new connection for each request that waits for "100 Continue", with a TLS handshake and
    // a TCP slow start for every part. That wait avoids sending a body that is then refused, which is rare
    // after the first request.
    expectContinueHeader: false,
    // The manifest holds the SHA-256 of every object, and readers check it. The SDK's checksum of a whole
    // object does not work for a body that is resumed half-way.
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  const client = new S3Client(config);
  if (forcePathStyle === undefined && profile === undefined) usePathStyleOffAws(client);
  return client;
}

/**
 * Asks the SDK at the first request whether AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or a profile names an
 * endpoint.
 */
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
