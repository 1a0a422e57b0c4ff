/** The environment variables that configure the functions. None holds a secret. */
export const FUNCTION_VARIABLES = {
  /** Name of the environment: the value of the metrics' Environment dimension. */
  environment: 'LIFEBOAT_ENVIRONMENT',
  /** `s3://bucket` */
  vault: 'LIFEBOAT_VAULT',
  /** Backup and restore-drill: the name of the source that the function serves. */
  source: 'LIFEBOAT_SOURCE',
  /** Backup: ARN of the secret that holds the source's URL or RDS JSON. */
  secretArn: 'LIFEBOAT_SECRET_ARN',
  /**
   * Backup: JSON, `{"selection":{…},"hostProfile":"…","jobs":4,"maxMegabytesPerSecond":20}`. Absent if all
   * settings have their defaults.
   */
  backupOrder: 'LIFEBOAT_BACKUP_ORDER',
  /** Backup: the /tmp of the function that drills its backups, in MB. Absent if no function does. */
  drillRoomMb: 'LIFEBOAT_DRILL_ROOM_MB',
  /**
   * Backup and restore-drill: JSON, `{"mode":"governance","days":{"daily":7,"weekly":28,"monthly":365,"manual":30}}`:
   * every object is locked at its write for the days of its class. Absent without locks.
   */
  objectLock: 'LIFEBOAT_OBJECT_LOCK',
  /** Backup: JSON, a list of age recipients, `["age1…"]`. Absent if backups are not encrypted to recipients. */
  ageRecipients: 'LIFEBOAT_AGE_RECIPIENTS',
  /** Backup: JSON, how to start a task for what does not fit (lib/contract/task-launch.ts). Absent without a task. */
  task: 'LIFEBOAT_TASK',
  /** A backup's task: JSON, the backup that it makes. It comes from the function that starts the task. */
  taskOrder: 'LIFEBOAT_TASK_ORDER',
  /** A backup's task: the hours after which it ends itself. */
  taskHours: 'LIFEBOAT_TASK_HOURS',
  /** A backup's task: its vCPUs and its memory in GB, `2 4`, from which its cost follows. */
  taskSize: 'LIFEBOAT_TASK_SIZE',
  /** Restore-drill: JSON, how to start a task (lib/contract/drill-task.ts). Absent without a task. */
  drillTask: 'LIFEBOAT_DRILL_TASK',
  /** Restore-drill: ARN of the secret that holds the age identity. Absent if the source's backups need none. */
  ageIdentitySecretArn: 'LIFEBOAT_AGE_IDENTITY_SECRET_ARN',
  /** Restore-drill: ARN of the key in KMS that signs records of drills. Absent if nobody signs them. */
  signingKeyArn: 'LIFEBOAT_SIGNING_KEY_ARN',
  /** Restore-drill: JSON, `[{"name":"…","sql":"…","expect":"…"}]`. Absent without checks. */
  drillChecks: 'LIFEBOAT_DRILL_CHECKS',
  /**
   * Sentinel: JSON, `[{"name":"app","backupSchedule":"…","drillSchedule":"…"}]`. The last two are names of
   * schedules; `drillSchedule` is absent if no function drills the source.
   */
  sources: 'LIFEBOAT_SOURCES',
  /**
   * Sentinel and restore-drill: `yes` if the vault is a replica. Then only what concerns a replica is published, and no
   * proof is written.
   */
  replica: 'LIFEBOAT_REPLICA',
  /** Keeper: JSON, `{"daily":7,"weekly":28,"monthly":365,"manual":30}`: the days that each class keeps. */
  keptDays: 'LIFEBOAT_KEPT_DAYS',
  /** Notify: JSON, the places of those sources, among all, whose health is measured, `[0]`. Absent if none is. */
  measuredSources: 'LIFEBOAT_MEASURED_SOURCES',
  /** Health, health-endpoint and notify: `s3://bucket`, where results lie (health-results.ts). */
  healthResults: 'LIFEBOAT_HEALTH_RESULTS',
  /** Health: how often the function runs, in minutes. */
  healthEveryMinutes: 'LIFEBOAT_HEALTH_EVERY_MINUTES',
  /**
   * Health: JSON, `{"sizeLimitBytes":8000000000,"apiSchemas":["public"],"thresholds":{"bloat":{"warning":null}}}`.
   * Absent if all settings have their defaults.
   */
  healthSettings: 'LIFEBOAT_HEALTH_SETTINGS',
  /** Keeper: JSON, names of the sources that nobody drills, `["logs"]`. */
  undrilledSources: 'LIFEBOAT_UNDRILLED_SOURCES',
  /** Keeper: JSON, for how many days changes are kept of each source that is captured, `{"app":7}`. Absent if none is. */
  keptChangesDays: 'LIFEBOAT_KEPT_CHANGES_DAYS',
  /** Restore-drill: `yes` if the source's changes are captured, so that a drill proves them, too. */
  provesChanges: 'LIFEBOAT_PROVES_CHANGES',
  /** Notify: JSON, `[{"name":"ops","kind":"slack","secretArn":"arn:…","hears":["critical"]}]`. */
  channels: 'LIFEBOAT_CHANNELS',
  /** Notify: ARN of the topic that people get e-mail from. */
  mailTopic: 'LIFEBOAT_MAIL_TOPIC',
  /** Notify: name of the table that keeps what people were told. */
  alertTable: 'LIFEBOAT_ALERT_TABLE',
  /** Notify: JSON, names of the sources, `["app"]`. */
  sourceNames: 'LIFEBOAT_SOURCE_NAMES',
  /** Notify: for so many seconds messages that come together are gathered. */
  gatherSeconds: 'LIFEBOAT_GATHER_SECONDS',
  /** Backup and restore-drill: ARN of the secret with the address of a monitor outside. Absent without one. */
  heartbeatSecretArn: 'LIFEBOAT_HEARTBEAT_SECRET_ARN',
  /** Scrub: `s3://bucket` of lists and results, which expire within days. */
  scrubWork: 'LIFEBOAT_SCRUB_WORK',
  /** End of a scrub: ARN of the topic that it tells. */
  alertTopic: 'LIFEBOAT_ALERT_TOPIC',
  /** End of a scrub: URL or path of the runbook. */
  runbook: 'LIFEBOAT_RUNBOOK',
  /** End of a scrub: JSON, names of the sources of which it publishes metrics, `["app"]`. */
  scrubSources: 'LIFEBOAT_SCRUB_SOURCES',
  /** Sentinel: name of the schedule of scrubs. Absent if there is none. */
  scrubSchedule: 'LIFEBOAT_SCRUB_SCHEDULE',
  /** Endpoint: JSON, `[{"name":"app","backupSeconds":90000,"proofSeconds":700000,"measured":true}]`. */
  endpointSources: 'LIFEBOAT_ENDPOINT_SOURCES',
  /** Endpoint: the secret that monitors send, and in which header. Absent if IAM lets them in. */
  endpointSecretArn: 'LIFEBOAT_ENDPOINT_SECRET_ARN',
  endpointHeader: 'LIFEBOAT_ENDPOINT_HEADER',
  /** Status page: `s3://bucket`, where the page lies (status-page.ts). */
  statusPages: 'LIFEBOAT_STATUS_PAGES',
  /**
   * Status page: JSON, `[["app",90900,0,600,50,2]]`: of each source its name, how many seconds its newest backup and its
   * newest proof may be old (0: nobody drills it), how many a restore may take, and what deviates by how much.
   */
  statusSources: 'LIFEBOAT_STATUS_SOURCES',
  /** Capture: how often it runs, in minutes. */
  captureEveryMinutes: 'LIFEBOAT_CAPTURE_EVERY_MINUTES',
  /** Capture: name of the backup function, which it asks for a base. */
  backupFunction: 'LIFEBOAT_BACKUP_FUNCTION',
  /** Capture: for so many minutes a base that it asked for may be under way. */
  baseMinutes: 'LIFEBOAT_BASE_MINUTES',
  /** Capture: whose host it is, as of a backup. Absent if the host name tells. */
  hostProfile: 'LIFEBOAT_HOST_PROFILE',
  /** Watchdog of the slot: at so many bytes of WAL it drops the slot. */
  maxHeldWalBytes: 'LIFEBOAT_MAX_HELD_WAL_BYTES',
  /** Export: JSON, `[{"name":"users","tables":["public.users"],"format":"csv","keepDays":7}]` (lib/contract/exports.ts). */
  exports: 'LIFEBOAT_EXPORTS',
  /** Export: `s3://bucket`, where exports lie for days. */
  exportsBucket: 'LIFEBOAT_EXPORTS_BUCKET',
} as const;
