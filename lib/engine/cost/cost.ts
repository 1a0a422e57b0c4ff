import type { HostPlanName } from '../../contract/host-plans.ts';
import type { HostProfile } from '../../contract/host-profiles.ts';
import { STORAGE_GB, standardGbMonth } from '../../contract/list-prices.ts';
import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { egressDays } from '../watch/egress-rate.ts';
import { type Cheaper, cheaperWays } from './cheaper.ts';
import { type EgressUnderPlan, egressUnderPlans } from './egress.ts';
import { type CostLine, monthOfEnvironment, monthOfSource } from './month.ts';
import { type ObservedSource, observeVault } from './observe-vault.ts';
import { DAYS_A_MONTH, DEFAULT_KEEPING, type Keeping, type Workload } from './workload.ts';

/** How a deployment is set, as far as it costs something. */
export interface DeployedFeatures {
  readonly keeping?: Keeping;
  readonly healthEveryMinutes?: number | undefined;
  readonly captureEveryMinutes?: number | undefined;
  readonly scrubsAMonth: number;
  readonly notifies: boolean;
  readonly dashboard: boolean;
}

export interface CostRequest {
  readonly store: ObjectStore;
  /** @default every source of the vault */
  readonly source?: string | undefined;
  readonly plan?: HostPlanName | undefined;
  readonly region: string;
  readonly features: (source: string) => DeployedFeatures;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly observer?: Observer;
}

export interface SourceCost {
  readonly source: string;
  readonly host: HostProfile;
  /** Days that were looked at: 7, or since the first backup if that is less. */
  readonly days: number;
  readonly backupsAMonth: number;
  /** What lies in the vault now. */
  readonly stored: ObservedSource['stored'];
  /** COPY text that left the host in these days, as a month. */
  readonly egressBytes: number;
  readonly egress: readonly EgressUnderPlan[];
  readonly lines: readonly CostLine[];
  readonly usd: number;
  readonly cheaper: readonly Cheaper[];
  readonly unreadable: number;
}

export interface CostReport {
  readonly vault: string;
  readonly region: string;
  readonly measuredAt: string;
  readonly sources: readonly SourceCost[];
  /** What all sources share. */
  readonly shared: readonly CostLine[];
  /** US dollars a month in AWS. */
  readonly usd: number;
}

/** What a vault costs a month, from what its manifests say of the last seven days. Reads no row. */
export async function cost(request: CostRequest): Promise<CostReport> {
  const { store, now, signal, region, features, observer } = request;
  const at = now();
  const observed = await observeVault({
    ...{ store, now: at, signal, source: request.source },
    ...(observer && { observer }),
  });
  const sources = observed.map((one) => ofSource(one, at, request, features(one.source)));
  const set = observed.map(({ source }) => features(source));
  const shared =
    set.length === 0
      ? []
      : monthOfEnvironment({
          notifies: set.some(({ notifies }) => notifies),
          dashboard: set.some(({ dashboard }) => dashboard),
        });
  const all = [...sources.flatMap(({ lines }) => lines), ...shared];
  return {
    ...{ vault: store.url, region, measuredAt: at.toISOString(), sources, shared },
    usd: all.reduce((sum, { usd }) => sum + usd, 0),
  };
}

function ofSource(
  observed: ObservedSource,
  at: Date,
  request: CostRequest,
  set: DeployedFeatures,
): SourceCost {
  const { region, plan } = request;
  const { source, host, newest, stored, sealedAts, unreadable } = observed;
  const days = egressDays(sealedAts, at);
  const aMonth = DAYS_A_MONTH / days;
  const load: Workload = {
    ...{ source, region, ...newest },
    backupsAYear: perClass((name) => observed.backups[name] * aMonth * 12),
    keeping: set.keeping ?? DEFAULT_KEEPING,
    drillsAMonth: observed.drills * aMonth,
    scrubsAMonth: set.scrubsAMonth,
    backupSeconds: observed.backupSeconds ?? 0,
    drillSeconds: observed.drillSeconds ?? 0,
    compute: 'auto',
    healthEveryMinutes: set.healthEveryMinutes,
    captureEveryMinutes: set.captureEveryMinutes,
    notifies: set.notifies,
  };
  const egressBytes = (observed.textBytes / days) * 30;
  const lines = monthOfSource(load).map((line) =>
    line.part === 'storage' ? storedNow(observed, region) : line,
  );
  const egress = egressUnderPlans(egressBytes, host, plan);
  return {
    ...{ source, host, stored, egressBytes, egress, lines, unreadable },
    days: Math.round(days),
    backupsAMonth: Object.values(load.backupsAYear).reduce((sum, one) => sum + one, 0) / 12,
    usd: lines.reduce((sum, { usd }) => sum + usd, 0),
    cheaper: cheaperWays({ load, egress, egressBytes, lines }),
  };
}

/** What lies there now, all of it at the price of S3 Standard: a listing does not say what was moved. */
function storedNow({ stored }: ObservedSource, region: string): CostLine {
  const bytes = RETENTION_CLASSES.reduce((sum, name) => sum + stored[name].bytes, 0);
  const counts = RETENTION_CLASSES.filter((name) => stored[name].backups > 0).map(
    (name) => `${stored[name].backups} ${name}`,
  );
  return {
    part: 'storage',
    usd: (bytes / STORAGE_GB) * standardGbMonth(region).dollars,
    what: `${counts.join(', ')} in the vault now; at most, for colder ones cost less, and expired ones count until they can no longer be undeleted`,
  };
}

function perClass(value: (name: RetentionClass) => number): Record<RetentionClass, number> {
  return Object.fromEntries(RETENTION_CLASSES.map((name) => [name, value(name)])) as Record<
    RetentionClass,
    number
  >;
}
