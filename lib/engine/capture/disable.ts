import { headOfLog, writeEntry } from '../archive/changes/change-log.ts';
import { CHANGES_FORMAT } from '../archive/changes/change-records.ts';
import { newestEpoch } from '../archive/changes/epochs.ts';
import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { dropEventTrigger } from './event-trigger.ts';
import { slotName } from './names.ts';
import { dropSlot } from './slot.ts';
import { readSourceState } from './source-state.ts';

export interface DisableRequest {
  readonly settings: ConnectionSettings;
  readonly source: string;
  /** Where the end is noted. Without it, or when it does not answer, the source is freed all the same. */
  readonly store?: ObjectStore | undefined;
  readonly signal?: AbortSignal;
}

export interface DisableReport {
  readonly slotDropped: boolean;
  /** Whether the vault knows that the capture was ended on purpose. */
  readonly noted: boolean;
  /** What could not be removed or noted, in sentences. */
  readonly notices: readonly string[];
}

/** The slot first: it alone can harm the source. Works half enabled, and without a vault. */
export async function disable({ settings, source, store, signal }: DisableRequest): Promise<DisableReport> {
  const name = slotName(source);
  const session = await connect(settings, signal ? { signal } : {});
  const notices: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      notices.push(`${what}: ${error instanceof LifeboatError ? error.what : messageOf(error)}`);
      return false;
    }
  };
  try {
    const query = queryRows(session.client);
    const slotDropped = await dropSlot(session.client, name).catch((error: unknown) => {
      throw session.failure(error, `Dropping the slot ${name}`);
    });
    await attempt('The event triggers were not dropped', () => dropEventTrigger(session.client, name));
    await attempt('The publication was not dropped', () =>
      session.client.query(`DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)}`),
    );
    const noted =
      store !== undefined &&
      (await attempt('The end was not noted in the vault', async () => {
        const state = await readSourceState(query, name);
        await noteEnd(store, source, state, signal);
      }));
    return { slotDropped, noted, notices };
  } finally {
    await session.end();
  }
}

async function noteEnd(
  store: ObjectStore,
  source: string,
  state: Awaited<ReturnType<typeof readSourceState>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const epoch = await newestEpoch(store, source, signal);
  if (!epoch) return;
  const head = await headOfLog(store, epoch.record, signal);
  if (head?.record.end) return;
  const to = head?.record.to ?? epoch.record.from;
  const { catalogHash, publicationHash, xmin } = state;
  const seen = { catalogHash, publicationHash, xmin };
  await writeEntry(
    store,
    {
      format: CHANGES_FORMAT,
      source,
      epoch: epoch.record.epoch,
      number: (head?.record.number ?? 0) + 1,
      previousSha256: head?.sha256 ?? epoch.sha256,
      ...{ from: to, to, upto: to },
      clock: head?.record.clock ?? epoch.record.startedAt,
      writtenAt: new Date().toISOString(),
      lifeboatVersion: LIFEBOAT_VERSION,
      nextXid: state.nextXid,
      nextXidAfter: state.nextXid,
      before: seen,
      after: seen,
      sequences: [],
      slot: { restartLsn: null, heldWalBytes: 0, walStatus: null },
      ...(head?.record.base === undefined ? {} : { base: head.record.base }),
      end: { reason: 'disabled', what: 'The capture was ended by `pitr disable`.' },
    },
    signal,
  );
}
