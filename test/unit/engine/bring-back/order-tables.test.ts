import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderTables } from '../../../../lib/engine/bring-back/order-tables.ts';

const link = (child: number, parent: number) => ({ child, parent });

describe('tables', () => {
  it('come after those that they refer to', () => {
    const { order, circle } = orderTables([1, 2, 3, 4], [link(1, 2), link(2, 4), link(3, 1)]);
    expect({ order, circle }).toEqual({ order: [4, 2, 1, 3], circle: [] });
  });

  it('that refer to themselves are in no circle', () => {
    expect(orderTables([1, 2], [link(1, 1), link(1, 2)])).toEqual({ order: [2, 1], circle: [] });
  });

  it('in a circle are named, and not those that only refer to one', () => {
    const { order, circle } = orderTables([1, 2, 3], [link(1, 2), link(2, 3), link(3, 2)]);
    expect(circle).toEqual([2]);
    expect(order).toEqual([2, 1, 3]);
  });

  it('all come once, and parents first wherever there is no circle', () => {
    const tables = Array.from({ length: 8 }, (_, at) => at + 1);
    const arrows = fc.array(
      fc.record({ child: fc.constantFrom(...tables), parent: fc.constantFrom(...tables) }),
    );
    fc.assert(
      fc.property(arrows, (references) => {
        const { order, circle } = orderTables(tables, references);
        expect([...order].sort()).toEqual(tables);
        if (circle.length > 0) return;
        for (const { child, parent } of references) {
          if (child !== parent) expect(order.indexOf(parent)).toBeLessThan(order.indexOf(child));
        }
      }),
    );
  });
});
