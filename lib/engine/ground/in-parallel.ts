/**
 * Runs `work` on every item, at most `limit` at once, and returns the results in the items' order. After the
 * first failure it starts no more work. It waits for the work that runs, then throws the failure.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const failures: unknown[] = [];
  const queue = items.entries();
  async function worker(): Promise<void> {
    for (const [index, item] of queue) {
      try {
        results.set(index, await work(item));
      } catch (failure) {
        failures.push(failure);
      }
      if (failures.length > 0) return;
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failures.length > 0) throw failures[0];
  return items.map((_, index) => results.get(index) as Result);
}
