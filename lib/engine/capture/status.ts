import { headOfLog } from '../archive/changes/change-log.ts';
import type { Epoch, LogEntry } from '../archive/changes/change-records.ts';
import { readEpochs } from '../archive/changes/epochs.ts';
import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { queryRows } from '../connection/query-rows.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { isOtherServer } from './capture-errors.ts';
import { type Coverage, readCoverage } from './publication.ts';
import { readSourceState, type SlotState } from './source-state.ts';
import { whyEpochEnds } from './why-epoch-ends.ts';

export interface StatusRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly source: string;
  readonly signal?: AbortSignal;
}

export interface EpochStatus {
  readonly epoch: number;
  readonly startedAt: string;
  readonly reason: Epoch['reason'];
  readonly from: string;
  readonly to: string;
  readonly recoveryPoint: string;
  readonly entries: number;
  readonly base: string | null;
  readonly end: LogEntry['end'] | null;
}

export interface CaptureStatus {
  readonly source: string;
  readonly state: 'never-enabled' | 'capturing' | 'broken' | 'disabled';
  /** What is wrong, if it is broken: the next capture begins a new epoch. */
  readonly problem: string | null;
  readonly recoveryPoint: string | null;
  readonly recoveryPointAgeSeconds: number | null;
  readonly slot: SlotState | null;
  /** Oldest first. Between two of them no moment can be restored. */
  readonly epochs: readonly EpochStatus[];
  readonly coverage: Coverage;
}

export async function readStatus({ settings, store, source, signal }: StatusRequest): Promise<CaptureStatus> {
  const epochs = await readEpochs(store, source, signal);
  const heads = await Promise.all(epochs.map(({ record }) => headOfLog(store, record, signal)));
  const session = await connect(settings, signal ? { signal } : {});
  try {
    const query = queryRows(session.client);
    const coverage = await readCoverage(query);
    const newest = epochs.at(-1)?.record;
    const head = heads.at(-1)?.record;
    const state = newest && (await readSourceState(query, newest.slot.name));
    const isOther = state && isOtherServer(newest, state.server);
    const problem = isOther
      ? `The server's system identifier is ${state.server.systemIdentifier}, and the epoch's ${newest.server.systemIdentifier}.`
      : newest && state && !head?.end
        ? (whyEpochEnds(newest, head, state)?.what ?? null)
        : head?.end && head.end.reason !== 'disabled'
          ? head.end.what
          : null;
    const recoveryPoint = newest ? (head?.clock ?? newest.startedAt) : null;
    return {
      source,
      state: !newest
        ? 'never-enabled'
        : head?.end?.reason === 'disabled'
          ? 'disabled'
          : problem
            ? 'broken'
            : 'capturing',
      problem,
      recoveryPoint,
      recoveryPointAgeSeconds:
        recoveryPoint === null || !state
          ? null
          : Math.max(0, Math.round((state.clock.getTime() - Date.parse(recoveryPoint)) / 1000)),
      slot: state?.slot ?? null,
      epochs: epochs.map(({ record }, index) => statusOf(record, heads[index]?.record)),
      coverage,
    };
  } catch (error) {
    throw session.failure(error, 'Reading the state of the capture');
  } finally {
    await session.end();
  }
}

function statusOf(epoch: Epoch, head: LogEntry | undefined): EpochStatus {
  return {
    epoch: epoch.epoch,
    startedAt: epoch.startedAt,
    reason: epoch.reason,
    from: epoch.from,
    to: head?.to ?? epoch.from,
    recoveryPoint: head?.clock ?? epoch.startedAt,
    entries: head?.number ?? 0,
    base: head?.base ?? null,
    end: head?.end ?? null,
  };
}
