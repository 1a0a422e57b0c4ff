import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVisible, parseSnapshot, visibleIn, widenXid } from '../../../../lib/engine/replay/visibility.ts';

const EPOCH = 1n << 32n;
const near = fc.bigInt({ min: 3n, max: 1n << 60n });
const distance = fc.bigInt({ min: -(1n << 31n) + 1n, max: (1n << 31n) - 1n });

describe('widenXid', () => {
  it('finds every id that is less than 2^31 away', () => {
    fc.assert(
      fc.property(near, distance, (xid, by) => {
        const other = xid + by;
        fc.pre(other >= 0n);
        expect(widenXid(Number(other % EPOCH), xid)).toBe(other);
      }),
      { numRuns: 1000 },
    );
  });

  it('crosses the border of an epoch in both directions', () => {
    expect(widenXid(0xffff_fff0, 5n * EPOCH + 3n)).toBe(5n * EPOCH - 16n);
    expect(widenXid(3, 5n * EPOCH - 16n)).toBe(5n * EPOCH + 3n);
    expect(widenXid(0xffff_fff0, 7n)).toBe(0xffff_fff0n);
  });
});

describe('isVisible', () => {
  it('is what pg_visible_in_snapshot is defined as', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n, max: 50n }),
        fc.bigInt({ min: 0n, max: 40n }),
        fc.array(fc.bigInt({ min: 0n, max: 39n })),
        fc.bigInt({ min: 0n, max: 120n }),
        (xmin, width, offsets, xid) => {
          const xmax = xmin + width;
          const running = [...new Set(offsets.filter((one) => one < width).map((one) => xmin + one))].sort();
          const snapshot = parseSnapshot(`${xmin}:${xmax}:${running.join(',')}`);
          expect(isVisible(snapshot, xid)).toBe(xid < xmin || (xid < xmax && !running.includes(xid)));
        },
      ),
    );
  });

  it('tells a transaction of the epoch before from one of this epoch with the same lower 32 bits', () => {
    const snapshot = parseSnapshot(`${EPOCH + 100n}:${EPOCH + 110n}:${EPOCH + 105n}`);
    const sees = visibleIn(snapshot);
    expect([99, 100, 104, 105, 110].map((xid) => sees({ xid }))).toEqual([true, true, true, false, false]);
    // The last ids before the border are older, however large they look.
    expect(sees({ xid: 0xffff_ffff })).toBe(true);
  });
});

describe('parseSnapshot', () => {
  it.each(['', '1:2', '2:1:', '1:3:5', 'a:b:c', '1:3:2,', '1:3:2;DROP'])('refuses %j', (text) => {
    expect(() => parseSnapshot(text)).toThrow('is not a snapshot');
  });
});
