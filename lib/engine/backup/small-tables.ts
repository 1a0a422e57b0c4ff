/** Of table and TOAST as stored: the text of such a table is rarely as much as an object that it shares may have. */
const SMALL_BYTES = 256 * 1024;
/** So many small tables are worth sharing objects. Fewer have each its own, which is easier to find by hand. */
const WORTH_SHARING = 32;
/** A shared object is stored when it has as much text. */
export const FULL_BYTES = 1024 * 1024;
/** The check of an object names the content of each table in it, and a state of Step Functions takes 256 KiB (scrub/plan-batches.ts). */
export const MOST_TABLES = 500;

/** Those of some tables or chunks that share objects: all small ones, or none. `sizeOf` is undefined for a page range. */
export function thoseThatShare<One>(all: readonly One[], sizeOf: (one: One) => number | undefined): One[] {
  const small = all.filter((one) => {
    const size = sizeOf(one);
    return size !== undefined && size <= SMALL_BYTES;
  });
  return small.length < WORTH_SHARING ? [] : small;
}

/** About how many objects so many small tables share. */
export function sharedObjectsFor(tables: number, textBytes: number): number {
  return tables === 0 ? 0 : Math.ceil(Math.max(tables / MOST_TABLES, textBytes / FULL_BYTES));
}
