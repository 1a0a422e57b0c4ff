import { expect, it } from 'vitest';
import { readChunk } from '../../../../lib/engine/archive/codec/decode.ts';
import { type SharedChunks, SharedObjects } from '../../../../lib/engine/backup/shared-objects.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const { signal } = new AbortController();

function collected() {
  const store = new MemoryStore();
  let number = 0;
  const shared = new SharedObjects<string>({
    ...{ store, signal },
    nextKey: () => `shared-${++number}.copy.zst`,
  });
  const written: SharedChunks<string>[] = [];
  const add = async (task: string, text: Buffer) => {
    const full = shared.add({ task, text, content: { rows: 1, rawBytes: text.length, digest: '0' } });
    if (full) written.push(await full);
  };
  return { store, shared, written, add };
}

it('writes an object when it has a megabyte, and what is left at the end', async () => {
  const { store, shared, written, add } = collected();
  for (let g = 0; g < 5; g += 1) await add(`t${g}`, Buffer.alloc(300_000, `${g}\n`));
  expect(written.map((chunks) => chunks.map(([task]) => task))).toEqual([['t0', 't1', 't2', 't3']]);
  written.push((await shared.rest()) ?? []);
  expect(shared.rest()).toBeUndefined();
  const keys = new Set<string>();
  for (const [task, chunk] of written.flat()) {
    keys.add(chunk.key);
    const text = Buffer.concat(await Array.fromAsync(readChunk(store, chunk, signal)));
    expect(text.equals(Buffer.alloc(300_000, `${task.slice(1)}\n`))).toBe(true);
  }
  expect([...keys]).toEqual(['shared-1.copy.zst', 'shared-2.copy.zst']);
});

it('writes an object when 500 tables are in it', async () => {
  const { written, add } = collected();
  for (let g = 0; g < 501; g += 1) await add(`t${g}`, Buffer.from('\n'));
  expect(written.map((chunks) => chunks.length)).toEqual([500]);
});
