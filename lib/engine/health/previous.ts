import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { instant } from '../ground/shapes.ts';
import { type Counters, countersSchema } from './counters.ts';
import { HEALTH_GROUPS, HEALTH_UNITS, type HealthFinding, SEVERITIES } from './finding.ts';

/** What a run takes from the report of the one before. */
export interface PreviousHealth {
  readonly counters: Counters | undefined;
  readonly unreachableSince: Date | undefined;
  /** Those that a later run may take over: see resting.ts. */
  readonly findings?: readonly HealthFinding[];
  /** By what it judged; undefined in reports of older versions. */
  readonly judgedBy?: string | undefined;
}

const schema = v.object({
  counters: v.nullable(countersSchema),
  unreachableSince: v.nullable(instant),
  findings: v.fallback(v.array(v.unknown()), []),
  judgedBy: v.optional(v.string()),
});

const limit = v.nullable(v.number());
const keptFinding = v.object({
  check: v.string(),
  group: v.picklist(HEALTH_GROUPS),
  unit: v.picklist(HEALTH_UNITS),
  threshold: v.nullable(v.object({ warning: limit, critical: limit })),
  measuredAt: instant,
  severity: v.picklist(SEVERITIES),
  value: v.nullable(v.number()),
  what: v.string(),
  meaning: v.exactOptional(v.string()),
  remedy: v.exactOptional(v.string()),
  statements: v.exactOptional(v.array(v.string())),
  count: v.exactOptional(v.number()),
  examples: v.exactOptional(v.array(v.string())),
  figures: v.exactOptional(v.record(v.string(), v.nullable(v.union([v.number(), v.string()])))),
});

/** Reads the JSON of an earlier report. Throws `health-report-invalid`. */
export function previousHealth(text: string, name: string): PreviousHealth {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    throw invalid(name);
  }
  const parsed = v.safeParse(schema, report);
  if (!parsed.success) throw invalid(name);
  const { counters, unreachableSince, findings, judgedBy } = parsed.output;
  return {
    findings: findings.flatMap((finding): HealthFinding[] => {
      const read = v.safeParse(keptFinding, finding);
      return read.success ? [read.output] : [];
    }),
    judgedBy,
    counters: counters ?? undefined,
    unreachableSince: unreachableSince === null ? undefined : new Date(unreachableSince),
  };
}

function invalid(name: string): LifeboatError {
  return new LifeboatError({
    code: 'health-report-invalid',
    kind: 'usage',
    what: `${name} is not a report of \`lifeboat health --json\`.`,
    remedy:
      'Keep what `lifeboat health --json` prints, and name that file. Without --previous, the run compares with nothing.',
  });
}
