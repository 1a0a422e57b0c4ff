import type { LifeboatError } from '../../ground/errors.ts';
import type { JudgementContext } from '../check.ts';
import type { HealthFinding } from '../finding.ts';
import { inWords, secondsInWords } from '../words.ts';

/** From the first run that could not reach the source: five minutes later it is critical. */
export const REACHABLE_THRESHOLD = { warning: 0, critical: 300 } as const;
const REACHABLE = { check: 'reachable', group: 'server', unit: 's', threshold: REACHABLE_THRESHOLD } as const;

export function judgeReached(connectMs: number): HealthFinding {
  return {
    ...REACHABLE,
    severity: 'ok',
    value: 0,
    what: `The source was reached in ${inWords(connectMs, 'ms')}.`,
    figures: { connectMs },
  };
}

export interface Unreachable {
  /** When a run first found it so; undefined: now. */
  readonly since: Date | undefined;
  readonly now: Date;
  /** Whether no run before is known: then nobody knows for how long, and somebody has to look. */
  readonly isFirst: boolean;
}

export function judgeUnreachable(
  failure: LifeboatError,
  { since, now, isFirst }: Unreachable,
): HealthFinding {
  const seconds = since === undefined ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1000);
  const isCritical = isFirst || seconds >= REACHABLE_THRESHOLD.critical;
  return {
    ...REACHABLE,
    severity: isCritical ? 'critical' : 'warning',
    value: isFirst ? null : seconds,
    what:
      since === undefined ? failure.what : `${failure.what} It has been so for ${secondsInWords(seconds)}.`,
    ...(failure.meaning === undefined ? {} : { meaning: failure.meaning }),
    ...(failure.remedy === undefined ? {} : { remedy: failure.remedy }),
    figures: { code: failure.code },
  };
}

export function judgeLatency(latencyMs: number, { severityOf, threshold }: JudgementContext): HealthFinding {
  const severity = severityOf(latencyMs);
  const what = `The server answers in ${inWords(latencyMs, 'ms')}.`;
  const found = { check: 'latency', group: 'server', unit: 'ms', threshold, value: latencyMs, what } as const;
  if (severity === 'ok') return { ...found, severity };
  return {
    ...found,
    severity,
    meaning: 'Every statement of an application takes at least that long from here.',
    remedy: 'Look at the load of the server and at the network between it and this machine.',
  };
}
