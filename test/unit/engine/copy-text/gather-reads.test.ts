import { setImmediate as turnEnds } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReadGatherer } from '../../../../lib/engine/copy-text/gather-reads.ts';

function countingRests() {
  let rests = 0;
  const gatherer = new ReadGatherer(() => {
    rests += 1;
  });
  return { gatherer, rests: () => rests };
}

describe('a reader of several connections', () => {
  it('rests once after a turn in which little came, from however many', async () => {
    const { gatherer, rests } = countingRests();
    for (let connection = 0; connection < 4; connection += 1) gatherer.took(8192);
    expect(rests()).toBe(0);
    await turnEnds();
    expect(rests()).toBe(1);
    gatherer.took(8192);
    await turnEnds();
    expect(rests()).toBe(2);
  });

  it('does not rest while there is much, though it comes in small pieces, as from TLS', async () => {
    const { gatherer, rests } = countingRests();
    for (let turn = 0; turn < 3; turn += 1) {
      for (let record = 0; record < 16; record += 1) gatherer.took(8192);
      await turnEnds();
    }
    expect(rests()).toBe(0);
  });

  it('does not rest while somebody has rows that nobody has come for', async () => {
    const { gatherer, rests } = countingRests();
    const reader = {};
    gatherer.hasRowsLeft(reader);
    gatherer.took(8192);
    await turnEnds();
    expect(rests()).toBe(0);
    gatherer.hasNoneLeft(reader);
    gatherer.took(8192);
    await turnEnds();
    expect(rests()).toBe(1);
  });

  it('does not rest when nothing came at all', async () => {
    const { gatherer, rests } = countingRests();
    gatherer.took(256 * 1024);
    await turnEnds();
    await turnEnds();
    expect(rests()).toBe(0);
  });

  it('rests for half a millisecond', async () => {
    const gatherer = new ReadGatherer();
    const began = performance.now();
    for (let turn = 0; turn < 20; turn += 1) {
      gatherer.took(1);
      await turnEnds();
    }
    expect(performance.now() - began).toBeGreaterThan(9);
  });
});
