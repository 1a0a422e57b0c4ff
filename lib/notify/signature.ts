import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Signatures of Standard Webhooks, for which libraries exist in many languages: HMAC-SHA256 of
 * `<id>.<timestamp>.<body>`, and a secret that is Base64 after `whsec_`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** The specification: "The secret size should be between 24 bytes (192 bits) and 64 bytes (512 bits)." */
const SECRET_BYTES = { least: 24, most: 64 } as const;
/** How far the clocks of sender and receiver may be apart: older messages may be replayed ones. */
const TOLERANCE_SECONDS = 300;

/** The bytes of a secret; undefined if it is no Base64 or has the wrong size. */
export function secretBytes(secret: string): Buffer | undefined {
  const encoded = secret.replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most ? bytes : undefined;
}

/** The value of the header `webhook-signature`. */
export function signatureOf({ id, timestamp, body }: SignedMessage, secret: Buffer): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Whether one of the signatures in the header is right, and the message not too old. Compares in constant time. */
export function isSigned(message: SignedMessage, header: string, secret: Buffer, now: Date): boolean {
  if (!(Math.abs(now.getTime() / 1000 - message.timestamp) <= TOLERANCE_SECONDS)) return false;
  const expected = Buffer.from(signatureOf(message, secret));
  return header.split(' ').some((signature) => {
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
