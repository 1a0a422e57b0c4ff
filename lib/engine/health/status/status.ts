import type { Severity } from '../finding.ts';
import type { HealthReport } from '../health.ts';

/** When something was sealed, and how old it may become. */
export interface Freshness {
  /** Undefined: there is none. */
  readonly at: Date | undefined;
  readonly limitSeconds: number;
}

/** The last results of a source. What is undefined is not watched. */
export interface LastResults {
  readonly source: string;
  readonly vault?: {
    /** Undefined: nobody has looked yet, or could. */
    readonly checkedAt: Date | undefined;
    readonly validUntil: Date | undefined;
    readonly newestBackup: Freshness;
    /** Undefined: nobody drills this source here. */
    readonly newestProof: Freshness | undefined;
  };
  readonly health?: {
    readonly validUntil: Date | undefined;
    /** Undefined: it was never measured, or the result cannot be read. */
    readonly report: Pick<HealthReport, 'checkedAt' | 'severity' | 'totals'> | undefined;
  };
}

/** `stale`: the results are too old, or there are none, so nobody knows. */
export type SourceState = 'ok' | 'warning' | 'critical' | 'stale';

interface Aged {
  readonly at: string | null;
  readonly ageSeconds: number | null;
  readonly limitSeconds: number;
}

/** What a monitor outside is told of a source: no address, no name of an object, no statement. */
export interface SourceStatus {
  readonly source: string;
  readonly status: SourceState;
  readonly newestBackup: Aged | null;
  readonly newestProof: Aged | null;
  readonly health: {
    readonly severity: Severity;
    readonly checkedAt: string;
    readonly totals: HealthReport['totals'];
  } | null;
  /** When the oldest of these results was found out; null if there is none. */
  readonly checkedAt: string | null;
}

export interface Status {
  /** The worst of all sources. */
  readonly status: SourceState;
  readonly checkedAt: string | null;
  readonly sources: readonly SourceStatus[];
}

const WORST_FIRST: readonly SourceState[] = ['critical', 'stale', 'warning', 'ok'];

/** Judges the last results at the moment of a request, so that results which nobody renews turn stale. */
export function statusOf(sources: readonly LastResults[], now: Date): Status {
  const judged = sources.map((source) => sourceStatus(source, now));
  const known = judged.map(({ checkedAt }) => checkedAt);
  return {
    status: sources.length === 0 ? 'stale' : worst(judged.map(({ status }) => status)),
    checkedAt: known.includes(null) ? null : (known.toSorted()[0] ?? null),
    sources: judged,
  };
}

/** 200 as long as nobody has to get up: a warning can wait, and what nobody knows cannot. */
export function httpStatusOf({ status }: Pick<Status, 'status'>): 200 | 503 {
  return status === 'ok' || status === 'warning' ? 200 : 503;
}

function sourceStatus({ source, vault, health }: LastResults, now: Date): SourceStatus {
  const [newestBackup, newestProof] = [vault?.newestBackup, vault?.newestProof].map((one) =>
    one === undefined ? null : aged(one, now),
  );
  const states: SourceState[] = [
    ...(vault ? [isPast(vault.validUntil, now) ? ('stale' as const) : ('ok' as const)] : []),
    ...(vault?.checkedAt === undefined ? [] : [newestBackup, newestProof]).map((one) =>
      one && isTooOld(one) ? ('critical' as const) : ('ok' as const),
    ),
    ...(health ? [stateOfHealth(health, now)] : []),
  ];
  const times = [vault?.checkedAt?.toISOString(), health?.report?.checkedAt].filter((at) => at !== undefined);
  return {
    source,
    status: times.length === 0 ? 'stale' : worst(states),
    newestBackup: newestBackup ?? null,
    newestProof: newestProof ?? null,
    health: health?.report
      ? {
          severity: health.report.severity,
          checkedAt: health.report.checkedAt,
          totals: health.report.totals,
        }
      : null,
    checkedAt: times.toSorted()[0] ?? null,
  };
}

/** Whether it is older than it may become, or absent. */
export function isOverdue(one: Freshness, now: Date): boolean {
  return isTooOld(aged(one, now));
}

function aged({ at, limitSeconds }: Freshness, now: Date): Aged {
  return {
    at: at?.toISOString() ?? null,
    ageSeconds: at === undefined ? null : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000)),
    limitSeconds,
  };
}

function isTooOld({ ageSeconds, limitSeconds }: Aged): boolean {
  return ageSeconds === null || ageSeconds > limitSeconds;
}

function stateOfHealth({ validUntil, report }: NonNullable<LastResults['health']>, now: Date): SourceState {
  if (!report || isPast(validUntil, now)) return 'stale';
  return report.severity === 'critical' || report.severity === 'warning' ? report.severity : 'ok';
}

function isPast(until: Date | undefined, now: Date): boolean {
  return until === undefined || !(now.getTime() <= until.getTime());
}

function worst(states: readonly SourceState[]): SourceState {
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'ok';
}
