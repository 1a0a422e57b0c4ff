import * as v from 'valibot';
import { DRILL_SERVER_PORT, DRILL_TASK_VARIABLES, type DrillLaunch } from '../../lib/contract/drill-task.ts';
import { type ConfiguredExport, EXPORT_FORMATS } from '../../lib/contract/exports.ts';
import { FUNCTION_VARIABLES } from '../../lib/contract/function-variables.ts';
import { HEALTH_MINUTES } from '../../lib/contract/health-results.ts';
import { HOST_PROFILES } from '../../lib/contract/host-profiles.ts';
import { type ClassLocks, LOCK_MODES, type LockMode } from '../../lib/contract/object-lock.ts';
import type { RetentionClass } from '../../lib/contract/retention-classes.ts';
import type { TaskLaunch } from '../../lib/contract/task-launch.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { firstFault, text } from '../../lib/engine/ground/shapes.ts';
import { CHANNEL_KINDS } from '../../lib/notify/channel.ts';
import { SEVERITIES } from '../../lib/notify/notification.ts';
import { optionalFields } from './optional-fields.ts';

/** The functions' variables, set by the stack (lib/contract/function-variables.ts). None holds a secret. */
const ofAll = { [FUNCTION_VARIABLES.environment]: text, [FUNCTION_VARIABLES.vault]: text };
const patterns = v.exactOptional(v.array(text));
const positive = v.pipe(v.number(), v.gtValue(0));
const backupOrder = optionalFields({
  selection: v.exactOptional(
    optionalFields({
      schemas: patterns,
      excludeSchemas: patterns,
      tables: patterns,
      excludeTables: patterns,
      excludeTableData: patterns,
    }),
  ),
  tiers: v.exactOptional(v.array(v.pipe(v.array(text), v.nonEmpty()))),
  hostProfile: v.exactOptional(v.picklist(HOST_PROFILES)),
  jobs: v.exactOptional(v.pipe(positive, v.safeInteger())),
  maxMegabytesPerSecond: v.exactOptional(positive),
});
const json = v.pipe(v.string(), v.parseJson(undefined, 'it is not JSON'));
const lockDays = v.pipe(positive, v.safeInteger());
/** As ClassLocks of lib/contract/object-lock.ts. */
const objectLock = v.strictObject({
  mode: v.picklist(LOCK_MODES),
  days: v.strictObject({ daily: lockDays, weekly: lockDays, monthly: lockDays, manual: lockDays }),
});
const locks = { [FUNCTION_VARIABLES.objectLock]: v.optional(v.pipe(json, objectLock)) };
const heartbeat = { [FUNCTION_VARIABLES.heartbeatSecretArn]: v.optional(text) };
const ofBackup = v.object({
  ...ofAll,
  ...locks,
  ...heartbeat,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.secretArn]: text,
  [FUNCTION_VARIABLES.backupOrder]: v.optional(v.pipe(json, backupOrder), '{}'),
  [FUNCTION_VARIABLES.ageRecipients]: v.optional(v.pipe(json, v.array(text), v.nonEmpty())),
  LIFEBOAT_DRILL_ROOM_MB: v.optional(v.pipe(v.string(), v.digits(), v.transform(Number))),
});
const customCheck = v.strictObject({ name: text, sql: text, expect: v.string() });
const replica = { [FUNCTION_VARIABLES.replica]: v.optional(v.literal('yes')) };
/** As DrillLaunch of lib/contract/drill-task.ts. */
const drillLaunch = v.object({
  when: v.picklist(['auto', 'task']),
  ...{ cluster: text, family: text, group: text, taskRole: text, volumeRole: text },
  ownImage: v.boolean(),
  ...{ subnets: v.array(text), securityGroups: v.array(text), publicIp: v.boolean() },
  hours: positive,
});
const size = v.pipe(positive, v.safeInteger());
/** As TaskLaunch of lib/contract/task-launch.ts. */
const taskLaunch = v.strictObject({
  when: v.picklist(['auto', 'task']),
  ...{ cluster: text, definition: text, subnets: v.array(text), securityGroups: v.array(text) },
  ...{ publicIp: v.boolean(), vcpu: size, memoryGb: size, hours: size },
});
const ofBackupFunction = v.object({ [FUNCTION_VARIABLES.task]: v.optional(v.pipe(json, taskLaunch)) });
const ofTask = v.object({
  [FUNCTION_VARIABLES.taskOrder]: v.pipe(json, v.unknown()),
  [FUNCTION_VARIABLES.taskHours]: v.pipe(v.string(), v.digits(), v.transform(Number)),
  [FUNCTION_VARIABLES.taskSize]: v.pipe(
    v.string(),
    v.regex(/^\d+ \d+$/),
    v.transform((sizes) => sizes.split(' ').map(Number)),
  ),
});
const ofDrill = v.object({
  ...ofAll,
  ...locks,
  ...replica,
  ...heartbeat,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.drillChecks]: v.optional(v.pipe(json, v.array(customCheck)), '[]'),
  [FUNCTION_VARIABLES.ageIdentitySecretArn]: v.optional(text),
  [FUNCTION_VARIABLES.signingKeyArn]: v.optional(text),
  [FUNCTION_VARIABLES.drillTask]: v.optional(v.pipe(json, drillLaunch)),
  [FUNCTION_VARIABLES.provesChanges]: v.optional(v.literal('yes')),
});
const whole = v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1));
const ofDrillTask = v.object({
  [DRILL_TASK_VARIABLES.backup]: text,
  [DRILL_TASK_VARIABLES.jobs]: v.optional(whole, '4'),
  [DRILL_TASK_VARIABLES.hours]: v.optional(whole, '12'),
  [DRILL_TASK_VARIABLES.port]: v.optional(whole, String(DRILL_SERVER_PORT)),
});
const watchedSource = v.object({ name: text, backupSchedule: text, drillSchedule: v.exactOptional(text) });
const ofSentinel = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.sources]: v.pipe(json, v.array(watchedSource), v.nonEmpty()),
  ...replica,
  [FUNCTION_VARIABLES.scrubSchedule]: v.optional(text),
});

