import type { HostProfile } from '../../contract/host-profiles.ts';
import { connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkAddress } from '../connection/host-profile.ts';
import { LifeboatError } from '../ground/errors.ts';
import { askSource, notKnown } from './ask-source.ts';
import { contextOf } from './check.ts';
import { HEALTH_CHECKS } from './checks.ts';
import { type Counters, countersOf } from './counters.ts';
import { type HealthFinding, SEVERITIES, type Severity, worstOf } from './finding.ts';
import { judgeLatency, judgeReached, judgeUnreachable } from './judgements/reachable.ts';
import type { PreviousHealth } from './previous.ts';
import { judgedBy, whatToAsk } from './resting.ts';
import type { HealthSettings } from './settings.ts';

export type { HealthFinding, Severity } from './finding.ts';

export interface HealthRequest {
  readonly source: ConnectionSettings;
  readonly settings: HealthSettings;
  /** What the run before has found, if its report was kept. @default this is the first run */
  readonly previous?: PreviousHealth | undefined;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

export interface HealthReport {
  readonly checkedAt: string;
  /** Address, role and database, without a password. */
  readonly source: string;
  /** Undefined if it could not be asked. */
  readonly server: { readonly version: string; readonly isStandby: boolean } | null;
  /** The worst of all findings, apart from what is unknown. */
  readonly severity: Severity;
  /** One of each check, the worst first. */
  readonly findings: readonly HealthFinding[];
  readonly totals: Readonly<Record<Severity, number>>;
  /** For the next run: see resting.ts. */
  readonly judgedBy: string;
  readonly counters: Counters | null;
  /** Since when the source could not be reached; null if it could. */
  readonly unreachableSince: string | null;
}

/** Few attempts: somebody wants to know that a server answers only sometimes. */
const ATTEMPTS = 2;
/** The server ends each statement after 5 s; one that says nothing for so long hangs as a whole. */
const LONGEST_SILENCE_MS = 60_000;

/**
 * Measures a database by its own catalogs and statistics, and judges each figure. Changes nothing, reads no row
 * of the user's, and locks no table. Every fault of the source is a finding, and what cannot be known is
 * `unknown`. Throws when `signal` aborts, and `source-address-unusable` for an address that spreads its sessions.
 */
export async function health(request: HealthRequest): Promise<HealthReport> {
  const { source, now } = request;
  const signal = request.signal ?? new AbortController().signal;
  const profile = checkAddress(source);
  const checkedAt = now();
  let session: Session | undefined;
  try {
    const started = performance.now();
    session = await connect(source, {
      ...{ attempts: ATTEMPTS, signal, refusesPools: true },
      longestSilenceMs: LONGEST_SILENCE_MS,
    });
    const connectMs = performance.now() - started;
    return await examine(session, { ...request, signal, profile, checkedAt, connectMs });
  } catch (error) {
    signal.throwIfAborted();
    const failure = session ? session.failure(error, 'A query') : error;
    if (!(failure instanceof LifeboatError) || failure.kind !== 'source') throw failure;
    if (failure.code === 'source-address-unusable') throw failure;
    return unreachableReport(failure, request, checkedAt);
  } finally {
    await session?.end();
  }
}

export interface Examining extends HealthRequest {
  readonly signal: AbortSignal;
  readonly profile: HostProfile;
  readonly checkedAt: Date;
  readonly connectMs: number;
}

/** Measures through a session that is open. */
export async function examine(session: Session, asking: Examining): Promise<HealthReport> {
  const { source, settings, previous, signal, profile, checkedAt, connectMs } = asking;
  const latencyMs = await roundTrip(session);
  const by = judgedBy(source.display, settings);
  const { checks, kept } = whatToAsk(HEALTH_CHECKS, previous, { now: checkedAt, judgedBy: by });
  const found = await askSource(session, checks, {
    settings,
    previous: previous?.counters,
    profile,
    signal,
  });
  const { server, context, activity } = found;
  const measured = found.findings.map((finding) => datedIfResting(finding, checkedAt));
  const findings = HEALTH_CHECKS.flatMap(({ name }) =>
    [...measured, ...kept].filter(({ check }) => check === name),
  );
  return reportOf({
    checkedAt,
    source,
    judgedBy: by,
    server: { version: server.version, isStandby: server.isStandby },
    findings: [judgeReached(connectMs), judgeLatency(latencyMs, contextOf('latency', context)), ...findings],
    counters: activity ? countersOf(activity) : null,
    unreachableSince: null,
  });
}

function datedIfResting(finding: HealthFinding, checkedAt: Date): HealthFinding {
  const rests = HEALTH_CHECKS.find(({ name }) => name === finding.check)?.measure.restsSeconds;
  return rests === undefined ? finding : { ...finding, measuredAt: checkedAt.toISOString() };
}

/** The time of one round trip that asks the server for nothing. */
async function roundTrip({ client }: Session): Promise<number> {
  const started = performance.now();
  await client.query('SELECT');
  return performance.now() - started;
}

/** The report of a source that could not be reached, or not even the machine in between. */
export function unreachableReport(
  failure: LifeboatError,
  request: HealthRequest,
  checkedAt = request.now(),
): HealthReport {
  const { source, previous } = request;
  const since = previous?.unreachableSince ?? undefined;
  const reached: HealthFinding = judgeUnreachable(failure, { since, now: checkedAt, isFirst: !previous });
  const reason = 'the source could not be reached';
  const rest: HealthFinding[] = [
    {
      check: 'latency',
      group: 'server',
      unit: 'ms',
      threshold: request.settings.thresholds.latency,
      ...notKnown({ reason }),
    },
    ...HEALTH_CHECKS.map(({ name, group, unit }) => ({
      check: name,
      group,
      unit,
      threshold: request.settings.thresholds[name],
      ...notKnown({ reason }),
    })),
  ];
  return reportOf({
    checkedAt,
    source,
    judgedBy: judgedBy(source.display, request.settings),
    server: null,
    findings: [reached, ...rest],
    counters: previous?.counters ?? null,
    unreachableSince: (since ?? checkedAt).toISOString(),
  });
}

function reportOf(
  parts: Pick<HealthReport, 'server' | 'findings' | 'judgedBy' | 'counters' | 'unreachableSince'> & {
    readonly checkedAt: Date;
    readonly source: ConnectionSettings;
  },
): HealthReport {
  const { checkedAt, source, findings, ...rest } = parts;
  const severities = findings.map(({ severity }) => severity);
  const known = severities.filter((severity) => severity !== 'unknown');
  return {
    checkedAt: checkedAt.toISOString(),
    source: source.display,
    severity: worstOf(known),
    findings: findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)),
    totals: totalsOf(severities),
    ...rest,
  };
}

function totalsOf(severities: readonly Severity[]): HealthReport['totals'] {
  const count = (one: Severity) => severities.filter((severity) => severity === one).length;
  return {
    critical: count('critical'),
    warning: count('warning'),
    info: count('info'),
    unknown: count('unknown'),
    ok: count('ok'),
  };
}
