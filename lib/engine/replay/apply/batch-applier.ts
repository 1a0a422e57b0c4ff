import type { Batch } from '../effect/batch.ts';
import { KeyedChanges } from '../effect/keyed-changes.ts';
import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';
import { KeyedApplier } from './apply-keyed.ts';
import { WholeRowApplier } from './apply-whole-rows.ts';
import type { ReplaySession } from './replay-session.ts';
import { dropOwnIndexes, lookAtRelation } from './target-relation.ts';

interface Appliers {
  readonly keyed: KeyedApplier;
  readonly whole: WholeRowApplier;
}

/** Brings batches into a target, and keeps what it knows of the target's tables. */
export class BatchApplier {
  readonly #session: ReplaySession;
  readonly #tables = new Map<number, Appliers>();

  constructor(session: ReplaySession) {
    this.#session = session;
  }

  /** Within a transaction of the caller's. */
  async apply(batch: Batch): Promise<void> {
    for (const changes of batch.tables()) {
      const { table, isTruncated } = changes;
      if (isTruncated && table.place.isTree)
        throw replayMismatch(table.name, 'empty a partition whose rows lie in others here');
      const { keyed, whole } = await this.#appliersOf(table);
      if (changes instanceof KeyedChanges) await keyed.apply(this.#session, changes);
      else await whole.apply(this.#session, changes);
    }
  }

  /** Drops the indexes that it made, or an interrupted replay before it. */
  async finish(): Promise<void> {
    await dropOwnIndexes(this.#session);
    this.#tables.clear();
  }

  async #appliersOf(table: ReplayedTable): Promise<Appliers> {
    const { oid } = table.relation;
    const there = this.#tables.get(oid);
    if (there) return there;
    const relation = await lookAtRelation(this.#session, table);
    const appliers = { keyed: new KeyedApplier(relation), whole: new WholeRowApplier(relation) };
    this.#tables.set(oid, appliers);
    return appliers;
  }
}
