import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the body's own signatures, where it has them, are chained to. */
export interface SignedRequest {
  /** The value of x-amz-content-sha256. */
  readonly payload: string;
  readonly signingKey: Buffer;
  readonly scope: string;
  readonly timestamp: string;
  readonly signature: string;
}

const ALLOWED_SKEW_MS = 15 * 60_000;
export const EMPTY_SHA256 = createHash('sha256').digest('hex');

/** Checks AWS Signature Version 4 in the Authorization header; throws what S3 would answer. */
export function verifySignature(request: S3Request, credentials: Credentials, region: string): SignedRequest {
  const authorization = header(request, 'authorization');
  if (authorization === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  const { accessKeyId, scope, signedHeaders, signature } = parseAuthorization(authorization);
  const timestamp = checkTimestamp(header(request, 'x-amz-date'));
  checkScope(scope, timestamp, region);
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      {
        details: { AWSAccessKeyId: accessKeyId },
      },
    );
  }
  if (header(request, 'x-amz-security-token') !== credentials.sessionToken) {
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  checkSignedHeaders(request, signedHeaders);
  const payload = header(request, 'x-amz-content-sha256');
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const signingKey = deriveKey(credentials.secretAccessKey, scope);
  const canonical = canonicalRequest(request, signedHeaders, payload);
  const stringToSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256Hex(canonical)].join('\n');
  if (!sameText(hmac(signingKey, stringToSign).toString('hex'), signature)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { details: { AWSAccessKeyId: accessKeyId, StringToSign: stringToSign, CanonicalRequest: canonical } },
    );
  }
  return { payload, signingKey, scope, timestamp, signature };
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

export function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseAuthorization(text: string) {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  const [, accessKeyId, scope, names, signature] = match ?? [];
  if (!accessKeyId || !scope || !names || !signature) {
    throw new S3Error('AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  }
  return { accessKeyId, scope, signedHeaders: names.split(';'), signature };
}

function checkTimestamp(timestamp: string | undefined): string {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp ?? '');
  if (!match || timestamp === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Math.abs(Date.now() - time) > ALLOWED_SKEW_MS) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { details: { ServerTime: new Date().toISOString() } },
    );
  }
  return timestamp;
}

function checkScope(scope: string, timestamp: string, region: string): void {
  const [date, scopeRegion, service, terminator] = scope.split('/');
  if (scopeRegion !== region) {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${scopeRegion}' is wrong; expecting '${region}'`,
      { details: { Region: region } },
    );
  }
  if (date !== timestamp.slice(0, 8) || service !== 's3' || terminator !== 'aws4_request') {
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      'The authorization header is malformed; its scope is wrong.',
    );
  }
}

function checkSignedHeaders(request: S3Request, signedHeaders: readonly string[]): void {
  const needed = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = needed.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      details: { HeadersNotSigned: unsigned.join(', ') },
    });
  }
}

function canonicalRequest(request: S3Request, signedHeaders: readonly string[], payload: string): string {
  const query = Array.from(request.query, ([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  const path = decodeURIComponent(request.rawPath).split('/').map(uriEncode).join('/');
  return [
    request.method,
    path,
    query.sort().join('&'),
    ...signedHeaders.map((name) => `${name}:${(header(request, name) ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const derived = new Map<string, Buffer>();

/** One key serves all requests of a day, and to derive it takes four times as long as to sign with it. */
function deriveKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${secretAccessKey}/${scope}`;
  const known = derived.get(name);
  if (known) return known;
  const key = scope
    .split('/')
    .reduce<Buffer>((before, part) => hmac(before, part), Buffer.from(`AWS4${secretAccessKey}`));
  derived.set(name, key);
  return key;
}
