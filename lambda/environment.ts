import * as z from 'zod';
import { LifeboatError } from '../lib/engine/errors.ts';
import { HOST_PROFILES } from '../lib/engine/source/host-profile.ts';

/** The variables that the stack gives to the functions (lib/infra/functions/function-variables.ts). None holds a secret. */
const text = z.string().min(1);
const ofAll = z.object({ LIFEBOAT_ENVIRONMENT: text, LIFEBOAT_VAULT: text });
const patterns = z.array(text).exactOptional();
const backupOrder = z.strictObject({
  selection: z
    .strictObject({
      schemas: patterns,
      excludeSchemas: patterns,
      tables: patterns,
      excludeTables: patterns,
      excludeTableData: patterns,
    })
    .exactOptional(),
  tiers: z.array(z.array(text).min(1)).exactOptional(),
  hostProfile: z.enum(HOST_PROFILES).exactOptional(),
  jobs: z.int().positive().exactOptional(),
  maxMegabytesPerSecond: z.number().positive().exactOptional(),
});
const ofBackup = ofAll.extend({
  LIFEBOAT_SOURCE: text,
  LIFEBOAT_SECRET_ARN: text,
  LIFEBOAT_BACKUP_ORDER: z.preprocess((json) => parseJson(json ?? '{}'), backupOrder),
});
const customCheck = z.strictObject({ name: text, sql: text, expect: z.string() });
const ofDrill = ofAll.extend({
  LIFEBOAT_SOURCE: text,
  LIFEBOAT_DRILL_CHECKS: z.preprocess((json) => parseJson(json ?? '[]'), z.array(customCheck)),
});
const watchedSource = z.object({ name: text, backupSchedule: text, drillSchedule: text });
const ofSentinel = ofAll.extend({
  LIFEBOAT_SOURCES: z.preprocess((json) => parseJson(json), z.array(watchedSource).min(1)),
});

export type WatchedSource = Readonly<z.infer<typeof watchedSource>>;
type Variables = Readonly<Record<string, string | undefined>>;

export function backupEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofBackup, variables);
  return {
    environment: read.LIFEBOAT_ENVIRONMENT,
    vault: read.LIFEBOAT_VAULT,
    source: read.LIFEBOAT_SOURCE,
    secretArn: read.LIFEBOAT_SECRET_ARN,
    order: read.LIFEBOAT_BACKUP_ORDER,
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
    sources: read.LIFEBOAT_SOURCES as readonly WatchedSource[],
  };
}

function readVariables<Schema extends z.ZodType>(schema: Schema, variables: Variables): z.infer<Schema> {
  const read = schema.safeParse(variables);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw new LifeboatError({
    code: 'function-misconfigured',
    kind: 'usage',
    what: `The function's environment variable ${first?.path.join('.')} cannot be used: ${first?.message}.`,
    meaning: 'The stack sets all of them, so somebody has changed this one by hand since.',
    remedy:
      'Put it back: `npx cdk drift` shows what it was. Deploying again mends it only where the stack itself has changed.',
  });
}

function parseJson(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}
