export { LifeboatError } from '../engine/ground/errors.ts';
export { checkDatabaseHealth, type DatabaseHealth } from './database-health.ts';
export { POOL_DEFAULTS, type PoolEnvironment } from './pool-settings.ts';
export { ResilientPool, type ResilientPoolOptions } from './resilient-pool.ts';
export { shutdownOnSignals } from './shutdown-on-signals.ts';
