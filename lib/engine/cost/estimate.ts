import {
  ASSUMED_BACKUP_BYTES_PER_SECOND,
  ASSUMED_DRILL_BYTES_PER_SECOND,
} from '../../contract/assumed-rates.ts';
import type { HostPlanName } from '../../contract/host-plans.ts';
import type { HostProfile } from '../../contract/host-profiles.ts';
import { nameFromDatabase } from '../../contract/source-names.ts';
import type { Schedule } from '../../schedule/schedule.ts';
import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { queryRows } from '../connection/query-rows.ts';
import type { Observer } from '../ground/progress.ts';
import type { BackupSelection } from '../selection/backup-selection.ts';
import { readOmissions } from '../selection/read-omissions.ts';
import { backupsAYear, runsAMonth } from './backups-a-year.ts';
import { type Cheaper, cheaperWays } from './cheaper.ts';
import { type EgressUnderPlan, egressUnderPlans } from './egress.ts';
import { type CostLine, monthOfEnvironment, monthOfSource } from './month.ts';
import { type SourceSample, sampleSource } from './sample-source.ts';
import { backupsAMonth, DEFAULT_KEEPING, type Workload } from './workload.ts';

export interface EstimateRequest {
  readonly source: ConnectionSettings;
  /** @default told by the host's name */
  readonly profile?: HostProfile | undefined;
  readonly plan?: HostPlanName | undefined;
  readonly selection?: BackupSelection | undefined;
  readonly region: string;
  readonly schedule: Schedule;
  readonly drillSchedule: Schedule;
  readonly healthEveryMinutes?: number | undefined;
  readonly captureEveryMinutes?: number | undefined;
  readonly notifies: boolean;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
}

/** A month, for people who have not deployed anything yet. */
export interface Estimate {
  readonly source: string;
  readonly host: HostProfile;
  readonly region: string;
  readonly sample: SourceSample;
  readonly backupsAMonth: number;
  /** Bytes that leave the host in a month: the text of every backup. */
  readonly egressBytes: number;
  readonly egress: readonly EgressUnderPlan[];
  readonly lines: readonly CostLine[];
  /** US dollars a month in AWS. */
  readonly usd: number;
  readonly cheaper: readonly Cheaper[];
}

/**
 * Estimates what a month costs before anything is deployed, from the source's catalog and some megabytes of its rows.
 * Changes nothing. Throws what connecting throws.
 */
export async function estimate(request: EstimateRequest): Promise<Estimate> {
  const { source, now, signal, plan, region } = request;
  const host = request.profile ?? checkAddress(source);
  const session = await connect(source, { signal, refusesPools: true });
  try {
    // One snapshot for the whole sample; nothing is written, and no statement waits for a lock.
    await session.client.query(
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = 2000',
    );
    const omissions = await readOmissions(queryRows(session.client), host, request.selection);
    const sample = await sampleSource(session, omissions, {
      signal,
      ...(request.observer && { observer: request.observer }),
    });
    const load = workloadOf(request, sample, now());
    const egressBytes = backupsAMonth(load) * sample.textBytes;
    const lines = [
      ...monthOfSource(load),
      ...monthOfEnvironment({ notifies: request.notifies, dashboard: true }),
    ];
    const egress = egressUnderPlans(egressBytes, host, plan);
    return {
      ...{ source: source.display, host, region, sample, egressBytes, egress, lines },
      backupsAMonth: backupsAMonth(load),
      usd: lines.reduce((sum, one) => sum + one.usd, 0),
      cheaper: cheaperWays({ load, egress, egressBytes, lines }),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw session.failure(error, 'A query');
  } finally {
    await session.end();
  }
}

function workloadOf(request: EstimateRequest, sample: SourceSample, until: Date): Workload {
  const { textBytes, storedBytes, objects } = sample;
  return {
    ...{
      source: nameFromDatabase(request.source.database),
      region: request.region,
      textBytes,
      storedBytes,
      objects,
    },
    backupsAYear: backupsAYear(request.schedule, until),
    keeping: DEFAULT_KEEPING,
    drillsAMonth: runsAMonth(request.drillSchedule, until),
    scrubsAMonth: 1,
    backupSeconds: START_SECONDS + textBytes / ASSUMED_BACKUP_BYTES_PER_SECOND,
    drillSeconds: START_SECONDS + textBytes / ASSUMED_DRILL_BYTES_PER_SECOND,
    compute: 'auto',
    healthEveryMinutes: request.healthEveryMinutes,
    captureEveryMinutes: request.captureEveryMinutes,
    notifies: request.notifies,
  };
}

/** To start a function, connect, and read the schema. */
const START_SECONDS = 10;
