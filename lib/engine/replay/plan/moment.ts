import type { Epoch } from '../../archive/changes/change-records.ts';
import type { SequenceValue } from '../../archive/manifest.ts';
import type { Base } from './bases.ts';
import type { EpochLog } from './epoch-log.ts';

/** What a person asks for. */
export type Target =
  /** Everything that committed at this time or earlier. */
  | {
      readonly kind: 'time';
      readonly time: Date /** Of it, behind its milliseconds. */;
      readonly micros?: number;
    }
  /** Everything whose commit record begins before this place in the WAL. */
  | { readonly kind: 'lsn'; readonly lsn: bigint }
  /** Everything that committed before this transaction, and not the transaction itself. */
  | { readonly kind: 'before-transaction'; readonly xid: bigint };

/** A moment that can be restored: decided once, so that what is shown is what is done. */
export interface PlannedMoment {
  readonly target: Target;
  readonly source: string;
  readonly base: Base;
  readonly log: EpochLog;
  /** Entries of the log that are read. */
  readonly entries: { readonly from: number; readonly to: number };
  /** Exact: transactions whose commit record begins here or later are not part of it. */
  readonly until: bigint;
  /** The last commit before it, and the first that is left out, if the stream shows them. */
  readonly last: ShownTransaction | undefined;
  readonly next: ShownTransaction | undefined;
  /** What sequences are set to: never behind the rows, perhaps ahead of them. */
  readonly sequences: readonly SequenceValue[];
  readonly changes: {
    readonly storedBytes: number;
    readonly rawBytes: number;
    readonly transactions: number;
  };
  readonly notes: readonly string[];
}

export interface ShownTransaction {
  readonly xid: number;
  readonly commitLsn: string;
  readonly committedAt: string;
}

/** Microseconds since 1970. */
export function microsOf({ time, micros = 0 }: Extract<Target, { kind: 'time' }>): bigint {
  return BigInt(time.getTime()) * 1000n + BigInt(micros);
}

/** `shop`, epoch 3 */
export function nameOfEpoch({ source, epoch }: Pick<Epoch, 'source' | 'epoch'>): string {
  return `epoch ${epoch} of ${source}`;
}
