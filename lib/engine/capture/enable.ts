import type { HostProfile } from '../../contract/host-profiles.ts';
import type { Recipients } from '../age/recipients.ts';
import { headOfLog } from '../archive/changes/change-log.ts';
import type { Epoch } from '../archive/changes/change-records.ts';
import { newestEpoch } from '../archive/changes/epochs.ts';
import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { beginEpoch } from './begin-epoch.ts';
import { isOtherServer, otherServer } from './capture-errors.ts';
import { createEventTrigger } from './event-trigger.ts';
import { slotName } from './names.ts';
import { type Missing, readMissing } from './requirements.ts';
import { readSourceState } from './source-state.ts';
import { whyEpochEnds } from './why-epoch-ends.ts';

export interface EnableRequest {
  readonly settings: ConnectionSettings;
  readonly store: ObjectStore;
  readonly source: string;
  readonly hostProfile?: HostProfile | undefined;
  readonly recipients?: Recipients | undefined;
  /** Puts the place of schema changes into the stream. @default false */
  readonly eventTrigger?: boolean;
  /** The source has moved to a server with another system identifier. @default false: it is refused */
  readonly newServer?: boolean;
  readonly signal?: AbortSignal;
}

export interface EnableReport {
  readonly outcome: 'enabled' | 'already-enabled';
  readonly epoch: Epoch;
  readonly advice: readonly Missing[];
}

/** requirements → publication → slot → epoch. Changes nothing on the source if anything is missing. */
export async function enable(request: EnableRequest): Promise<EnableReport> {
  const { settings, store, source, signal = new AbortController().signal } = request;
  const name = slotName(source);
  const session = await connect(settings, { signal, refusesPools: true });
  try {
    const query = queryRows(session.client);
    const found = await readMissing(query, name, checkAddress(settings, request.hostProfile));
    const missing = found.filter(({ severity }) => severity === 'missing');
    if (missing.length > 0) throw requirementsMissing(missing);
    const advice = found.filter(({ severity }) => severity === 'advice');
    const newest = await newestEpoch(store, source, signal);
    const head = newest && (await headOfLog(store, newest.record, signal));
    let reason: Epoch['reason'] = 'enabled';
    if (newest && head?.record.end?.reason !== 'disabled') {
      const state = await readSourceState(query, newest.record.slot.name);
      const broken = head?.record.end ?? whyEpochEnds(newest.record, head?.record, state);
      const isOther = isOtherServer(newest.record, state.server);
      if (isOther && !request.newServer) throw otherServer(newest.record, state.server);
      if (!isOther && !broken) return { outcome: 'already-enabled', epoch: newest.record, advice };
      reason = isOther ? 'server-replaced' : (broken?.reason ?? 'enabled');
    }
    if (request.eventTrigger) await createEventTrigger(session.client, name);
    const { record: epoch } = await beginEpoch({
      ...{ session, store, source, signal },
      epoch: (newest?.record.epoch ?? 0) + 1,
      reason,
      eventTrigger: request.eventTrigger ?? false,
      recipients: request.recipients,
      continuesFrom: undefined,
    });
    return { outcome: 'enabled', epoch, advice };
  } catch (error) {
    throw session.failure(error, 'Switching the capture on');
  } finally {
    await session.end();
  }
}

function requirementsMissing(missing: readonly Missing[]): LifeboatError {
  return new LifeboatError({
    code: 'pitr-requirements',
    kind: 'source',
    what: `The source cannot be captured yet: ${missing.map(({ what }) => what).join(' ')}`,
    meaning: 'Nothing was changed on the source.',
    remedy: missing.map(({ remedy }) => remedy).join(' '),
  });
}
