import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { instant } from '../ground/shapes.ts';
import { type Counters, countersSchema } from './counters.ts';
import type { HealthFinding } from './finding.ts';
import { findingSchema } from './finding-schema.ts';

/** What a run takes from the report of the one before. */
export interface PreviousHealth {
  readonly counters: Counters | undefined;
  readonly unreachableSince: Date | undefined;
  /** Those that a later run may take over: see resting.ts. */
  readonly findings?: readonly HealthFinding[];
  /** By what it judged; undefined in reports of older versions. */
  readonly judgedBy?: string | undefined;
}

/** The parts of a report that the next run is given. */
interface LeftBehind {
  readonly findings: readonly HealthFinding[];
  readonly judgedBy: string | undefined;
  readonly counters: Counters | null;
  /** ISO 8601 */
  readonly unreachableSince: string | null;
}

/** What the next run takes from a report. */
export function previousOfReport({
  findings,
  judgedBy,
  counters,
  unreachableSince,
}: LeftBehind): PreviousHealth {
  return {
    ...{ findings, judgedBy },
    counters: counters ?? undefined,
    unreachableSince: unreachableSince === null ? undefined : new Date(unreachableSince),
  };
}

const schema = v.object({
  counters: v.nullable(countersSchema),
  unreachableSince: v.nullable(instant),
  findings: v.fallback(v.array(v.unknown()), []),
  judgedBy: v.optional(v.string()),
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
  return previousOfReport({
    findings: findings.flatMap((finding): HealthFinding[] => {
      const read = v.safeParse(findingSchema, finding);
      return read.success ? [read.output] : [];
    }),
    ...{ judgedBy, counters, unreachableSince },
  });
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
