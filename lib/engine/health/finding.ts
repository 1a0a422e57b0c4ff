import type { HealthThreshold } from '../../contract/health-thresholds.ts';

/** From the worst to the best. `unknown`: the host, the role or the server does not tell it. */
export const SEVERITIES = ['critical', 'warning', 'info', 'unknown', 'ok'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The groups in the order of the report. */
export const HEALTH_GROUPS = [
  'server',
  'queries',
  'storage',
  'maintenance',
  'schema',
  'row security',
] as const;
export type HealthGroup = (typeof HEALTH_GROUPS)[number];

/** What a value counts: `percent`, `ms`, `s`, `bytes`, a number of objects, or how many times a limit is exceeded. */
export const HEALTH_UNITS = ['percent', 'ms', 's', 'bytes', 'count', 'times'] as const;
export type HealthUnit = (typeof HEALTH_UNITS)[number];

export type Threshold = HealthThreshold;

/** What a judgement says of a measured value. */
export interface Judgement {
  readonly severity: Severity;
  /** In the unit of the check; null if it is not known. Never zero instead. */
  readonly value: number | null;
  /** A sentence. */
  readonly what: string;
  /** What it means for the database or those who use it. */
  readonly meaning?: string;
  /** What to do. */
  readonly remedy?: string;
  /** Statements that look closer, or mend it. Names in them are quoted. Nothing here is ever run by Lifeboat. */
  readonly statements?: readonly string[];
  /** How many objects are concerned, and a few of them. */
  readonly count?: number;
  readonly examples?: readonly string[];
  /** What the value is made of: connections by state. */
  readonly figures?: Readonly<Record<string, number | string | null>>;
}

/** The result of one check. */
export interface HealthFinding extends Judgement {
  /** Kebab-case and stable: `replication-slots`. */
  readonly check: string;
  readonly group: HealthGroup;
  readonly unit: HealthUnit;
  /** Null if the check has none. */
  readonly threshold: Threshold | null;
  /** When it was measured, of a check that is not asked in every run. */
  readonly measuredAt?: string;
}

export function worstOf(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'ok';
}
