import { fileURLToPath } from 'node:url';
import type { Target } from '../../lib/engine/replay/plan/moment.ts';
import { planMoment } from '../../lib/engine/replay/plan/plan-moment.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { syntheticLog } from '../support/pitr/synthetic-log.ts';

/** Plans moments in the middle of a log of one entry a minute, with the only base at its beginning: requests and milliseconds. */
export async function benchPlan(entries: number): Promise<object> {
  const store = new MemoryStore();
  const { source, transactions } = await syntheticLog(store, entries);
  const one = transactions[Math.floor(entries * 0.6)];
  if (!one) throw new RangeError('no such transaction');
  const targets: Readonly<Record<string, Target>> = {
    time: { kind: 'time', time: one.committedAt },
    lsn: { kind: 'lsn', lsn: one.commitLsn },
    transaction: { kind: 'before-transaction', xid: BigInt(one.xid) },
  };
  const figures: Record<string, object> = {};
  for (const [name, target] of Object.entries(targets)) {
    store.requests.length = 0;
    const startedAt = performance.now();
    await planMoment({ store, source, target, signal: new AbortController().signal });
    const [lists, gets] = ['list', 'get'].map(
      (kind) => store.requests.filter((request) => request.startsWith(kind)).length,
    );
    figures[name] = { lists, gets, milliseconds: Math.round(performance.now() - startedAt) };
  }
  return { what: 'plan', entries, ...figures };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(await benchPlan(Number(process.argv[2] ?? 100_000))));
