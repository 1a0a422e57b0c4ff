import { expect, it } from 'vitest';
import type { Progress } from '../../../../lib/engine/ground/progress.ts';
import { PhaseClock } from '../../../../lib/engine/proof/phase-clock.ts';

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield new Uint8Array(size);
}

it('counts a chunk once, however often it is sent', async () => {
  let last: Progress | undefined;
  const clock = new PhaseClock({ onProgress: (progress) => (last = progress) }, 1, 10);
  const chunk = { key: 'a', rawBytes: 10 };
  for (const sizes of [
    [4, 3],
    [4, 3, 3],
  ]) {
    for await (const _ of clock.countChunk(chunk, pieces(...sizes)));
  }
  expect(last).toMatchObject({ rawBytes: 10, expectedBytes: 10 });
  clock.chunkReached({ key: 'b', rawBytes: 5 }, 5);
  expect(last?.rawBytes).toBe(15);
});
