/**
 * How long one attempt may wait for all its locks together. Everybody who wants one of them waits behind it, so this
 * is the longest that others wait for nothing. It is longer than PostgreSQL's deadlock_timeout of 1 s, after which an
 * autovacuum gives way (PostgreSQL manual, "Routine Vacuuming", 24.1.6).
 */
export const LOCK_ATTEMPT_MS = 1200;
