import { type HealthCheck, healthCheck } from './check.ts';
import {
  judgeCacheHits,
  judgeChecksums,
  judgeRollbacks,
  judgeRowSecurityCost,
  judgeSlowQueries,
} from './judgements/activity.ts';
import {
  judgeAutovacuum,
  judgeInvalidIndexes,
  judgeMultixactIds,
  judgePreparedTransactions,
  judgeSequences,
  judgeTransactionIds,
} from './judgements/maintenance.ts';
import {
  judgeForeignKeys,
  judgePolicyCalls,
  judgePrimaryKeys,
  judgeRowSecurity,
} from './judgements/schema.ts';
import {
  judgeConnections,
  judgeIdleInTransaction,
  judgeLockWaits,
  judgeLongestQuery,
} from './judgements/sessions.ts';
import {
  judgeBloat,
  judgeDatabaseSize,
  judgeDeadRows,
  judgeReplicationSlots,
  judgeUnusedIndexes,
} from './judgements/storage.ts';
import { tableBloat } from './measures/bloat.ts';
import { connections } from './measures/connections.ts';
import { databaseActivity } from './measures/database-activity.ts';
import { databaseSize } from './measures/database-size.ts';
import { freezeAges } from './measures/freeze-ages.ts';
import { invalidIndexes, unusedIndexes } from './measures/indexes.ts';
import { keylessTables, unindexedKeys } from './measures/keys.ts';
import { preparedTransactions } from './measures/prepared-transactions.ts';
import { replicationSlots } from './measures/replication-slots.ts';
import { callingPolicies, unguardedTables } from './measures/row-security.ts';
import { sequencesUse } from './measures/sequences.ts';
import { busySessions } from './measures/sessions.ts';
import { statements } from './measures/statements.ts';
import { vacuumedTables } from './measures/tables.ts';

const [inServer, inQueries, inStorage, inMaintenance, inSchema, inRowSecurity] = [
  { group: 'server' },
  { group: 'queries' },
  { group: 'storage' },
  { group: 'maintenance' },
  { group: 'schema' },
  { group: 'row security' },
] as const;

/** Every check, in the order of the report: what is measured, and how it is judged. `reachable` and `latency` come first. */
export const HEALTH_CHECKS: readonly HealthCheck[] = [
  healthCheck({
    name: 'connections',
    ...inServer,
    unit: 'percent',
    measure: connections,
    judge: judgeConnections,
  }),
  healthCheck({
    name: 'rollbacks',
    ...inServer,
    unit: 'percent',
    measure: databaseActivity,
    judge: judgeRollbacks,
  }),
  healthCheck({
    name: 'cache-hits',
    ...inServer,
    unit: 'percent',
    measure: databaseActivity,
    judge: judgeCacheHits,
  }),
  healthCheck({
    name: 'longest-query',
    ...inQueries,
    unit: 's',
    measure: busySessions,
    judge: judgeLongestQuery,
  }),
  healthCheck({
    name: 'idle-in-transaction',
    ...inQueries,
    unit: 's',
    measure: busySessions,
    judge: judgeIdleInTransaction,
  }),
  healthCheck({ name: 'lock-waits', ...inQueries, unit: 's', measure: busySessions, judge: judgeLockWaits }),
  healthCheck({
    name: 'slow-queries',
    ...inQueries,
    unit: 'ms',
    measure: statements,
    judge: judgeSlowQueries,
  }),
  healthCheck({
    name: 'database-size',
    ...inStorage,
    unit: 'percent',
    measure: databaseSize,
    judge: judgeDatabaseSize,
  }),
  healthCheck({
    name: 'replication-slots',
    ...inStorage,
    unit: 'bytes',
    measure: replicationSlots,
    judge: judgeReplicationSlots,
  }),
  healthCheck({
    name: 'checksum-failures',
    ...inStorage,
    unit: 'count',
    measure: databaseActivity,
    judge: judgeChecksums,
  }),
  healthCheck({
    name: 'dead-rows',
    ...inStorage,
    unit: 'percent',
    measure: vacuumedTables,
    judge: judgeDeadRows,
  }),
  healthCheck({ name: 'bloat', ...inStorage, unit: 'percent', measure: tableBloat, judge: judgeBloat }),
  healthCheck({
    name: 'unused-indexes',
    ...inStorage,
    unit: 'bytes',
    measure: unusedIndexes,
    judge: judgeUnusedIndexes,
  }),
  healthCheck({
    name: 'transaction-ids',
    ...inMaintenance,
    unit: 'percent',
    measure: freezeAges,
    judge: judgeTransactionIds,
  }),
  healthCheck({
    name: 'multixact-ids',
    ...inMaintenance,
    unit: 'percent',
    measure: freezeAges,
    judge: judgeMultixactIds,
  }),
  healthCheck({
    name: 'autovacuum',
    ...inMaintenance,
    unit: 'times',
    measure: vacuumedTables,
    judge: judgeAutovacuum,
  }),
  healthCheck({
    name: 'prepared-transactions',
    ...inMaintenance,
    unit: 's',
    measure: preparedTransactions,
    judge: judgePreparedTransactions,
  }),
  healthCheck({
    name: 'invalid-indexes',
    ...inMaintenance,
    unit: 'count',
    measure: invalidIndexes,
    judge: judgeInvalidIndexes,
  }),
  healthCheck({
    name: 'sequences',
    ...inMaintenance,
    unit: 'percent',
    measure: sequencesUse,
    judge: judgeSequences,
  }),
  healthCheck({
    name: 'primary-keys',
    ...inSchema,
    unit: 'count',
    measure: keylessTables,
    judge: judgePrimaryKeys,
  }),
  healthCheck({
    name: 'foreign-keys',
    ...inSchema,
    unit: 'count',
    measure: unindexedKeys,
    judge: judgeForeignKeys,
  }),
  healthCheck({
    name: 'row-security',
    ...inRowSecurity,
    unit: 'count',
    measure: unguardedTables,
    judge: judgeRowSecurity,
  }),
  healthCheck({
    name: 'policy-calls',
    ...inRowSecurity,
    unit: 'count',
    measure: callingPolicies,
    judge: judgePolicyCalls,
  }),
  healthCheck({
    name: 'row-security-cost',
    ...inRowSecurity,
    unit: 'ms',
    measure: statements,
    judge: judgeRowSecurityCost,
  }),
];
