import { zstdDecompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { readChunk, readWhole } from '../../../../../lib/engine/archive/codec/decode.ts';
import { storeChunk, storeText, storeWhole } from '../../../../../lib/engine/archive/codec/encode.ts';
import type { StoredObject } from '../../../../../lib/engine/archive/manifest.ts';
import { MOST_WHOLE_BYTES } from '../../../../../lib/engine/storage/object-store.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';

const signal = new AbortController().signal;
const ROWS = ['1\tone\n2\ttwo\n', '3\tthree\n'];

let store: MemoryStore;
const at = (key: string) => ({ store, key, signal });
async function* rows() {
  for (const piece of ROWS) yield Buffer.from(piece);
}
async function textOf(object: StoredObject): Promise<string> {
  return Buffer.concat(await Array.fromAsync(readChunk(store, object, signal))).toString();
}
async function bytesOf(key: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(store.get(key)));
}

beforeEach(() => {
  store = new MemoryStore();
});

describe('what is stored', () => {
  it('comes back from a stream of rows', async () => {
    const object = await storeChunk(at('t.copy.zst'), rows());
    const bytes = await bytesOf('t.copy.zst');
    expect(object).toMatchObject({ key: 't.copy.zst', sizeBytes: bytes.length });
    expect(zstdDecompressSync(bytes).toString()).toBe(ROWS.join(''));
    expect(await textOf(object)).toBe(ROWS.join(''));
  });

  it.each(['roles.sql', 'fingerprint.json.zst'])(
    'comes back whole as %s, compressed where the name says so',
    async (key) => {
      const object = await storeWhole(at(key), 'words');
      const bytes = await bytesOf(key);
      expect((key.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString()).toBe('words');
      expect((await readWhole(store, object, signal)).toString()).toBe('words');
    },
  );

  it('comes back from pieces of text', async () => {
    async function* pieces() {
      yield 'SELECT 1;\n';
      yield 'SELECT 2;\n';
    }
    const object = await storeText(at('metadata.sql'), pieces());
    expect((await readWhole(store, object, signal)).toString()).toBe('SELECT 1;\nSELECT 2;\n');
  });

  it('is never written over', async () => {
    await storeWhole(at('roles.sql'), 'first');
    await expect(storeWhole(at('roles.sql'), 'second')).rejects.toMatchObject({ code: 'object-exists' });
  });
});

describe('what was changed since', () => {
  const DAMAGE: Record<string, (bytes: Buffer) => Buffer> = {
    shorter: (bytes) => bytes.subarray(0, -1),
    longer: (bytes) => Buffer.concat([bytes, Buffer.from('x')]),
    'another byte': (bytes) => Buffer.from(bytes.with(bytes.length - 1, Number(bytes.at(-1)) ^ 1)),
    empty: () => Buffer.alloc(0),
  };

  it.each(Object.entries(DAMAGE))('is refused: %s', async (_, damage) => {
    const chunk = await storeChunk(at('t.copy.zst'), rows());
    const text = await storeWhole(at('roles.sql'), 'words');
    for (const { key } of [chunk, text])
      await store.put(key, damage(await bytesOf(key)), { ifAbsent: false });
    await expect(textOf(chunk)).rejects.toMatchObject({ code: 'object-damaged' });
    await expect(readWhole(store, text, signal)).rejects.toMatchObject({ code: 'object-damaged' });
  });

  it('is not fetched where the manifest says that it would fill the memory', async () => {
    const text = await storeWhole(at('roles.sql'), 'words');
    const claimed = { ...text, sizeBytes: MOST_WHOLE_BYTES + 1 };
    await expect(readWhole(store, claimed, signal)).rejects.toMatchObject({ code: 'object-too-large' });
  });
});
