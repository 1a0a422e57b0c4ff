import { describe, expect, it } from 'vitest';
import type { Chunk, Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { wrongSharing } from '../../../../lib/engine/verify/check-sharing.ts';

const part = (from: number, to: number, changes: Partial<Chunk> = {}): Chunk => ({
  ...{ key: 'shared', sizeBytes: 10, sha256: 'a', rows: 1, digest: '0', rawBytes: to - from },
  part: { from, to },
  ...changes,
});

function problemsOf(chunks: readonly Chunk[], changes: Partial<Manifest> = {}): string[] {
  const tables = chunks.map((chunk, number) => ({ name: `t${number}`, chunks: [chunk] }));
  const manifest = { format: 2, tables, largeObjects: { chunks: [] }, ...changes } as unknown as Manifest;
  return wrongSharing(manifest).map(({ problem }) => problem);
}

describe('an object that tables share', () => {
  it('is covered from its first byte on, in any order of the tables', () => {
    expect(problemsOf([part(5, 9), part(0, 5), part(9, 9)])).toEqual([]);
  });

  it.each([
    ['a gap', [part(0, 5), part(6, 9)], 'has text from byte 5 to 5 that is no table'],
    ['no beginning', [part(2, 5)], 'has text from byte 0 to 1 that is no table'],
    ['an overlap', [part(0, 5), part(3, 9)], 'has text from byte 3 to 4 in two tables'],
    ['another size', [part(0, 5), part(5, 9, { sizeBytes: 11 })], 'is described in different ways'],
    ['another hash', [part(0, 5), part(5, 9, { sha256: 'b' })], 'is described in different ways'],
    ['rows of another length', [part(0, 5, { rawBytes: 4 })], 'has a part that is not as long as the rows'],
    ['pages', [part(0, 5, { pages: { from: 0, to: null } })], 'is shared, and holds page ranges'],
    ['too much text', [part(0, 3_000_000)], 'has 3000000 bytes of text, and tables may share 2097152'],
  ])('may not have %s', (_, chunks, problem) => {
    expect(problemsOf(chunks)).toEqual([expect.stringContaining(problem)]);
  });

  it('is of format 2, and of tables', () => {
    expect(problemsOf([part(0, 5)], { format: 1 })).toEqual([expect.stringContaining('format 1')]);
    const largeObjects = { chunks: [part(0, 5)] } as unknown as Manifest['largeObjects'];
    expect(problemsOf([], { largeObjects })).toEqual(['is shared by large objects']);
  });
});
