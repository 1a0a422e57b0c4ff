import type { Recipients } from '../age/recipients.ts';
import type { Epoch, EpochReason, LogEntry } from '../archive/changes/change-records.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import type { Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SourceState } from './source-state.ts';

/** What one poll leaves for the next of the same process: it saves requests, and nothing depends on it. */
export interface CaptureMemory {
  /** Its own leases do not hold a process up. */
  readonly holder?: string;
  epoch?: Filed<Epoch> | undefined;
  head?: Filed<LogEntry> | undefined;
  /** The values of the entries so far, by quoted name. */
  sequences?: ReadonlyMap<string, string>;
}

export interface CaptureRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly source: string;
  /** Public keys of age that segments are encrypted to. @default not encrypted */
  readonly recipients?: Recipients | undefined;
  /** A poll ends at the next commit after two thirds of this time, and stops without a trace at its end. @default 10 minutes */
  readonly longestPollMs?: number;
  /** WAL that one segment covers at most, save for its last transaction. @default 1 GiB */
  readonly stepBytes?: number;
  /** While nothing happens, an entry is written this often, and several polls share it. @default 5 minutes */
  readonly quietEntryEveryMs?: number;
  /** Backs the source up when a new epoch needs a base. @default the result says that one is due */
  readonly takeBase?: (epoch: Epoch) => Promise<void>;
  readonly memory?: CaptureMemory;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

export interface CaptureResult {
  /** `quiet`: nothing happened, and no entry was due. `busy`: another capture is at work. */
  readonly outcome: 'captured' | 'quiet' | 'busy';
  readonly epoch: number;
  /** What committed before this moment of the source's clock is in the vault, or did not happen. */
  readonly recoveryPoint: string;
  /** The recovery point that the vault itself shows. */
  readonly storedRecoveryPoint: string;
  readonly transactions: number;
  readonly messages: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly heldWalBytes: number;
  readonly walStatus: string | null;
  /** Nothing of this epoch can be restored before a full backup was made. */
  readonly baseDue: boolean;
  /** The epoch that ended in this poll. */
  readonly ended?: { readonly epoch: number; readonly reason: EpochReason; readonly what: string };
}

/** One capture at work, on one session. */
export interface Run {
  readonly request: CaptureRequest;
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly memory: CaptureMemory;
  readonly now: () => Date;
  readonly isTimeShort: () => boolean;
  readonly tally: { transactions: number; messages: number; rawBytes: number; storedBytes: number };
}

/** What a capture has to tell now. */
export function resultOf(
  { memory, tally }: Run,
  outcome: CaptureResult['outcome'],
  state: SourceState,
): CaptureResult {
  const epoch = (memory.epoch as Filed<Epoch> | undefined)?.record;
  const stored = memory.head?.record.clock ?? epoch?.startedAt ?? state.clock.toISOString();
  return {
    outcome,
    epoch: epoch?.epoch ?? 0,
    recoveryPoint: outcome === 'quiet' ? state.clock.toISOString() : stored,
    storedRecoveryPoint: stored,
    ...tally,
    heldWalBytes: state.slot?.heldWalBytes ?? 0,
    walStatus: state.slot?.walStatus ?? null,
    baseDue: memory.head?.record.base === undefined,
  };
}

/** The next poll reads the vault anew. */
export function forget(memory: CaptureMemory): void {
  delete memory.epoch;
  delete memory.head;
  delete memory.sequences;
}