const days = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const ofKeeper = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.keptDays]: v.pipe(
    json,
    v.strictObject({ daily: days, weekly: days, monthly: days, manual: days }),
  ),
  [FUNCTION_VARIABLES.undrilledSources]: v.optional(v.pipe(json, v.array(text)), '[]'),
  [FUNCTION_VARIABLES.keptChangesDays]: v.optional(v.pipe(json, v.record(text, days)), '{}'),
});

const channel = v.strictObject({
  name: text,
  kind: v.picklist(CHANNEL_KINDS),
  secretArn: text,
  hears: v.array(v.picklist(SEVERITIES)),
});
const ofNotify = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.channels]: v.pipe(json, v.array(channel)),
  [FUNCTION_VARIABLES.mailTopic]: text,
  [FUNCTION_VARIABLES.alertTable]: text,
  [FUNCTION_VARIABLES.sourceNames]: v.pipe(json, v.array(text)),
  [FUNCTION_VARIABLES.gatherSeconds]: v.pipe(v.string(), v.digits(), v.transform(Number)),
  [FUNCTION_VARIABLES.healthResults]: v.optional(text),
  [FUNCTION_VARIABLES.measuredSources]: v.optional(
    v.pipe(json, v.array(v.pipe(v.number(), v.safeInteger()))),
    '[]',
  ),
  AWS_REGION: v.optional(v.string(), 'us-east-1'),
});

