import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinRows } from '../../../../lib/engine/diff/join-rows.ts';
import { RowHeaps } from '../../../../lib/engine/diff/row-heap.ts';
import { RowReader } from '../../../../lib/engine/diff/row-reader.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-heaps-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Options {
  readonly heaps: number;
  readonly onDisk: boolean;
  readonly byKey: boolean;
  readonly limit?: number;
}
let made = 0;

async function joined(backup: Array<[number, string]>, source: Array<[number, string]>, options: Options) {
  made += 1;
  const fill = async (side: string, rows: Array<[number, string]>) => {
    const heaps = new RowHeaps({
      count: options.heaps,
      directory: options.onDisk ? directory : undefined,
      name: `${made}-${side}`,
      keepLines: true,
    });
    const shape = { fields: 2, compared: undefined, key: options.byKey ? [0] : undefined };
    const reader = await RowReader.create(shape, (row) => heaps.add(row));
    reader.update(Buffer.from(rows.map(([key, text]) => `${key}\t${text}\n`).join('')));
    await heaps.drained();
    await heaps.finish();
    return heaps;
  };
  return joinRows(
    await fill('backup', backup),
    await fill('source', source),
    options.heaps,
    options.limit ?? 100,
  );
}

const options = fc.record({ heaps: fc.constantFrom(1, 3, 16), onDisk: fc.boolean() });
const side = fc.dictionary(fc.nat(30).map(String), fc.constantFrom('a', 'b', 'ü'), { maxKeys: 20 });
const entries = (rows: Record<string, string>): Array<[number, string]> =>
  Object.entries(rows).map(([key, text]) => [Number(key), text]);

describe('rows of two sides', () => {
  it('differ by key as two maps do, in memory or on disk, in one heap or many', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, options, async (backup, source, where) => {
        const found = await joined(entries(backup), entries(source), { ...where, byKey: true });
        const keys = (rows: typeof found.examples.deleted) =>
          rows.map(({ key }) => Number(key)).sort((a, b) => a - b);
        const only = (a: Record<string, string>, b: Record<string, string>) =>
          Object.keys(a)
            .filter((key) => !(key in b))
            .map(Number)
            .sort((x, y) => x - y);
        expect(keys(found.examples.deleted)).toEqual(only(backup, source));
        expect(keys(found.examples.added)).toEqual(only(source, backup));
        const changed = Object.keys(backup).filter((key) => key in source && source[key] !== backup[key]);
        expect(keys(found.examples.changed)).toEqual(changed.map(Number).sort((a, b) => a - b));
        expect([found.deleted, found.added, found.changed]).toEqual(
          [found.examples.deleted, found.examples.added, found.examples.changed].map(({ length }) => length),
        );
        for (const { key, backup: mine, source: theirs } of found.examples.changed) {
          expect(mine?.toString()).toBe(`${key}\t${backup[key]}`);
          expect(theirs?.toString()).toBe(`${key}\t${source[key]}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('differ without a key as two bags do', async () => {
    const bag = fc.array(fc.tuple(fc.nat(2), fc.constantFrom('a', 'b')), { maxLength: 12 });
    const count = (rows: Array<[number, string]>) => Map.groupBy(rows, (row) => row.join());
    const surplus = (a: Array<[number, string]>, b: Array<[number, string]>) =>
      [...count(a)].reduce(
        (sum, [key, rows]) => sum + Math.max(0, rows.length - (count(b).get(key)?.length ?? 0)),
        0,
      );
    await fc.assert(
      fc.asyncProperty(bag, bag, options, async (backup, source, where) => {
        const found = await joined(backup, source, { ...where, byKey: false });
        expect([found.deleted, found.added, found.changed]).toEqual([
          surplus(backup, source),
          surplus(source, backup),
          0,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it('are shown up to a limit, and counted beyond', async () => {
    const backup = Array.from({ length: 50 }, (_, n): [number, string] => [n, 'x']);
    const found = await joined(backup, [], { heaps: 4, onDisk: false, byKey: true, limit: 3 });
    expect([found.deleted, found.examples.deleted.length]).toEqual([50, 3]);
  });

  it('write no file where memory is enough', async () => {
    const before = readdirSync(directory).length;
    await joined([[1, 'a']], [[2, 'b']], { heaps: 1, onDisk: false, byKey: true });
    expect(readdirSync(directory)).toHaveLength(before);
  });
});
