/** From which value on a finding is a warning, and from which on it is critical. Null: never. */
export interface HealthThreshold {
  readonly warning: number | null;
  readonly critical: number | null;
}

/**
 * The thresholds unless somebody gives others. Each is in the unit of its check; `cache-hits` counts downwards.
 * Freeze ages are shares of the 2^31 IDs after which the server stops.
 */
export const DEFAULT_THRESHOLDS = {
  latency: { warning: 500, critical: 2000 },
  connections: { warning: 80, critical: 95 },
  'longest-query': { warning: 300, critical: 3600 },
  'idle-in-transaction': { warning: 300, critical: 3600 },
  'lock-waits': { warning: 30, critical: 300 },
  'slow-queries': { warning: 500, critical: 2000 },
  rollbacks: { warning: 5, critical: 10 },
  'cache-hits': { warning: 90, critical: null },
  'database-size': { warning: 80, critical: 95 },
  'replication-slots': { warning: 1e9, critical: 1e10 },
  'dead-rows': { warning: 20, critical: null },
  bloat: { warning: 50, critical: null },
  'unused-indexes': { warning: null, critical: null },
  'checksum-failures': { warning: 1, critical: 1 },
  'transaction-ids': { warning: 40, critical: 75 },
  'multixact-ids': { warning: 40, critical: 75 },
  autovacuum: { warning: 2, critical: null },
  'prepared-transactions': { warning: 300, critical: 3600 },
  'invalid-indexes': { warning: 1, critical: null },
  sequences: { warning: 80, critical: 95 },
  'primary-keys': { warning: null, critical: null },
  'foreign-keys': { warning: null, critical: null },
  'row-security': { warning: 1, critical: 1 },
  'policy-calls': { warning: 1, critical: null },
  'row-security-cost': { warning: 500, critical: 2000 },
} as const satisfies Record<string, HealthThreshold>;

export type CheckName = keyof typeof DEFAULT_THRESHOLDS;

export const CHECK_NAMES = Object.keys(DEFAULT_THRESHOLDS) as readonly CheckName[];

/** The only check of which less is worse. */
export const COUNTS_DOWNWARDS: CheckName = 'cache-hits';