export type ChannelSecret = Readonly<v.InferOutput<typeof channel>>;
const ofScrub = v.object({ ...ofAll, [FUNCTION_VARIABLES.scrubWork]: text });
const ofScrubEnd = v.object({
  ...ofScrub.entries,
  [FUNCTION_VARIABLES.alertTopic]: text,
  [FUNCTION_VARIABLES.runbook]: text,
  [FUNCTION_VARIABLES.scrubSources]: v.pipe(json, v.array(text)),
});
const ofHealth = v.object({
  [FUNCTION_VARIABLES.environment]: text,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.secretArn]: text,
  [FUNCTION_VARIABLES.healthResults]: text,
  [FUNCTION_VARIABLES.healthEveryMinutes]: v.pipe(
    v.string(),
    v.digits(),
    v.transform(Number),
    v.minValue(HEALTH_MINUTES.from),
    v.maxValue(HEALTH_MINUTES.to),
  ),
  [FUNCTION_VARIABLES.healthSettings]: v.optional(json, '{}'),
});

const endpointSource = v.object({
  name: text,
  backupSeconds: positive,
  proofSeconds: v.exactOptional(positive),
  measured: v.boolean(),
});
const ofEndpoint = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.endpointSources]: v.pipe(json, v.array(endpointSource), v.nonEmpty()),
  [FUNCTION_VARIABLES.healthResults]: text,
  [FUNCTION_VARIABLES.endpointSecretArn]: v.optional(text),
  [FUNCTION_VARIABLES.endpointHeader]: v.optional(text),
});

/** As StatusPageFunction writes it. */
const statusSource = v.pipe(
  v.tuple([text, positive, v.number(), positive, positive, positive]),
  v.transform(([name, backupSeconds, proofSeconds, recoverySeconds, sizePercent, durationFactor]) => ({
    ...{ name, backupSeconds, recoverySeconds, sizePercent, durationFactor },
    proofSeconds: proofSeconds === 0 ? undefined : proofSeconds,
    changesSeconds: 3600,
  })),
);
const ofStatusPage = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.statusPages]: text,
  [FUNCTION_VARIABLES.statusSources]: v.pipe(json, v.array(statusSource), v.nonEmpty()),
  AWS_REGION: v.optional(v.string(), 'us-east-1'),
});

const number = v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1));
const ofSlotWatch = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.secretArn]: text,
  [FUNCTION_VARIABLES.maxHeldWalBytes]: number,
});
const ofCapture = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.secretArn]: text,
  [FUNCTION_VARIABLES.captureEveryMinutes]: number,
  [FUNCTION_VARIABLES.backupFunction]: text,
  [FUNCTION_VARIABLES.baseMinutes]: number,
  [FUNCTION_VARIABLES.ageRecipients]: v.optional(v.pipe(json, v.array(text), v.nonEmpty())),
  [FUNCTION_VARIABLES.hostProfile]: v.optional(v.picklist(HOST_PROFILES)),
});

/** As ConfiguredExport of lib/contract/exports.ts. */
const configuredExport = optionalFields({
  name: text,
  tables: v.exactOptional(v.array(text)),
  query: v.exactOptional(text),
  format: v.picklist(EXPORT_FORMATS),
  keepDays: v.pipe(positive, v.safeInteger()),
});
const ofExport = v.object({
  ...ofAll,
  [FUNCTION_VARIABLES.source]: text,
  [FUNCTION_VARIABLES.exports]: v.pipe(json, v.array(configuredExport), v.nonEmpty()),
  [FUNCTION_VARIABLES.exportsBucket]: text,
  [FUNCTION_VARIABLES.ageIdentitySecretArn]: v.optional(text),
});

export type EndpointSource = Readonly<v.InferOutput<typeof endpointSource>>;

export function endpointEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofEndpoint, variables);
  return {
    vault: read[FUNCTION_VARIABLES.vault],
    sources: read[FUNCTION_VARIABLES.endpointSources] satisfies readonly EndpointSource[],
    results: read[FUNCTION_VARIABLES.healthResults],
    secretArn: read[FUNCTION_VARIABLES.endpointSecretArn],
    header: read[FUNCTION_VARIABLES.endpointHeader],
  };
}

