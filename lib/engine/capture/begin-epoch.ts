import type { Recipients } from '../age/recipients.ts';
import { CHANGES_FORMAT, type Epoch, type EpochReason } from '../archive/changes/change-records.ts';
import { writeEpoch } from '../archive/changes/epochs.ts';
import type { Filed } from '../archive/changes/record-file.ts';
import { AGE_FORMAT } from '../archive/manifest.ts';
import type { Session } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { slotName } from './names.ts';
import { alignPublication, type Coverage, readCoverage } from './publication.ts';
import { dropSlot } from './slot.ts';
import { readSourceState, type SourceState } from './source-state.ts';

export interface EpochOrder {
  readonly session: Session;
  readonly store: ObjectStore;
  readonly source: string;
  readonly epoch: number;
  readonly reason: EpochReason;
  readonly eventTrigger: boolean;
  readonly recipients: Recipients | undefined;
  /** Where the epoch before ended, if the slot goes on from there. Otherwise a new slot is made. */
  readonly continuesFrom: string | undefined;
  readonly signal: AbortSignal;
}

/** The longest wait for transactions that were running when a slot is made (PostgreSQL waits for all of them). */
const LONGEST_WAIT = '60s';
/** How often to look again when tables are made meanwhile. */
const TRIES = 5;
const FAILOVER_SINCE = 17;

/** publication → slot → state → epoch: in this order, because a slot that is older than its publication is stuck for ever. */
export async function beginEpoch(order: EpochOrder): Promise<Filed<Epoch>> {
  const { session, store, source, recipients, signal } = order;
  const query = queryRows(session.client);
  const name = slotName(source);
  let from = order.continuesFrom;
  for (let tries = 1; ; tries += 1) {
    const coverage = await readCoverage(query);
    await alignPublication(session.client, query, name, coverage);
    if (from === undefined) from = await makeSlot(session, name);
    const state = await readSourceState(query, name);
    const now = await readCoverage(query);
    if (!sameTables(coverage, now)) {
      if (tries < TRIES) continue;
      throw changing(source);
    }
    return await writeEpoch(
      store,
      epochOf(order, state, now, { from, name, recipients, major: session.major }),
      signal,
    );
  }
}

interface Parts {
  readonly from: string;
  readonly name: string;
  readonly recipients: Recipients | undefined;
  readonly major: number;
}

function epochOf(
  { source, epoch, reason, eventTrigger }: EpochOrder,
  state: SourceState,
  { covered, notCovered }: Coverage,
  { from, name, recipients, major }: Parts,
): Epoch {
  return {
    format: CHANGES_FORMAT,
    source,
    epoch,
    lifeboatVersion: LIFEBOAT_VERSION,
    startedAt: state.clock.toISOString(),
    reason,
    server: state.server,
    slot: { name, failover: major >= FAILOVER_SINCE },
    publication: name,
    eventTrigger,
    from,
    nextXid: state.nextXid,
    catalogHash: state.catalogHash,
    publicationHash: state.publicationHash,
    tables: [...covered],
    notCovered: [...notCovered],
    ...(recipients ? { encryption: { format: AGE_FORMAT, recipients: [...recipients] } } : {}),
  };
}

/** Makes the slot anew, and returns where its stream begins. */
async function makeSlot({ client, major }: Session, name: string): Promise<string> {
  await dropSlot(client, name);
  const failover = major >= FAILOVER_SINCE ? ', false, true' : '';
  await client.query(`SET statement_timeout = '${LONGEST_WAIT}'`);
  try {
    const { rows } = await client.query<{ lsn: string }>(
      `SELECT lsn::text AS lsn FROM pg_catalog.pg_create_logical_replication_slot(${quoteLiteral(name)}, 'pgoutput', false${failover})`,
    );
    return String(rows[0]?.lsn);
  } finally {
    await client.query('SET statement_timeout = 0').catch(() => {});
  }
}

function sameTables(one: Coverage, other: Coverage): boolean {
  return JSON.stringify(one.covered) === JSON.stringify(other.covered);
}

function changing(source: string): LifeboatError {
  return new LifeboatError({
    code: 'source-changing',
    kind: 'source',
    what: `Tables of ${source} were created or changed during each of ${TRIES} attempts to publish them.`,
    remedy: 'Try again when the schema changes less.',
  });
}
