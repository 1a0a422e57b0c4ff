import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import type { Threshold } from './finding.ts';
import { CHECK_NAMES, COUNTS_DOWNWARDS, DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts';

/** What somebody may set; a plain object, as it stands in a file. */
export interface GivenHealthSettings {
  /** How large the database may become, in bytes: the limit of a plan or a disk. @default no limit */
  readonly sizeLimitBytes?: number | undefined;
  /** Schemas that an API serves. @default what PostgREST's role is told, or Supabase's own */
  readonly apiSchemas?: readonly string[] | undefined;
  /** By the names of checks. A threshold that is not given keeps its default; null switches it off. */
  readonly thresholds?: Readonly<Record<string, Partial<Threshold>>> | undefined;
}

export interface HealthSettings {
  readonly sizeLimitBytes: number | undefined;
  readonly apiSchemas: readonly string[] | undefined;
  readonly thresholds: Thresholds;
}

/** Valibot takes a list for an object, and drops these keys without a word. */
const DROPPED = ['constructor', 'prototype', '__proto__'];
const object = v.custom<object>(
  (given) =>
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    !Object.keys(given).some((key) => DROPPED.includes(key)),
  'It must be an object with the names of the documentation',
);

const limit = v.optional(v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))));
const threshold = v.pipe(object, v.strictObject({ warning: limit, critical: limit }));
const schema = v.pipe(
  object,
  v.strictObject({
    sizeLimitBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    apiSchemas: v.optional(v.array(v.pipe(v.string(), v.nonEmpty()))),
    thresholds: v.optional(v.pipe(object, v.record(v.string(), threshold))),
  }),
);

/** Checks settings and fills in the defaults. Throws `health-settings-invalid`, which names the setting. */
export function healthSettings(given: unknown = {}): HealthSettings {
  const parsed = v.safeParse(schema, given);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue) ?? 'the settings';
    throw invalid(`${path}: ${issue.message}`);
  }
  const { sizeLimitBytes, apiSchemas, thresholds = {} } = parsed.output;
  const merged: Record<string, Threshold> = { ...DEFAULT_THRESHOLDS };
  for (const [name, { warning, critical }] of Object.entries(thresholds)) {
    const before = Object.hasOwn(merged, name) ? merged[name] : undefined;
    if (!before) {
      const near = nearestName(name, CHECK_NAMES);
      throw invalid(
        `thresholds.${name}: there is no such check${near === undefined ? '' : `. Did you mean ${near}?`}`,
      );
    }
    const whole = {
      warning: warning === undefined ? before.warning : warning,
      critical: critical === undefined ? before.critical : critical,
    };
    refuseCrossed(name, whole);
    merged[name] = whole;
  }
  return { sizeLimitBytes, apiSchemas, thresholds: merged as Thresholds };
}

function refuseCrossed(name: string, { warning, critical }: Threshold): void {
  if (warning === null || critical === null) return;
  const isCrossed = name === COUNTS_DOWNWARDS ? critical > warning : critical < warning;
  if (isCrossed)
    throw invalid(
      `thresholds.${name}: it would be critical (${critical}) before it is a warning (${warning})`,
    );
}

function invalid(why: string): LifeboatError {
  return new LifeboatError({
    code: 'health-settings-invalid',
    kind: 'usage',
    what: `The settings of a health check cannot be used: ${why}${why.endsWith('?') ? '' : '.'}`,
    remedy:
      'Write { "sizeLimitBytes": 8000000000, "apiSchemas": ["public"], "thresholds": { "connections": { "warning": 70, "critical": 90 } } }; docs/health.md lists the checks.',
  });
}
