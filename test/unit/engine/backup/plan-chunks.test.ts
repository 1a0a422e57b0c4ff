import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChunks } from '../../../../lib/engine/backup/plan-chunks.ts';
import { copyOut, selectRows } from '../../../../lib/engine/catalog/copy-statement.ts';
import type { SourceTable } from '../../../../lib/engine/catalog/tables.ts';

function table(oid: number, cuttable = true): SourceTable {
  return {
    oid,
    schema: 'public',
    name: `t${oid}`,
    columns: ['id'],
    generatedColumns: [],
    cuttable,
    unlogged: false,
  };
}

describe('the plan of a backup', () => {
  it('covers every page of every table exactly once, the last range open', () => {
    const sizes = fc.array(
      fc.record({ pages: fc.nat({ max: 5000 }), toast: fc.nat({ max: 40_000_000 }), cuttable: fc.boolean() }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 8192, max: 4_000_000 }),
        fc.integer({ min: 1, max: 8 }),
        (list, chunkBytes, sessions) => {
          const tables = list.map((one, index) => table(index + 1, one.cuttable));
          const measured = list.map((one, index) => ({
            oid: index + 1,
            pages: one.pages,
            sizeBytes: one.pages * 8192 + one.toast,
          }));
          const chunks = planChunks(tables, measured, { chunkBytes, sessions });
          for (const one of tables) {
            const mine = chunks
              .filter((chunk) => chunk.table === one)
              .sort((a, b) => (a.rangeNumber ?? 0) - (b.rangeNumber ?? 0));
            expect(mine.length).toBeGreaterThan(0);
            if (mine.length === 1) {
              expect(mine[0]?.pages).toBeUndefined();
              continue;
            }
            expect(one.cuttable).toBe(true);
            const ranges = mine.map(({ pages }) => pages);
            expect(ranges[0]?.from).toBe(0);
            // One assertion for thousands of ranges: each takes longer than the plan.
            expect(ranges.map((range) => range?.to)).toEqual([
              ...ranges.slice(1).map((range) => range?.from),
              null,
            ]);
            expect(
              ranges.filter((range) => range?.to !== null && !(Number(range?.to) > Number(range?.from))),
            ).toEqual([]);
          }
        },
      ),
    );
  });

  it('puts the heaviest first, TOAST counted, and keeps a table whole up to twice the chunk size', () => {
    const chunks = planChunks(
      [table(1), table(2), table(3)],
      [
        { oid: 1, pages: 10, sizeBytes: 1000 },
        { oid: 2, pages: 2, sizeBytes: 4000 },
        { oid: 3, pages: 4, sizeBytes: 2000 },
      ],
      { chunkBytes: 1000, sessions: 4 },
    );
    expect(chunks.map((chunk) => [chunk.table.oid, chunk.pages])).toEqual([
      [2, { from: 0, to: 1 }],
      [2, { from: 1, to: null }],
      [3, undefined],
      [1, undefined],
    ]);
  });

  const MIB = 1024 * 1024;
  const piecesOf = (megabytes: readonly number[], sessions: number) => {
    const tables = megabytes.map((_, index) => table(index + 1));
    const sizes = megabytes.map((size, index) => ({
      oid: index + 1,
      pages: size * 128,
      sizeBytes: size * MIB,
    }));
    const chunks = planChunks(tables, sizes, { sessions });
    return tables.map((one) => chunks.filter((chunk) => chunk.table === one).length);
  };

  it('cuts what would keep the others waiting, and nothing else', () => {
    expect(piecesOf([1000, 1000, 1000, 1000], 4)).toEqual([1, 1, 1, 1]);
    expect(piecesOf([2000, 1000, 1000], 4)).toEqual([8, 1, 1]);
    expect(piecesOf([1200, 1000, 1000, 1000], 4)).toEqual([1, 1, 1, 1]);
    expect(piecesOf([2000, 1000, 1000], 2)).toEqual([1, 1, 1]);
    expect(piecesOf([3000], 4)).toEqual([12]);
    expect(piecesOf([3000], 1)).toEqual([1]);
    expect(piecesOf([400, 10], 4)).toEqual([1, 1]);
  });

  it('cuts in any case what a restore should not have to begin again as a whole', () => {
    expect(piecesOf([17_000], 1)).toEqual([67]);
    expect(piecesOf([16_000], 1)).toEqual([1]);
  });
});

describe('the statement that reads a chunk', () => {
  it('names columns, ONLY and the page range, and quotes every name', () => {
    const odd = { schema: 'a"b', name: 'T;x', columns: ['select', 'ü'] };
    expect(selectRows(odd, { from: 3, to: 7 })).toBe(
      `SELECT "select", "ü" FROM ONLY "a""b"."T;x" WHERE ctid >= '(3,0)'::pg_catalog.tid AND ctid < '(7,0)'::pg_catalog.tid`,
    );
    expect(selectRows({ schema: 's', name: 't', columns: [] })).toBe('SELECT  FROM ONLY "s"."t"');
  });

  it("keeps a configuration table's condition apart from the page range", () => {
    const configured = { schema: 's', name: 't', columns: ['a'], condition: 'WHERE a OR b' };
    expect(selectRows(configured)).toBe('SELECT "a" FROM ONLY "s"."t" WHERE a OR b');
    expect(selectRows(configured, { from: 0, to: 2 })).toBe(
      `SELECT "a" FROM ONLY "s"."t" WHERE (a OR b) AND ctid < '(2,0)'::pg_catalog.tid`,
    );
  });

  it('asks for the encoding of the server', () => {
    expect(copyOut('SELECT 1', 'LATIN1')).toBe(
      "COPY (SELECT 1) TO STDOUT WITH (FORMAT text, ENCODING 'LATIN1')",
    );
  });
});
