/** An arrow from a table to one that it refers to. */
export interface Reference {
  readonly child: number;
  readonly parent: number;
}

export interface Order {
  /** Parents before the tables that refer to them. */
  readonly order: readonly number[];
  /** Tables that refer to each other in a circle, in the order given. A table that refers to itself is none. */
  readonly circle: readonly number[];
}

/** Orders tables by their references. In a circle the given order stays. */
export function orderTables(tables: readonly number[], references: readonly Reference[]): Order {
  const waiting = new Set(tables);
  const order: number[] = [];
  const circle: number[] = [];
  const parentsOf = (table: number) =>
    references
      .filter(({ child, parent }) => child === table && parent !== table && waiting.has(parent))
      .map(({ parent }) => parent);
  while (waiting.size > 0) {
    const free = tables.filter((table) => waiting.has(table) && parentsOf(table).length === 0);
    const next = free.length > 0 ? free : [firstOfCircle([...waiting], parentsOf)];
    if (free.length === 0) circle.push(...next);
    for (const table of next) {
      waiting.delete(table);
      order.push(table);
    }
  }
  return { order, circle };
}

/** A table that is in a circle itself, and does not only refer to one. */
function firstOfCircle(waiting: readonly number[], parentsOf: (table: number) => number[]): number {
  return waiting.find((table) => reaches(parentsOf(table), table, parentsOf)) ?? Number(waiting[0]);
}

function reaches(from: readonly number[], wanted: number, parentsOf: (table: number) => number[]): boolean {
  const seen = new Set<number>();
  const open = [...from];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    if (table === wanted) return true;
    if (seen.has(table)) continue;
    seen.add(table);
    open.push(...parentsOf(table));
  }
  return false;
}
