import { headOfLog, writeEntry } from '../archive/changes/change-log.ts';
import { newestEpoch } from '../archive/changes/epochs.ts';
import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { endEntry } from './end-entry.ts';
import { dropEventTrigger } from './event-trigger.ts';
import { slotName } from './names.ts';
import { dropSlot } from './slot.ts';
import { readSourceState, type SourceState } from './source-state.ts';

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
  state: SourceState,
  signal: AbortSignal | undefined,
): Promise<void> {
  const epoch = await newestEpoch(store, source, signal);
  if (!epoch) return;
  const head = await headOfLog(store, epoch.record, signal);
  if (head?.record.end) return;
  const end = { reason: 'disabled', what: 'The capture was ended by `pitr disable`.' } as const;
  await writeEntry(store, endEntry(epoch, head, state, { end, writtenAt: new Date() }), signal);
}