export function statusPageEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofStatusPage, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    pages: read[FUNCTION_VARIABLES.statusPages],
    sources: read[FUNCTION_VARIABLES.statusSources],
    region: read.AWS_REGION,
  };
}

export type WatchedSource = Readonly<v.InferOutput<typeof watchedSource>>;
type Variables = Readonly<Record<string, string | undefined>>;

export function backupEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofBackup, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    source: read[FUNCTION_VARIABLES.source],
    secretArn: read[FUNCTION_VARIABLES.secretArn],
    order: read[FUNCTION_VARIABLES.backupOrder],
    objectLock: read[FUNCTION_VARIABLES.objectLock] satisfies ClassLocks | undefined,
    ageRecipients: read[FUNCTION_VARIABLES.ageRecipients],
    drillRoomMb: read.LIFEBOAT_DRILL_ROOM_MB,
    heartbeatSecretArn: read[FUNCTION_VARIABLES.heartbeatSecretArn],
  };
}

/** How the backup function starts a task; undefined if it has none. */
export function launchEnvironment(variables: Variables = process.env): TaskLaunch | undefined {
  return readVariables(ofBackupFunction, variables)[FUNCTION_VARIABLES.task];
}

/** What the task of a backup was told when it was started, and by its definition. */
export function taskEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofTask, variables);
  const [vcpu = 0, memoryGb = 0] = read[FUNCTION_VARIABLES.taskSize];
  return {
    order: read[FUNCTION_VARIABLES.taskOrder],
    hours: read[FUNCTION_VARIABLES.taskHours],
    ...{ vcpu, memoryGb },
  };
}

export function drillEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofDrill, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    source: read[FUNCTION_VARIABLES.source],
    checks: read[FUNCTION_VARIABLES.drillChecks],
    isReplica: read[FUNCTION_VARIABLES.replica] === 'yes',
    ageIdentitySecretArn: read[FUNCTION_VARIABLES.ageIdentitySecretArn],
    heartbeatSecretArn: read[FUNCTION_VARIABLES.heartbeatSecretArn],
    signingKeyArn: read[FUNCTION_VARIABLES.signingKeyArn],
    objectLock: read[FUNCTION_VARIABLES.objectLock] satisfies ClassLocks | undefined,
    provesChanges: read[FUNCTION_VARIABLES.provesChanges] === 'yes',
    launch: read[FUNCTION_VARIABLES.drillTask] satisfies DrillLaunch | undefined,
  };
}

/** What a drill's task is told by the function that starts it, besides what drills are told. */
export function drillTaskEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofDrillTask, variables);
  return {
    backup: read[DRILL_TASK_VARIABLES.backup],
    jobs: read[DRILL_TASK_VARIABLES.jobs],
    hours: read[DRILL_TASK_VARIABLES.hours],
    port: read[DRILL_TASK_VARIABLES.port],
  };
}

/** The variables of a drill function that its task must have too, as they are. */
export function variablesOfDrill(variables: Variables = process.env): Record<string, string> {
  const names = Object.keys(ofDrill.entries).filter((name) => name !== FUNCTION_VARIABLES.drillTask);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

export function sentinelEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofSentinel, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    sources: read[FUNCTION_VARIABLES.sources] satisfies readonly WatchedSource[],
    isReplica: read[FUNCTION_VARIABLES.replica] === 'yes',
    scrubSchedule: read[FUNCTION_VARIABLES.scrubSchedule],
  };
}

export function keeperEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofKeeper, variables);
  return {
    vault: read[FUNCTION_VARIABLES.vault],
    days: read[FUNCTION_VARIABLES.keptDays],
    undrilled: read[FUNCTION_VARIABLES.undrilledSources],
    changesDays: read[FUNCTION_VARIABLES.keptChangesDays],
  };
}

