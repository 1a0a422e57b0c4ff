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
  /** Backup: JSON, `{"selection":{…},"hostProfile":"…","jobs":4,"maxMegabytesPerSecond":20}`; not there when all is as usual. */
  backupOrder: 'LIFEBOAT_BACKUP_ORDER',
  /** Backup: the /tmp of the function that drills its backups, in MB; not there where none does. */
  drillRoomMb: 'LIFEBOAT_DRILL_ROOM_MB',
  /** Restore-drill: JSON, `[{"name":"…","sql":"…","expect":"…"}]`; not there without checks. */
  drillChecks: 'LIFEBOAT_DRILL_CHECKS',
  /** Sentinel: JSON, `[{"name":"app","backupSchedule":"…","drillSchedule":"…"}]`, the last two being names of schedules; without the last where no function drills. */
  sources: 'LIFEBOAT_SOURCES',
} as const;
