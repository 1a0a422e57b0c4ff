import { describe, expect, it } from 'vitest';
import { WorkAhead, type WorkKind, type WorkPiece } from '../../../../lib/engine/ground/work-ahead.ts';

const piece = (id: string, kind: WorkKind, expectedMs: number, more: Partial<WorkPiece> = {}): WorkPiece => ({
  ...{ id, kind, expectedMs, stage: 0, about: id, step: 0 },
  ...more,
});

function watched(pieces: readonly WorkPiece[], sessions: number) {
  let now = 0;
  const ahead = new WorkAhead(pieces, sessions, () => now);
  return { ahead, pass: (ms: number) => (now += ms) };
}

describe('WorkAhead', () => {
  it('divides the work among the sessions, but no table takes less than its steps one after another', () => {
    const even = ['a', 'b', 'c', 'd'].map((id) => piece(id, 'load', 1000));
    expect(new WorkAhead(even, 2).remainingMs()).toBe(2000);
    const chain = [
      piece('rows', 'load', 1000, { about: 't' }),
      piece('key', 'key', 500, { about: 't', step: 1, alone: true }),
      piece('index', 'key', 3000, { about: 't', step: 1 }),
      piece('other index', 'key', 2000, { about: 't', step: 1 }),
      piece('statistics', 'analyze', 200, { about: 't', step: 3, alone: true }),
    ];
    expect(new WorkAhead(chain, 8).remainingMs()).toBe(1000 + 500 + 3000 + 200);
    const stages = [piece('rows', 'load', 1000), piece('compare', 'compare', 400, { stage: 2 })];
    expect(new WorkAhead(stages, 8).remainingMs()).toBe(1400);
  });

  it('learns from each kind how much longer it takes here, and takes the others for kinds that come later', () => {
    const { ahead, pass } = watched(
      [piece('a', 'load', 60_000), piece('b', 'load', 60_000), piece('c', 'key', 60_000)],
      1,
    );
    expect(ahead.timeAhead()).toBeUndefined();
    ahead.begin('a');
    pass(180_000);
    ahead.end('a');
    const { remainingMs, share } = ahead.timeAhead() ?? { remainingMs: 0, share: 0 };
    expect(remainingMs / 360_000).toBeCloseTo(1, 1);
    expect(share).toBeCloseTo(1 / 3, 1);
    ahead.begin('c');
    pass(30_000);
    ahead.end('c');
    expect(ahead.remainingMs() / 180_000).toBeCloseTo(1, 1);
  });

  it('follows what a piece says of itself, and guesses where it says nothing', () => {
    const { ahead, pass } = watched([piece('index', 'search-index', 1000)], 1);
    ahead.begin('index');
    pass(10_000);
    // Ten times over its time: nearly done, as far as anybody knows.
    expect(ahead.remainingMs()).toBeCloseTo(10_000 / 3);
    ahead.reach('index', 0.5);
    expect(ahead.remainingMs()).toBeCloseTo(10_000, -3);
    // A server that reports another phase does not go back.
    ahead.reach('index', 0.1);
    expect(ahead.remainingMs()).toBeCloseTo(10_000, -3);
  });

  it('knows nothing of pieces that it was not told of, and learns nothing from what was done before', () => {
    const { ahead, pass } = watched([piece('done', 'load', 1000), piece('left', 'load', 1000)], 1);
    ahead.begin('nobody');
    pass(500);
    ahead.end('nobody');
    ahead.end('done');
    expect(ahead.remainingMs()).toBe(1000);
    ahead.end('left');
    expect(ahead.timeAhead()).toEqual({ remainingMs: 0, share: 1 });
  });
});
