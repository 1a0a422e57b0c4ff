import { z } from 'zod';
import { LifeboatError } from '../lib/engine/errors.ts';

/** The variables that the stack gives to the functions (lib/infra/functions/function-variables.ts). None holds a secret. */
const text = z.string().min(1);
const ofAll = z.object({ LIFEBOAT_ENVIRONMENT: text, LIFEBOAT_VAULT: text });
const ofBackup = ofAll.extend({ LIFEBOAT_SOURCE: text, LIFEBOAT_SECRET_ARN: text });
const ofDrill = ofAll.extend({ LIFEBOAT_SOURCE: text });
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
  };
}

export function drillEnvironment(variables: Variables = process.env) {
  const read = readVariables(ofDrill, variables);
  return {
    environment: read.LIFEBOAT_ENVIRONMENT,
    vault: read.LIFEBOAT_VAULT,
    source: read.LIFEBOAT_SOURCE,
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
    remedy: 'Deploy the stack again: it sets all of them.',
  });
}

function parseJson(json: unknown): unknown {
  try {
    return JSON.parse(String(json));
  } catch {
    return undefined;
  }
}
