import * as v from 'valibot';
import { HOST_PROFILES } from '../../lib/engine/connection/host-profile.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { firstFault, text } from '../../lib/engine/ground/shapes.ts';
import { optionalFields } from './optional-fields.ts';

/** The variables that the stack gives to the functions (lib/infra/functions/function-variables.ts). None holds a secret. */
const ofAll = { LIFEBOAT_ENVIRONMENT: text, LIFEBOAT_VAULT: text };
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
const ofBackup = v.object({
  ...ofAll,
  LIFEBOAT_SOURCE: text,
  LIFEBOAT_SECRET_ARN: text,
  LIFEBOAT_BACKUP_ORDER: v.optional(v.pipe(json, backupOrder), '{}'),
  LIFEBOAT_DRILL_ROOM_MB: v.optional(v.pipe(v.string(), v.digits(), v.transform(Number))),
});
const customCheck = v.strictObject({ name: text, sql: text, expect: v.string() });
const ofDrill = v.object({
  ...ofAll,
  LIFEBOAT_SOURCE: text,
  LIFEBOAT_DRILL_CHECKS: v.optional(v.pipe(json, v.array(customCheck)), '[]'),
});
const watchedSource = v.object({ name: text, backupSchedule: text, drillSchedule: v.exactOptional(text) });
const ofSentinel = v.object({
  ...ofAll,
  LIFEBOAT_SOURCES: v.pipe(json, v.array(watchedSource), v.nonEmpty()),
});

export type WatchedSource = Readonly<v.InferOutput<typeof watchedSource>>;
type Variables = Readonly<Record<string, string | undefined>>;

export function backupEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofBackup, variables);
  return {
    environment: read.LIFEBOAT_ENVIRONMENT,
    vault: read.LIFEBOAT_VAULT,
    source: read.LIFEBOAT_SOURCE,
    secretArn: read.LIFEBOAT_SECRET_ARN,
    order: read.LIFEBOAT_BACKUP_ORDER,
    drillRoomMb: read.LIFEBOAT_DRILL_ROOM_MB,
  };
}

export function drillEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofDrill, variables);
  return {
    environment: read.LIFEBOAT_ENVIRONMENT,
    vault: read.LIFEBOAT_VAULT,
    source: read.LIFEBOAT_SOURCE,
    checks: read.LIFEBOAT_DRILL_CHECKS,
  };
}

export function sentinelEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofSentinel, variables);
  return {
    environment: read.LIFEBOAT_ENVIRONMENT,
    vault: read.LIFEBOAT_VAULT,
    sources: read.LIFEBOAT_SOURCES satisfies readonly WatchedSource[],
  };
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
    meaning: 'The stack sets all of them, so somebody has changed this one by hand since.',
    remedy:
      'Put it back: `npx cdk drift` shows what it was. Deploying again mends it only where the stack itself has changed.',
  });
}
