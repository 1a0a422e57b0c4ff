import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { readFileOf } from '../../../../lib/engine/archive/read-stored.ts';
import { MOST_WHOLE_BYTES, readObject } from '../../../../lib/engine/storage/object-store.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const signal = new AbortController().signal;

it('a file that is far too large is not read into memory', async () => {
  const store = new MemoryStore();
  const piece = Buffer.alloc(1024 * 1024);
  let pieces = 0;
  store.get = async function* () {
    for (; pieces < 10_000; pieces += 1) yield piece;
  };
  await expect(readObject(store, 'daily/shop/20261120T020000Z/manifest.json')).rejects.toMatchObject({
    code: 'object-too-large',
  });
  expect(pieces * piece.length).toBeLessThan(MOST_WHOLE_BYTES + 2 * piece.length);
});

it('nor is a small one that decompresses into one', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(MOST_WHOLE_BYTES + 1));
  const key = 'daily/shop/20261120T020000Z/abcdefgh/fingerprint.json.zst';
  const store = new MemoryStore([[key, bomb]]);
  const sha256 = createHash('sha256').update(bomb).digest('hex');
  const manifest = {
    objects: [{ purpose: 'fingerprint', key, sizeBytes: bomb.length, sha256 }],
  } as unknown as Manifest;
  await expect(readFileOf(store, manifest, 'fingerprint', signal)).rejects.toMatchObject({
    code: 'object-damaged',
  });
});
