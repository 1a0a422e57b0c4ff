import { AgeFileError, NoKeyFitsError } from './age-file-error.ts';
import { lengthOfHeader } from './header.ts';
import type { Identities } from './identities.ts';
import { openPayload, PAYLOAD_NONCE_BYTES } from './payload.ts';

/**
 * Yields the content of an age file. Throws {@link AgeFileError} if the file is damaged, or
 * {@link NoKeyFitsError}. What was yielded before is what was encrypted.
 */
export async function* decrypt(
  identities: Identities,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const file = new Beginning(pieces);
  try {
    const header = await file.take(lengthOfHeader);
    const nonce = await file.take(() => PAYLOAD_NONCE_BYTES);
    const fileKey = await unwrap(identities, header);
    yield* openPayload(fileKey, nonce, file.rest());
  } finally {
    await file.close();
  }
}

async function unwrap(identities: Identities, header: Buffer): Promise<Uint8Array> {
  const decrypter = await identities.decrypter();
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) throw new NoKeyFitsError();
    throw new AgeFileError('has a damaged age header');
  }
}

/** Reads a stream's beginning to a length that its own bytes tell, and leaves the rest to be streamed. */
class Beginning {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** @param lengthIn the number of bytes to take; undefined if more must be read to know it */
  async take(lengthIn: (held: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      const wanted = lengthIn(this.#held);
      if (wanted !== undefined && wanted <= this.#held.length) {
        const taken = this.#held.subarray(0, wanted);
        this.#held = this.#held.subarray(wanted);
        return taken;
      }
      const { value, done } = await this.#pieces.next();
      if (done) throw new AgeFileError('ends within its age header');
      this.#held = Buffer.concat([this.#held, value]);
    }
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#held.length > 0) yield this.#held;
    yield* { [Symbol.asyncIterator]: () => this.#pieces };
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
