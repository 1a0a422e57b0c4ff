/**
 * Settings of a server that exists for one drill, and may be lost at any moment: nothing of it has to survive a crash
 * (PostgreSQL manual, "Non-Durable Settings"). With `wal_level` minimal, an index and what is loaded frozen write no WAL at
 * all (manual, "Disable WAL Archival and Streaming Replication").
 */
export const DRILL_SERVER_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  checkpoint_timeout: '1h',
  // Nothing is changed after it was loaded, and a drill makes its own statistics.
  autovacuum: 'off',
  // In /dev/shm a container has 64 MB, and Fargate has no setting for more (Amazon ECS API Reference, LinuxParameters,
  // "sharedMemorySize"). The check of a foreign key by several workers needs more.
  dynamic_shared_memory_type: 'sysv',
  jit: 'off',
  // A log must not show rows, and details and statements hold some.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const;
