import { randomBytes } from 'node:crypto';
import { makeHeader } from './header.ts';
import { PAYLOAD_NONCE_BYTES, sealPayload } from './payload.ts';
import type { Recipients } from './recipients.ts';

/** Yields an age file (age-encryption.org/v1) that each of the recipients can open. */
export async function* encrypt(
  recipients: Recipients,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const { bytes, fileKey } = await makeHeader(recipients);
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES);
  yield Buffer.concat([bytes, nonce]);
  yield* sealPayload(fileKey, nonce, pieces);
}
