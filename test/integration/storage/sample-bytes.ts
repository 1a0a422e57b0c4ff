import { createCipheriv, createHash } from 'node:crypto';

/** Bytes without a pattern, the same for the same seed: a lost, doubled or swapped piece cannot go unseen. */
export function sampleBytes(sizeBytes: number, seed = 1): Buffer {
  const key = createHash('md5').update(`sample ${seed}`).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** A stream of these bytes in pieces of odd length, so that no piece ends where a part does. */
export async function* inPieces(bytes: Buffer, pieceBytes = 1_000_003): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes)
    yield bytes.subarray(start, start + pieceBytes);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Runs `work` for each item, a few at a time. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lanes = Array.from({ length: atOnce }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(lanes);
}