export function notifyEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofNotify, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    channels: read[FUNCTION_VARIABLES.channels] satisfies readonly ChannelSecret[],
    mailTopic: read[FUNCTION_VARIABLES.mailTopic],
    alertTable: read[FUNCTION_VARIABLES.alertTable],
    sources: read[FUNCTION_VARIABLES.sourceNames],
    gatherMs: read[FUNCTION_VARIABLES.gatherSeconds] * 1000,
    results: read[FUNCTION_VARIABLES.healthResults],
    measured: read[FUNCTION_VARIABLES.measuredSources].flatMap(
      (place) => read[FUNCTION_VARIABLES.sourceNames][place] ?? [],
    ),
    region: read.AWS_REGION,
  };
}

export function scrubEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofScrub, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    work: read[FUNCTION_VARIABLES.scrubWork],
  };
}

export function scrubEndEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofScrubEnd, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    work: read[FUNCTION_VARIABLES.scrubWork],
    alertTopic: read[FUNCTION_VARIABLES.alertTopic],
    runbook: read[FUNCTION_VARIABLES.runbook],
    sources: read[FUNCTION_VARIABLES.scrubSources],
  };
}

/** `settings` are for the engine to check. */
export function healthEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofHealth, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    source: read[FUNCTION_VARIABLES.source],
    secretArn: read[FUNCTION_VARIABLES.secretArn],
    results: read[FUNCTION_VARIABLES.healthResults],
    everyMinutes: read[FUNCTION_VARIABLES.healthEveryMinutes],
    settings: read[FUNCTION_VARIABLES.healthSettings] as unknown,
  };
}

export function captureEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofCapture, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    source: read[FUNCTION_VARIABLES.source],
    secretArn: read[FUNCTION_VARIABLES.secretArn],
    everyMinutes: read[FUNCTION_VARIABLES.captureEveryMinutes],
    backupFunction: read[FUNCTION_VARIABLES.backupFunction],
    baseMinutes: read[FUNCTION_VARIABLES.baseMinutes],
    ageRecipients: read[FUNCTION_VARIABLES.ageRecipients],
    hostProfile: read[FUNCTION_VARIABLES.hostProfile],
  };
}

export function exportEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofExport, variables);
  return {
    vault: read[FUNCTION_VARIABLES.vault],
    source: read[FUNCTION_VARIABLES.source],
    exports: read[FUNCTION_VARIABLES.exports] satisfies readonly ConfiguredExport[],
    bucket: read[FUNCTION_VARIABLES.exportsBucket],
    ageIdentitySecretArn: read[FUNCTION_VARIABLES.ageIdentitySecretArn],
  };
}

export function slotWatchEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofSlotWatch, variables);
  return {
    environment: read[FUNCTION_VARIABLES.environment],
    vault: read[FUNCTION_VARIABLES.vault],
    source: read[FUNCTION_VARIABLES.source],
    secretArn: read[FUNCTION_VARIABLES.secretArn],
    maxHeldWalBytes: read[FUNCTION_VARIABLES.maxHeldWalBytes],
  };
}

/** The lock of a class, as the engine takes it. Empty without locks. */
export function lockOf(
  locks: ClassLocks | undefined,
  retentionClass: RetentionClass,
): { lock?: { mode: LockMode; days: number } } {
  return locks ? { lock: { mode: locks.mode, days: locks.days[retentionClass] } } : {};
}

function readVariables<Schema extends v.GenericSchema>(
  schema: Schema,
  variables: Variables,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, variables);
  if (read.success) return read.output;
  throw new LifeboatError({
    code: 'function-misconfigured',
    kind: 'usage',
    what: `The function's environment variables cannot be used: ${firstFault(read.issues)}.`,
    meaning: 'The stack sets all of these variables, so somebody has changed this one by hand.',
    remedy:
      'Change it back: `npx cdk drift` shows its original value. Deploying again fixes it only if the stack itself has changed.',
  });
}
