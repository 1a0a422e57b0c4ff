/** Environment variables of the functions: what a handler is told besides its event. None holds a secret. */
export const FUNCTION_VARIABLES = {
  /** Name of the environment: the value of the metrics' Environment dimension. */
  environment: 'LIFEBOAT_ENVIRONMENT',
  /** `s3://bucket` */
  vault: 'LIFEBOAT_VAULT',
  /** Backup and restore-drill: name of the one source they serve. */
  source: 'LIFEBOAT_SOURCE',
  /** Backup: ARN of the secret that holds the source's URL or RDS JSON. */
  secretArn: 'LIFEBOAT_SECRET_ARN',
  /** Sentinel: JSON, `[{"name":"app","backupSchedule":"…","drillSchedule":"…"}]`, the last two being names of schedules. */
  sources: 'LIFEBOAT_SOURCES',
} as const;
